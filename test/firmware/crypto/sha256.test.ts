import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { createSha256 } from "../../../firmware/crypto/sha256";

const hex = (bytes: number[]) => Buffer.from(bytes).toString("hex");
const ascii = (text: string) => [...Buffer.from(text, "latin1")];
const judge = (data: number[]) => createHash("sha256").update(Buffer.from(data)).digest("hex");

describe("SHA-256", () => {
  const sha256 = createSha256();

  it("gives the vectors of FIPS 180-2 appendix B", () => {
    assert.equal(hex(sha256(ascii("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const two_blocks = ascii("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq");
    assert.equal(hex(sha256(two_blocks)), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    const million = new Array<number>(1_000_000).fill(0x61);
    assert.equal(hex(sha256(million)), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  });

  it("gives the digest of nothing", () => {
    assert.equal(hex(sha256([])), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  });

  it("equals node:crypto at every length up to three blocks", () => {
    for (let length = 0; length <= 192; length++) {
      const data = Array.from({ length }, (_, index) => (index * 37 + length) % 256);
      assert.equal(hex(sha256(data)), judge(data), `${length} bytes`);
    }
  });

  it("equals node:crypto for any bytes, and leaves them as they were", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(255), { maxLength: 300 }), (data) => {
        const before = [...data];
        assert.equal(hex(sha256(data)), judge(data));
        assert.deepEqual(data, before);
      }),
    );
  });
});
