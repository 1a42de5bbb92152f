import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createCipheriv, createHmac } from "node:crypto";
import fc from "fast-check";
import { derivedBlock, derivedKey } from "../../../firmware/crypto/kdf";
import {
  cardDeskMaster,
  cardKey,
  cardMeterMaster,
  lorawanAppKey,
  lorawanGroupKeys,
  radioMasterKey,
  voucherKey,
} from "../../../tools/keys/derive";
import { createNodeCrypto } from "../../../tools/keys/crypto";
import { isMeter } from "../../../tools/keys/names";
import type { Secret } from "../../../tools/keys/secret";
import { METER, REGION, refusal, regionKey } from "./samples";

const crypto = createNodeCrypto();
const hex = (secret: Secret) => secret.buffer().toString("hex");
const bytes = (text: string) => [...Buffer.from(text, "hex")];

/** AES-CMAC (RFC 4493) once more, in big integers, so that it shares nothing with firmware/crypto. */
function ownCmac(key: Buffer, message: Buffer): Buffer {
  const encrypt = (data: Buffer) => {
    const cipher = createCipheriv("aes-128-cbc", key, Buffer.alloc(16)).setAutoPadding(false);
    return Buffer.concat([cipher.update(data), cipher.final()]).subarray(-16);
  };
  const double = (value: bigint) => BigInt.asUintN(128, value << 1n) ^ (value >> 127n === 1n ? 0x87n : 0n);
  const number = (data: Buffer) => BigInt(`0x${data.toString("hex")}`);
  const first = double(number(encrypt(Buffer.alloc(16))));
  const is_whole = message.length > 0 && message.length % 16 === 0;
  const padding = is_whole ? 0 : 16 - (message.length % 16);
  const padded = Buffer.concat([message, Buffer.from("80".padEnd(padding * 2, "0").slice(0, padding * 2), "hex")]);
  const last = number(padded.subarray(-16)) ^ (is_whole ? first : double(first));
  return encrypt(Buffer.concat([padded.subarray(0, -16), Buffer.from(last.toString(16).padStart(32, "0"), "hex")]));
}

/** One block of SP 800-108 in counter mode, written out. */
function ownDerived(key: Buffer, label: string, context: string): string {
  const message = `00000001${Buffer.from(label).toString("hex")}00${context}00000080`;
  return ownCmac(key, Buffer.from(message, "hex")).toString("hex");
}

const VENDING = regionKey("vending", 3, "abababababababab949494949494949401234567");
const CARD = regionKey("card", 1, "00112233445566778899aabbccddeeff");
const RADIO = regionKey("radio", 2, "0f0e0d0c0b0a09080706050403020100");

