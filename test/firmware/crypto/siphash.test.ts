import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { siphash } from "../../../firmware/crypto/siphash";

const KEY = Array.from({ length: 16 }, (_, i) => i);

/** The 64 bits as OpenSSL prints them: least significant byte first. */
function printed(hash: number[]): string {
  const bytes = Buffer.alloc(8);
  hash.forEach((limb, i) => bytes.writeUInt16LE(limb, 2 * i));
  return bytes.toString("hex").toUpperCase();
}

function openssl(key: number[], message: number[]): string | undefined {
  const options = ["-macopt", `hexkey:${Buffer.from(key).toString("hex")}`, "-macopt", "size:8"];
  const { status, stdout } = spawnSync("openssl", ["mac", ...options, "SIPHASH"], { input: Buffer.from(message) });
  return status === 0 ? stdout.toString().trim() : undefined;
}

describe("SipHash-2-4", () => {
  it("gives the vector of the paper, and those of its reference for short messages", () => {
    const message = Array.from({ length: 15 }, (_, i) => i);
    assert.equal(printed(siphash(KEY, message)), "E545BE4961CA29A1");
    assert.equal(printed(siphash(KEY, [])), "310E0EDD47DB6F72");
    assert.equal(printed(siphash(KEY, [0])), "FD67DC93C539F874");
  });

  it("equals OpenSSL's for any key and message", function () {
    if (openssl(KEY, []) === undefined) this.skip(); // Needs openssl 3 on PATH.
    const key = fc.array(fc.nat(255), { minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(key, fc.array(fc.nat(255), { maxLength: 40 }), (random, message) => {
        assert.equal(printed(siphash(random, message)), openssl(random, message));
      }),
      { numRuns: 40 },
    );
  });
});
