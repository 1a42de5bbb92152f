import assert from "node:assert/strict";
import { createDesfireCard } from "../../../sim/desfire/card";
import { crc32 } from "../../../sim/desfire/crc32";
import { respond } from "../../../sim/desfire/respond";
import type { Vector } from "../../vectors";
import { vectorsOf } from "../../vectors";
import { AID, bytes, CRYPTO, freshCard, hex, jamcrc, le, Reader, UID } from "./reader";

/** A reader that knows the key, at a card that draws the vector's challenge. */
function authenticated(vector: Vector): { reader: Reader; status: number } {
  const card = createDesfireCard(CRYPTO, { bytes: () => bytes(vector.rndB) }, UID);
  const reader = new Reader(card);
  reader.command(0xca, [...le(AID, 3), 0x0f, 0x82]);
  reader.select(AID);
  return { reader, status: reader.authenticate(0, bytes(vector.key), bytes(vector.rndA)) };
}

describe("virtual card: vectors", () => {
  vectorsOf("card.json", "EV1 AES auth (0xAA)", (vector) => {
    const { reader, status } = authenticated(vector);
    const [challenge, proof] = reader.log.slice(-2);
    assert.equal(status, 0);
    assert.equal(hex(challenge.answer).toUpperCase(), `${vector.encRndB}91AF`);
    assert.equal(hex(proof.command).toUpperCase(), `90AF000020${vector.pcdCryptogram}00`);
    assert.equal(hex(proof.answer).toUpperCase(), `${vector.piccResponse}9100`);
    assert.equal(hex(reader.session ?? []).toUpperCase(), vector.sessionKey);
  });

  vectorsOf("card.json", "EV1 AES auth + value file credit/debit/commit, CMAC-chained IV, MACed", (vector) => {
    const { reader } = authenticated(vector);
    const apdus = vector.apdus as unknown as { c: string; r: string }[];
    assert.ok(apdus.length > 0);
    for (const { c, r } of apdus) assert.equal(hex(reader.apdu(bytes(c))), r, c);
  });

  it("has the checksum of CRC-32/JAMCRC", () => {
    assert.equal(hex(crc32([...Buffer.from("123456789")])), "d9c60b34");
    for (let length = 0; length < 40; length++) {
      const message = Array.from({ length }, (_, index) => (index * 37 + length) % 256);
      assert.deepEqual(crc32(message), jamcrc(message));
    }
  });

  it("answers GetVersion as libnfc's PN532 frame carries it, in three frames", () => {
    const card = freshCard();
    assert.equal(hex(respond(card, bytes("9060000000"))), "0401010100180591af");
    assert.equal(hex(respond(card, bytes("90af000000"))), "0401010104180591af");
    assert.equal(hex(respond(card, bytes("90af000000"))), `${hex(UID)}ba3404455011139100`);
  });
});
