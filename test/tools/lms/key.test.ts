/**
 * Keys of every parameter set that is made in reasonable time: what they sign, meters verify.
 */
import assert from "node:assert/strict";
import { bytesText } from "../../../firmware/card/bytes";
import { lmsParameters, lmsPublicKeyBytes, lmsSignatureBytes, verifyLms } from "../../../firmware/crypto/lms";
import { createSha256 } from "../../../firmware/crypto/sha256";
import { leafOf, makeKey, signatureUnder } from "../../../tools/lms/key";
import { REGION_PARAMETERS } from "../../../tools/lms/names";
import { treeOver } from "../../../tools/lms/tree";

const MESSAGE = Buffer.from("two messages under one leaf are a forgery");

describe("LMS keys", function () {
  for (let ots_type = 1; ots_type <= 8; ots_type++) {
    const tree_type = ots_type < 5 ? 5 : 10;
    const parameters = lmsParameters(tree_type, ots_type);
    it(`of n${parameters!.n} H5 W${parameters!.w} sign what the firmware verifies, each leaf in its turn`, async () => {
      const { key, leaves, public_key } = await makeKey({ tree_type, ots_type });
      assert.equal(public_key.length, 4 + lmsPublicKeyBytes(parameters!));
      const tree = treeOver(key, leaves);
      const hash = { sha256: createSha256() };
      for (const leaf of [0, 1, 30, 31]) {
        const signature = signatureUnder(key, tree, leaf, MESSAGE);
        assert.equal(signature.length, 4 + lmsSignatureBytes(parameters!));
        assert.equal(leafOf(signature), leaf);
        const good = (message: Buffer) => verifyLms(hash, [...public_key], [...message], bytesText([...signature]));
        assert.equal(good(MESSAGE), true);
        assert.equal(good(Buffer.concat([MESSAGE, Buffer.of(0)])), false);
      }
    });
  }

  it("say how far they are while they are made", async () => {
    const told: [number, number][] = [];
    await makeKey({ tree_type: 10, ots_type: 5 }, (done, total) => told.push([done, total]));
    assert.equal(told.length, 32);
    assert.deepEqual(
      [told[0], told[31]],
      [
        [1, 32],
        [32, 32],
      ],
    );
  });

  it("are never the same twice", async () => {
    const [one, other] = [await makeKey({ tree_type: 10, ots_type: 5 }), await makeKey({ tree_type: 10, ots_type: 5 })];
    assert.notDeepEqual(one.public_key, other.public_key);
    assert.equal(one.key.identifier.equals(other.key.identifier), false);
    assert.equal(one.key.seed.equals(other.key.seed), false);
  });

  it("of a region are SHA-256/192, W8, for 1,024 signatures", () => {
    const { n, w, height } = lmsParameters(REGION_PARAMETERS.tree_type, REGION_PARAMETERS.ots_type)!;
    assert.deepEqual({ n, w, height }, { n: 24, w: 8, height: 10 });
  });
});
