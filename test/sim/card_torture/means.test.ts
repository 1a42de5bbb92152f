/** What the torture of cards stands on: its crypto is AES, and its cards are those that the desk makes. */
import assert from "node:assert/strict";
import { createCipheriv, createDecipheriv } from "node:crypto";
import fc from "fast-check";
import { createFastCrypto } from "../../../sim/card_torture/fast_crypto";
import { MASTERS, REGION, issueCard } from "../../../sim/card_torture/made_cards";
import { cardImage } from "../../../sim/desfire/image";
import { issued } from "../../firmware/card/desk";

const bytes = (length: number) => fc.array(fc.nat(255), { minLength: length, maxLength: length });

describe("fast crypto", () => {
  const fast = createFastCrypto();

  it("computes AES-128 in CBC mode as OpenSSL does, and back", () => {
    fc.assert(
      fc.property(
        bytes(16),
        bytes(16),
        fc.integer({ min: 0, max: 5 }).chain((n) => bytes(16 * n)),
        (key, iv, data) => {
          const cipher = createCipheriv("aes-128-cbc", Buffer.from(key), Buffer.from(iv)).setAutoPadding(false);
          const expected = [...Buffer.concat([cipher.update(Buffer.from(data)), cipher.final()])];
          assert.deepEqual(fast.aes_cbc_encrypt(key, iv, data), expected);
          const decipher = createDecipheriv("aes-128-cbc", Buffer.from(key), Buffer.from(iv)).setAutoPadding(false);
          const back = [...Buffer.concat([decipher.update(Buffer.from(data)), decipher.final()])];
          assert.deepEqual(fast.aes_cbc_decrypt(key, iv, data), back);
        },
      ),
    );
  });

  it("refuses what is not whole blocks", () => {
    const block = new Array<number>(16).fill(0);
    assert.throws(() => fast.aes_cbc_encrypt(block, block, [1]));
    assert.throws(() => fast.aes_cbc_decrypt(block.slice(1), block, block));
  });
});

describe("made cards", () => {
  for (const type of ["user", "tariff"] as const) {
    it(`a ${type} card is the one that the desk lays out, to the byte`, async () => {
      const made_at_desk = await issued(type);
      const uid = made_at_desk.uid;
      const card = uid[5] * 256 + uid[6];
      const made_here = issueCard({ type, region: REGION, masters: MASTERS, uid, card, generation: 1 });
      assert.deepEqual(cardImage(made_here), cardImage(made_at_desk.card));
    });
  }
});
