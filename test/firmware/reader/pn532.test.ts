/** The PN532 driver against the emulator: what a card session sees when all is well. */
import assert from "node:assert/strict";
import { APDU_MAX_BYTES, PRESENCE_MS } from "../../../firmware/reader/pn532";
import { IN_COMMUNICATE_THRU, IN_LIST_PASSIVE_TARGET } from "../../../firmware/reader/pn532_codes";
import { insertCard, removeCard } from "../../../sim/pn532/chip";
import { describePortContract } from "../../hal/contract";
import { cardBench, countingCard, exchange, OTHER_UID, readerRig, rigWithCard, SETTLE_MS, UID } from "./rig";

const hex = (text: string): number[] => [...Buffer.from(text.replaceAll(" ", ""), "hex")];
const GET_VERSION = hex("90 60 00 00 00");

describePortContract("card", "PN532 driver on the emulator", () => cardBench(1000));
describePortContract("card", "PN532 driver on the emulator, byte by byte", () => cardBench(1));

describe("the PN532 driver", () => {
  it("wakes the chip, sets it up and polls, in this order and in these bytes", () => {
    const rig = readerRig();
    rig.pass(100);
    assert.deepEqual(
      rig.written.slice(0, 6).map(({ bytes }) => bytes),
      [
        hex("55 55 00 00 00 00 00 00 00 00 00 00 00 00 00 00"),
        hex("00 00 FF 03 FD D4 14 01 17 00"),
        hex("00 00 FF 02 FE D4 02 2A 00"),
        hex("00 00 FF 03 FD D4 12 14 06 00"),
        hex("00 00 FF 06 FA D4 32 05 FF 01 01 F4 00"),
        hex("00 00 FF 04 FC D4 4A 01 00 E1 00"),
      ],
    );
    assert.deepEqual([rig.reader.working, rig.reader.firmware], [true, hex("32 01 06 07")]);
  });

  it("sends an APDU in the published frame", () => {
    const rig = rigWithCard(countingCard());
    rig.written.length = 0;
    rig.reader.port.transmit(GET_VERSION, 1000, () => undefined);
    assert.deepEqual(rig.written[0].bytes, hex("00 00 FF 08 F8 D4 40 01 90 60 00 00 00 FB 00"));
  });

  it("switches the field off between polls, and leaves it on while a card is there", () => {
    const rig = readerRig();
    rig.pass(SETTLE_MS);
    let on_ms = 0;
    for (let at_ms = 0; at_ms < 1000; at_ms++) {
      rig.pass(1);
      if (rig.chip.field.on) on_ms += 1;
    }
    assert.ok(on_ms < 150, `${on_ms} ms of field in a second`);
    insertCard(rig.chip, countingCard());
    rig.pass(SETTLE_MS);
    assert.equal(rig.chip.field.on, true);
  });

  it("takes cards with a UID of 4, 7 and 10 bytes", () => {
    for (const uid of [[1, 2, 3, 4], UID, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]) {
      const rig = rigWithCard(countingCard(uid));
      assert.deepEqual(rig.reader.port.uid(), uid);
    }
  });

  it("gives each command its own answer, in a session of a hundred", () => {
    const card = countingCard();
    const rig = rigWithCard(card);
    const answers: number[][] = [];
    const next = (count: number): void => {
      rig.reader.port.transmit([0x90, count], 1000, (result, answer) => {
        assert.equal(result, "ok");
        answers.push(answer);
        if (count < 100) next(count + 1);
      });
    };
    next(1);
    rig.pass(60_000);
    assert.deepEqual(answers, card.said);
    assert.deepEqual([answers.length, card.asked.length, card.lost], [100, 100, 0]);
  });

  it("takes the longest command and the longest answer", () => {
    const card = countingCard();
    const rig = rigWithCard(card);
    const longest = new Array<number>(APDU_MAX_BYTES).fill(7);
    card.padding_bytes = APDU_MAX_BYTES - 203;
    const [[result, answer]] = exchange(rig, longest);
    assert.deepEqual([result, answer.length, card.asked], ["ok", APDU_MAX_BYTES, [longest]]);
    assert.throws(() => rig.reader.port.transmit([...longest, 7], 1000, () => undefined));
  });

  it("puts an answer together that comes in parts, of any size", () => {
    for (const part_bytes of [1, 2, 7, 60, 100]) {
      const card = countingCard();
      const rig = rigWithCard(card);
      rig.chip.memory.exchange_data_max_bytes = part_bytes;
      card.padding_bytes = 40;
      assert.deepEqual(exchange(rig, GET_VERSION), [["ok", card.said[0]]], `parts of ${part_bytes}`);
      assert.equal(card.asked.length, 1);
    }
  });

  it("refuses an answer longer than it promised, and goes on", () => {
    const card = countingCard();
    const rig = rigWithCard(card);
    card.padding_bytes = 300;
    assert.deepEqual(exchange(rig, GET_VERSION), [["timeout", []]]);
    card.padding_bytes = 0;
    assert.deepEqual(exchange(rig, GET_VERSION), [["ok", card.said[1]]]);
  });

  it("leaves a session alone however long it pauses: the presence check asks the card nothing", () => {
    const card = countingCard();
    const rig = rigWithCard(card);
    exchange(rig, GET_VERSION);
    rig.chip.obeyed.length = 0;
    rig.pass(60_000);
    assert.deepEqual([card.lost, card.asked.length], [0, 1]);
    assert.deepEqual([...new Set(rig.chip.obeyed)], [IN_COMMUNICATE_THRU]);
    assert.ok(rig.chip.obeyed.length > 200);
  });

  it("sends a command that comes in the middle of a presence check right behind it", () => {
    for (let after_ms = 0; after_ms < PRESENCE_MS + 10; after_ms++) {
      const card = countingCard();
      const rig = rigWithCard(card);
      rig.pass(after_ms);
      assert.deepEqual(exchange(rig, GET_VERSION), [["ok", card.said[0]]]);
    }
  });

  it("tells of a card that is exchanged for another one as gone and come", () => {
    const rig = rigWithCard(countingCard());
    const told: number[][] = [];
    rig.reader.port.on_change(() => told.push(rig.reader.port.uid()));
    insertCard(rig.chip, countingCard(OTHER_UID));
    rig.pass(SETTLE_MS);
    assert.deepEqual(told, [[], OTHER_UID]);
  });

  it("reports removed to a session whose card was exchanged in the middle", () => {
    const rig = rigWithCard(countingCard());
    const told: unknown[] = [];
    rig.reader.port.on_change(() => told.push(rig.reader.port.uid()));
    rig.reader.port.transmit(GET_VERSION, 1000, (result) => told.push(result));
    insertCard(rig.chip, countingCard(OTHER_UID));
    rig.pass(SETTLE_MS);
    assert.deepEqual(told, ["removed", [], OTHER_UID]);
  });

  it("may be asked for a command when it tells that a card has come", () => {
    const rig = readerRig();
    const card = countingCard();
    const done: string[] = [];
    rig.reader.port.on_change(() => {
      rig.reader.port.transmit(GET_VERSION, 1000, (result) => done.push(result));
    });
    insertCard(rig.chip, card);
    rig.pass(SETTLE_MS);
    removeCard(rig.chip);
    rig.pass(SETTLE_MS);
    assert.deepEqual([done, card.asked.length], [["ok"], 1]);
  });

  it("finds a card within half a second, and misses one within a second", () => {
    const rig = readerRig();
    rig.pass(SETTLE_MS);
    for (let shift_ms = 0; shift_ms < 300; shift_ms += 10) {
      rig.pass(shift_ms);
      insertCard(rig.chip, countingCard());
      rig.pass(500);
      assert.equal(rig.reader.port.present(), true);
      removeCard(rig.chip);
      rig.pass(1000);
      assert.equal(rig.reader.port.present(), false);
    }
    assert.ok(rig.chip.obeyed.includes(IN_LIST_PASSIVE_TARGET));
  });
});
