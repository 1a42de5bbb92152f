import assert from "node:assert/strict";
import sinon from "sinon";
import * as keeping from "../../../firmware/keeping";
import * as saved from "../../../firmware/token/saved";
import { TOKEN_ENTRIES } from "../../../sim/token_torture/entries";
import { tortureEntry } from "../../../sim/token_torture/torture";
import { NVM_GEOMETRIES } from "../../../sim/twins/nvm_parts";

/** Commits before an entry: with these its own commits fall into, at the end of, and at the start of a sector. */
const FILLS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

describe("torture of tokens", () => {
  for (const entry of TOKEN_ENTRIES) {
    it(`${entry.name}: once or not at all, wherever the power fails`, () => {
      let combinations = 0;
      for (const [place, { name }] of NVM_GEOMETRIES.entries()) {
        for (const fill of FILLS) {
          if (place > 0 && fill !== FILLS[place % FILLS.length]) continue;
          const torture = tortureEntry(entry, name, 1, fill);
          combinations += torture.combinations;
          assert.deepEqual(torture.violations.slice(0, 3), []);
        }
      }
      console.log(`      ${combinations} combinations`);
      assert.ok(combinations > 100);
    });
  }

  describe("of a meter that was broken on purpose", () => {
    const credit = TOKEN_ENTRIES[0];
    afterEach(() => sinon.restore());

    it("finds one that forgets its TIDs", () => {
      sinon.stub(saved, "tokenFields").returns(undefined);
      const { violations } = tortureEntry(credit, NVM_GEOMETRIES[0].name, 1, 0);
      assert.ok(violations.length > 0);
    });

    it("finds one that tells before it has committed", () => {
      sinon.stub(keeping, "commitOrLock").returns(true);
      const { violations } = tortureEntry(credit, NVM_GEOMETRIES[0].name, 1, 0);
      assert.ok(violations.some(({ detail }) => detail.startsWith("told of")));
    });
  });
});
