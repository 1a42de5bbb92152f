import assert from "node:assert/strict";
import fc from "fast-check";
import { cmac } from "../../../firmware/crypto/cmac";
import { messageKeys, opened, sealed, type Envelope } from "../../../firmware/radio/mode7";
import { createNodeCrypto } from "../../../tools/keys/crypto";
import { createCryptoTwin } from "../../../sim/twins/crypto";
import { telegramsOf } from "../../vectors";
import { bytes, countingCrypto, KEY } from "./samples";

const crypto = createNodeCrypto();
const ID = bytes("01004200");
const CI_SHORT = 0x7a;
const ENVELOPE: Envelope = {
  direction: "from_meter",
  counter: 9,
  id: ID,
  ci: CI_SHORT,
  address: [],
  access: 3,
  status: 0,
};

/** Records of a text: without the fillers around them. */
function recordsIn(text: number[]): number[] {
  let end = text.length;
  while (text[end - 1] === 0x2f) end--;
  return text.slice(2, end);
}

const open = (key: number[], content: number[], direction: Envelope["direction"] = "from_meter") =>
  opened(crypto, key, direction, ID, CI_SHORT, content, 0);

describe("radio: mode 7", () => {
  telegramsOf(
    "seals byte for byte as published",
    ({ name }) => name.includes("(mode 7"),
    ({ telegram, key, plaintext_apl }) => {
      const content = bytes(telegram!);
      const envelope = {
        direction: "from_meter" as const,
        counter: 0x0ab3,
        id: content.slice(4, 8),
        ci: CI_SHORT,
        address: [],
        access: 0x75,
        status: 0,
      };
      const records = recordsIn(bytes(plaintext_apl!));
      // Behind the link layer and the extended one, three bytes.
      assert.deepEqual(sealed(crypto, bytes(key!), envelope, records), content.slice(13));
      const message = opened(crypto, bytes(key!), "from_meter", envelope.id, CI_SHORT, content, 13);
      assert.deepEqual([message.result, message.counter, message.text], ["opened", 0x0ab3, bytes(plaintext_apl!)]);
    },
  );

  it("gives every message, direction and meter keys of its own", () => {
    const seen = new Set<string>();
    for (const direction of ["from_meter", "to_meter"] as const)
      for (const counter of [0, 1, 255, 256, 2 ** 32 - 1])
        for (const id of [ID, bytes("02004200")]) {
          const keys = messageKeys(crypto, KEY, direction, counter, id);
          for (const key of [keys.encryption, keys.mac]) seen.add(Buffer.from(key).toString("hex"));
        }
    assert.equal(seen.size, 2 * 5 * 2 * 2);
  });

  it("opens what it has sealed, with the chip's AES and with the firmware's own", () => {
    const twin = createCryptoTwin();
    fc.assert(
      fc.property(fc.array(fc.nat(255), { maxLength: 238 }), fc.nat(2 ** 32 - 1), (records, counter) => {
        const content = sealed(twin, KEY, { ...ENVELOPE, counter }, records);
        const message = open(KEY, content);
        assert.deepEqual([message.result, message.counter, message.access], ["opened", counter, 3]);
        assert.deepEqual(message.text.slice(0, records.length + 2), [0x2f, 0x2f, ...records]);
        assert.ok(message.text.slice(records.length + 2).every((byte) => byte === 0x2f));
      }),
      { numRuns: 60 },
    );
  });

  it("refuses a message with any bit of it turned over, cut or prolonged, and every other key", () => {
    const content = sealed(crypto, KEY, ENVELOPE, bytes("0413E8030000"));
    for (let bit = 0; bit < content.length * 8; bit++) {
      const damaged = [...content];
      damaged[bit >> 3] ^= 1 << (bit & 7);
      assert.notEqual(open(KEY, damaged).result, "opened", `bit ${bit}`);
    }
    for (let length = 0; length < content.length; length++)
      assert.notEqual(open(KEY, content.slice(0, length)).result, "opened", `${length} bytes`);
    assert.equal(open(KEY, [...content, 0x2f]).result, "malformed");
    for (let bit = 0; bit < 128; bit++) {
      const other = [...KEY];
      other[bit >> 3] ^= 1 << (bit & 7);
      assert.equal(open(other, content).result, "wrong_mac");
    }
  });

  it("refuses a message of the other direction: what the meter has said does not command it", () => {
    const content = sealed(crypto, KEY, ENVELOPE, bytes("0413E8030000"));
    assert.equal(open(KEY, content, "to_meter").result, "wrong_mac");
  });

  it("refuses a genuine message whose text is none", () => {
    // Sealed with a first block that decrypts to something else: only who has the key can do so.
    const odd = {
      ...crypto,
      aes_cbc_encrypt: (key: number[], initial: number[], data: number[]) =>
        crypto.aes_cbc_encrypt(key, initial, data[0] === 0x2f && data[1] === 0x2f ? [0, ...data.slice(1)] : data),
    };
    const content = sealed(odd, KEY, ENVELOPE, bytes("0413E8030000"));
    assert.equal(open(KEY, content).result, "wrong_text");
  });

  it("refuses a genuine message that announces no text", () => {
    const keys = messageKeys(crypto, KEY, "from_meter", 9, ID);
    const transport = bytes("7A 03 00 0007 10");
    const mac = cmac(crypto, keys.mac, [...bytes("25 09000000"), ...transport]).slice(0, 8);
    assert.equal(open(KEY, [...bytes("90 0F 002C 25 09000000"), ...mac, ...transport]).result, "malformed");
  });

  it("costs 5 + 2n blocks of AES for n blocks of text, and no decryption where the MAC is wrong", () => {
    for (const blocks of [1, 5, 15]) {
      const records = Array<number>(16 * blocks - 2).fill(1);
      const sealing = countingCrypto();
      const content = sealed(sealing.crypto, KEY, ENVELOPE, records);
      assert.equal(sealing.blocks(), 5 + 2 * blocks);
      const refusing = countingCrypto();
      content[content.length - 1] ^= 1;
      assert.equal(opened(refusing.crypto, KEY, "from_meter", ID, CI_SHORT, content, 0).result, "wrong_mac");
      assert.equal(refusing.blocks(), 5 + blocks);
    }
  });
});
