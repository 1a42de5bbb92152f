/**
 * Judgements are the same on every engine, with the firmware's own SHA-256.
 */
import assert from "node:assert/strict";
import { NO_LIMIT_L } from "../../../firmware/credit/tariff";
import { contentBytes } from "../../../firmware/radio/signed";
import type { Engine } from "../../../sim/engines/contract";
import { makeKey, signatureUnder } from "../../../tools/lms/key";
import { treeOver } from "../../../tools/lms/tree";
import { programEngines } from "../../same_on_engines";

const hex = (bytes: readonly number[]) => Buffer.from(bytes).toString("hex");

describe("signed messages on every engine", function () {
  let program: string[] = [];
  let expected: string[] = [];
  const engines = programEngines("signed");

  async function linesOf(engine: Engine): Promise<string[]> {
    const lines: string[] = [];
    await engine.run(program, (line) => lines.push(line));
    return lines;
  }

  before("sign", async () => {
    const { key, leaves, public_key } = await makeKey({ tree_type: 10, ots_type: 7 });
    const bytes = contentBytes({
      ...{ utility: 1, region: "600100", key_revision: 1, version: 8, start_utc_s: 1_798_758_000 },
      ...{ scope: "group", group: 5, meter: "", friendly: undefined, lifeline: undefined, emergency_milli: 7 },
      tariff: {
        ...{ id: 8, start_utc_s: 1_798_758_000, standing_milli: 10_000 },
        ...{ limits_l: [5000, NO_LIMIT_L], prices_milli: [120_000, 480_000] },
      },
      holidays: [20_812, 65_000],
    });
    const signature = [...signatureUnder(key, treeOver(key, leaves), 17, Buffer.from(bytes))];
    const message = [...bytes, ...signature];
    const bad = [...message];
    bad[message.length - 1] ^= 128;
    const old = [...message];
    old[0] = 9;
    program = [hex([...public_key]), ...[message, bad, old, message.slice(0, 60)].map(hex)];
    expected = await linesOf(engines[0]);
  });

  it("node: one is good, the others have their names", () => {
    assert.match(expected[0], /^good 8 tariff holidays emergency \d{3}$/);
    assert.match(expected[1], /^bad_signature 8 \d{3}$/);
    assert.deepEqual(expected.slice(2), ["unknown_format", "malformed"]);
  });

  for (const engine of engines.slice(1)) {
    const missing = engine.missing();
    const promise = `${engine.name}: judges as node does`;
    if (missing === undefined) it(promise, async () => assert.deepEqual(await linesOf(engine), expected));
    else it(`${promise} (${missing})`);
  }
});