describe("key derivation", () => {
  it("gives the vector of RFC 4493 by the CMAC that these tests compare with", () => {
    const key = Buffer.from("2b7e151628aed2a6abf7158809cf4f3c", "hex");
    assert.equal(ownCmac(key, Buffer.alloc(0)).toString("hex"), "bb1d6929e95937287fa37d129b756746");
    const block = Buffer.from("6bc1bee22e409f96e93d7e117393172a", "hex");
    assert.equal(ownCmac(key, block).toString("hex"), "070a16b46b4d4144f79bdd9dd04a287c");
  });

  it("gives the first block of NIST's vectors: CAVP KBKDF counter mode, CMAC_AES128, counter before fixed, 32 bits", () => {
    const vectors = [
      {
        key: "c10b152e8c97b77e18704e0f0bd38305",
        fixed:
          "98cd4cbbbebe15d17dc86e6dbad800a2dcbd64f7c7ad0e78e9cf94ffdba89d03" +
          "e97eadf6c4f7b806caf52aa38f09d0eb71d71f497bcc6906b48d36c4",
        output: "26faf61908ad9ee881b8305c221db53f",
      },
      {
        key: "695f1b1a16c949cea51cdf2554ec9d42",
        fixed:
          "4fce5942832a390aa1cbe8a0bf9d202cb799e986c9d6b51f45e4d597a6b57f06" +
          "a4ebfec6467335d116b7f5f9c5b954062f661820f5db2a5bbb3e0625",
        output: "d34b601ec18c34dfa0f9e0b7523e218bdddb9befe8d08b6c0202d75ace0dba89",
      },
    ];
    for (const { key, fixed, output } of vectors) {
      assert.deepEqual(derivedBlock(crypto, bytes(key), bytes(fixed)), bytes(output).slice(0, 16));
    }
  });

  it("is what OpenSSL calls KBKDF with CMAC", function () {
    const openssl = spawnSync("openssl", ["version"], { encoding: "utf8" });
    if (openssl.status !== 0 || !/^OpenSSL ([3-9]|\d\d)\./.test(openssl.stdout)) this.skip();
    const options = ["mac:CMAC", "cipher:AES-128-CBC", `hexkey:${hex(CARD.key)}`, "salt:curbstop test", "info:context"];
    const words = ["kdf", "-keylen", "16", ...options.flatMap((option) => ["-kdfopt", option]), "KBKDF"];
    const { stdout } = spawnSync("openssl", words, { encoding: "utf8" });
    const key = derivedKey(crypto, CARD.key.bytes(), "curbstop test", [...Buffer.from("context")]);
    assert.equal(stdout.trim().replaceAll(":", "").toLowerCase(), Buffer.from(key).toString("hex"));
  });

  it("a voucher key is derived from the vending key, through a root of its meter", () => {
    const context = `${REGION}${METER}03`;
    const root = createHmac("sha256", Buffer.from("abababababababab949494949494949401234567", "hex"))
      .update(Buffer.from(`${Buffer.from("curbstop meter").toString("hex")}00${context}`, "hex"))
      .digest()
      .subarray(0, 16);
    assert.equal(hex(voucherKey(VENDING, METER)), ownDerived(root, "curbstop voucher", context));
    // Computed with OpenSSL 3.0, as the other keys spelled out below.
    assert.equal(hex(voucherKey(VENDING, METER)), "d072bd975c83eee5417c76814605493c");
  });

  it("a radio master key is derived from the radio key", () => {
    const key = hex(radioMasterKey(RADIO, METER));
    assert.equal(key, ownDerived(RADIO.key.buffer(), "curbstop radio", `${REGION}${METER}02`));
    assert.equal(key, "3e8b1a8b72cb1975f1f9a505e69ae10f");
  });

  it("a LoRaWAN modem's key and its group's are derived from the radio key, and differ from the radio master", () => {
    const app_key = hex(lorawanAppKey(RADIO, METER));
    assert.equal(app_key, ownDerived(RADIO.key.buffer(), "curbstop lorawan", `${REGION}${METER}02`));
    assert.equal(app_key, "d464772712d16caaa90144b3c3163c58");
    const { network, application } = lorawanGroupKeys(RADIO, "01Fe0304");
    const context = `${REGION}01fe030402`;
    assert.equal(hex(network), ownDerived(RADIO.key.buffer(), "curbstop lorawan group network", context));
    assert.equal(hex(application), ownDerived(RADIO.key.buffer(), "curbstop lorawan group app", context));
    assert.deepEqual(
      [hex(network), hex(application)],
      ["3536c21d6af061c69a9ca385133e4348", "47e662592b9bfbd143f8161122c37b16"],
    );
  });

  it("both card masters are derived from the card key, and from nothing of a meter", () => {
    assert.equal(hex(cardMeterMaster(CARD)), ownDerived(CARD.key.buffer(), "curbstop card meter", `${REGION}01`));
    assert.equal(hex(cardDeskMaster(CARD)), ownDerived(CARD.key.buffer(), "curbstop card desk", `${REGION}01`));
    assert.equal(hex(cardMeterMaster(CARD)), "c6820ecb726d7151bf57ba871814f599");
    assert.equal(hex(cardDeskMaster(CARD)), "475aa5533550f8e1cc0277b63baf453c");
  });

  it("a card's keys under the two masters are the CMAC of its identity (AN10922)", () => {
    const identity = "04782e21801d803042f54e585020416275";
    const parts = [bytes("04782e21801d80"), bytes("3042f5"), bytes("4e585020416275")] as const;
    const own = ownCmac(CARD.key.buffer(), Buffer.from(`01${identity}`, "hex")).toString("hex");
    assert.equal(hex(cardKey(CARD.key, ...parts)), own);
    assert.equal(own, "a8dd63a3b89d54b37ca802473fda9175");
    assert.notEqual(hex(cardKey(cardMeterMaster(CARD), ...parts)), hex(cardKey(cardDeskMaster(CARD), ...parts)));
  });

  it("another meter, region, revision or key gives another key", () => {
    const other_meter = "600727000000000017";
    assert.equal(isMeter(other_meter), true);
    const keys = [
      voucherKey(VENDING, METER),
      voucherKey(VENDING, other_meter),
      voucherKey({ ...VENDING, region: "600101" }, METER),
      voucherKey({ ...VENDING, revision: 4 }, METER),
      voucherKey(regionKey("vending", 3, "abababababababab949494949494949401234568"), METER),
      radioMasterKey(RADIO, METER),
      radioMasterKey(RADIO, other_meter),
      radioMasterKey({ ...RADIO, revision: 3 }, METER),
      lorawanAppKey(RADIO, METER),
      lorawanAppKey(RADIO, other_meter),
      lorawanAppKey({ ...RADIO, revision: 3 }, METER),
      lorawanAppKey({ ...RADIO, region: "600101" }, METER),
      ...["01020304", "01020305"].flatMap((address) => Object.values(lorawanGroupKeys(RADIO, address)) as Secret[]),
      cardMeterMaster(CARD),
      cardDeskMaster(CARD),
      cardMeterMaster({ ...CARD, region: "600101" }),
      cardDeskMaster({ ...CARD, revision: 2 }),
    ];
    assert.equal(new Set(keys.map(hex)).size, keys.length);
  });

  it("refuses a meter number that cannot be, and the key of another kind", () => {
    for (const meter of ["", "600727000000000008", "60072700000000000", "60072700000000000x", "٦00727000000000009"]) {
      assert.throws(() => voucherKey(VENDING, meter), refusal("bad_name", /18 digits/));
    }
    assert.throws(() => voucherKey(CARD, METER), /a card key is not a vending key/);
    assert.throws(() => radioMasterKey(VENDING, METER), /a vending key is not a radio key/);
    assert.throws(() => lorawanAppKey(VENDING, METER), /a vending key is not a radio key/);
    assert.throws(() => lorawanGroupKeys(CARD, "01020304"), /a card key is not a radio key/);
    assert.throws(() => lorawanGroupKeys(RADIO, "0102030"), refusal("bad_name", /group has 8 hexadecimal digits/));
    assert.throws(() => cardDeskMaster(RADIO), /a radio key is not a card key/);
  });

  it("a mistyped digit of a meter number is noticed", () => {
    fc.assert(
      fc.property(fc.nat(17), fc.integer({ min: 1, max: 9 }), (place, more) => {
        const digit = (Number(METER[place]) + more) % 10;
        assert.equal(isMeter(METER.slice(0, place) + String(digit) + METER.slice(place + 1)), false);
      }),
    );
  });
});
