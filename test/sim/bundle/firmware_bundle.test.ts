/**
 * What is not in the firmware's bundle: AES in JavaScript is wired by a board whose chip has none, never by the
 * firmware itself, so a board with a native one does not carry it.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { bundleEspruino } from "../../../sim/bundle/espruino";
import { ROOT } from "../../../sim/bundle/project";

const FIRMWARE = join(ROOT, "firmware", "index.ts");
/** Uses what a board without native AES uses. */
const WITH_AES = join(ROOT, "sim", "twins", "crypto.ts");
/** Of makeTables in firmware/crypto/aes.ts: the powers of two by which the S-box rotates, in order, and its constant. */
const S_BOX = /,\s*2\)\W[^;]{0,80},\s*4\)\W[^;]{0,80},\s*8\)\W[^;]{0,80},\s*16\)[^;]{0,12}99/;

describe("the firmware's bundle for Espruino", function () {
  it("has no AES in it, which a bundle that asks for AES has", async () => {
    const options = { mangle_properties: false };
    assert.match((await bundleEspruino(WITH_AES, options)).code, S_BOX);
    const { code } = await bundleEspruino(FIRMWARE, options);
    assert.doesNotMatch(code, S_BOX);
    assert.match(code, /aes_cbc_encrypt/, "the firmware asks its crypto port");
  });
});
