import assert from "node:assert/strict";
import { respond } from "../../../sim/desfire/respond";
import { AID, bytes, freshCard, hex, le, Reader, readerAtApplication, UID, ZERO_KEY } from "./reader";

const KEY = bytes("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf");

describe("virtual card: levels", () => {
  it("leaves the factory with a master key of zero, no applications and all its memory", () => {
    const reader = new Reader(freshCard());
    assert.deepEqual(reader.command(0x45, []).data, [0x0f, 0x81]);
    assert.deepEqual(reader.command(0x64, [0]).data, [0]);
    assert.deepEqual(reader.command(0x6a, []).data, []);
    assert.deepEqual(reader.command(0x6e, []).data, le(4864, 3));
    assert.equal(reader.authenticate(0), 0);
  });

  it("tells its UID to who is authenticated only, enciphered", () => {
    const reader = new Reader(freshCard());
    assert.equal(reader.command(0x51, []).status, 0xae);
    reader.authenticate(0);
    assert.deepEqual(reader.command(0x51, [], [], "plain", "enciphered").data, UID);
    assert.ok(!hex(reader.log.at(-1)!.answer).includes(hex(UID)));
  });

  it("refuses a wrong key and a key that is not there", () => {
    const { reader } = readerAtApplication(2);
    assert.deepEqual([reader.authenticate(1, KEY), reader.authenticate(2), reader.authenticate(1)], [0xae, 0x40, 0]);
  });

  it("lists 28 applications in frames, under an authentication as well, and has no room for one more", () => {
    const reader = new Reader(freshCard());
    const aids = Array.from({ length: 28 }, (_, index) => le(index + 1, 3));
    for (const aid of aids) assert.equal(reader.command(0xca, [...aid, 0x0f, 0x81]).status, 0);
    assert.equal(reader.command(0xca, [...le(99, 3), 0x0f, 0x81]).status, 0xce);
    assert.deepEqual(reader.command(0x6a, []).data, aids.flat());
    assert.equal(reader.log.at(-2)!.answer.length, 57 + 2);
    reader.authenticate(0);
    assert.deepEqual(reader.command(0x6a, []).data, aids.flat());
  });

  it("makes an application once, for AES, with 1 to 14 keys", () => {
    const reader = new Reader(freshCard());
    const make = (aid: number, keys: number) => reader.command(0xca, [...le(aid, 3), 0x0f, keys]).status;
    assert.deepEqual(
      [make(0, 0x81), make(1, 0x80), make(1, 0x8f), make(1, 0x01), make(1, 0x8e), make(1, 0x81)],
      [0x9e, 0x9e, 0x9e, 0x9e, 0, 0xde],
    );
  });

  it("deletes an application by the master key, and gives memory back with FormatPICC only", () => {
    const { reader } = readerAtApplication();
    reader.select(0);
    assert.equal(reader.command(0xda, le(AID, 3)).status, 0xae);
    reader.authenticate(0);
    assert.equal(reader.command(0xda, le(AID, 3)).status, 0);
    assert.notDeepEqual(reader.command(0x6e, []).data, le(4864, 3));
    assert.deepEqual(reader.raw(0xfc), { status: 0, data: [] });
    reader.session = undefined;
    assert.equal(reader.command(0xfc, []).status, 0xae);
    assert.deepEqual(reader.command(0x6e, []).data, le(4864, 3));
    assert.equal(reader.select(AID), 0xa0);
  });

  it("lets an application delete itself where that is free, and is at its own level then", () => {
    const { card, reader } = readerAtApplication();
    reader.authenticate(0);
    assert.equal(reader.raw(0xda, le(AID, 3)).status, 0);
    assert.equal(card.session.selected, 0);
  });

  it("changes another key by its old one, the own one alone, and then ends the authentication", () => {
    const { reader } = readerAtApplication();
    reader.authenticate(0);
    assert.equal(reader.changeKey(2, KEY, 7, ZERO_KEY), 0);
    assert.deepEqual(reader.command(0x64, [2]).data, [7]);
    assert.equal(reader.changeKey(0, KEY, 9), 0);
    assert.equal(reader.session, undefined);
    assert.deepEqual([reader.authenticate(0), reader.authenticate(0, KEY), reader.authenticate(2, KEY)], [0xae, 0, 0]);
  });

  it("refuses a key whose old one was mistaken, and stays as it was", () => {
    const { card, reader } = readerAtApplication();
    reader.authenticate(0);
    const before = card.changes;
    assert.equal(reader.changeKey(2, KEY, 7, KEY), 0x1e);
    assert.equal(card.changes, before);
    assert.equal(reader.authenticate(2), 0);
  });

  it("changes the master key of the card with 80 as its number", () => {
    const reader = new Reader(freshCard());
    reader.authenticate(0);
    assert.equal(reader.changeKey(0x80, KEY, 1), 0);
    assert.deepEqual([reader.authenticate(0), reader.authenticate(0, KEY)], [0xae, 0]);
  });

  it("asks for the key that the settings name for a change of keys", () => {
    // 1: key 1 changes keys; 14: each key itself; 15: none.
    const outcomes = [0x1f, 0xef, 0xff].map((settings) => {
      const statuses = [0, 1, 2].map((by) => {
        const { reader } = readerAtApplication(3, 1, settings);
        reader.authenticate(by);
        return reader.changeKey(2, KEY, 1, by === 2 ? undefined : ZERO_KEY);
      });
      return statuses;
    });
    assert.deepEqual(outcomes, [
      [0xae, 0, 0xae],
      [0xae, 0xae, 0],
      [0x9d, 0x9d, 0x9d],
    ]);
  });

  it("freezes the master key and the settings when their bits are cleared", () => {
    const { reader } = readerAtApplication();
    reader.authenticate(0);
    assert.equal(reader.command(0x54, [], [0x00], "enciphered").status, 0);
    assert.equal(reader.command(0x54, [], [0x0f], "enciphered").status, 0x9d);
    reader.authenticate(0);
    assert.equal(reader.changeKey(0, KEY, 1), 0x9d);
    assert.equal(reader.command(0x6f, []).status, 0xae);
    assert.equal(reader.command(0xcd, [1, 0, 0xee, 0xee, 1, 0, 0]).status, 0xae);
  });

  it("finds itself and an application with a DF name by SELECT", () => {
    const card = freshCard();
    const reader = new Reader(card);
    reader.command(0xca, [...le(AID, 3), 0x0f, 0x81, 0x10, 0xe1, ...Buffer.from("water")]);
    const name = hex([...Buffer.from("water")]);
    assert.equal(hex(respond(card, bytes(`00a4040005${name}00`))), "9000");
    assert.equal(card.session.selected, AID);
    assert.equal(hex(respond(card, bytes("00a4040007d276000085010000"))), "9000");
    assert.equal(card.session.selected, 0);
    assert.equal(hex(respond(card, bytes("00a4040003a0000000"))), "6a82");
  });

  it("answers what it does not know with a status, always", () => {
    const card = freshCard();
    const answers: [string, string][] = [
      ["", "6700"],
      ["9060", "6700"],
      ["80100000", "6e00"],
      ["b0000000", "6e00"],
      ["ffca000000", "6e00"],
      ["00b0000000", "6d00"],
      ["00a40000023f00", "6a86"],
      ["9060010000", "6a86"],
      ["9077000000", "911c"],
      ["90af000000", "911c"],
      ["900a0000010000", "91ae"],
      ["905a0000031234", "6700"],
      ["905a000002123400", "917e"],
      ["90600000010000", "917e"],
    ];
    for (const [command, answer] of answers) assert.equal(hex(respond(card, bytes(command))), answer, command);
  });

  it("ends a command or an answer in parts when another command comes between", () => {
    const reader = new Reader(freshCard());
    assert.equal(reader.raw(0x60).status, 0xaf);
    assert.equal(reader.raw(0x6e).status, 0xca);
    assert.equal(reader.raw(0x6e).status, 0);
  });
});
