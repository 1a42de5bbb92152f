/**
 * `curbstop sim run --bundle`: the bundle is that of the run, for its owner alone.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answerOf } from "./captured_output";

const TOKENS = join(__dirname, "..", "..", "sim", "scenarios", "tokens.json");

describe("curbstop sim run --bundle", () => {
  let folder = "";
  before(() => (folder = mkdtempSync(join(tmpdir(), "curbstop-bundle-"))));
  after(() => rmSync(folder, { recursive: true }));

  it("saves what the run has left, with the run's own trace", async () => {
    const file = join(folder, "deep", "support.json");
    const { exit_code, out } = await answerOf("sim", "run", TOKENS, "--seed", "7", "--bundle", file, "--json");
    assert.equal(exit_code, 0);
    const result = JSON.parse(out) as { trace_sha256: string; trace_lines: number; balance_milli: number };
    const bundle = JSON.parse(readFileSync(file, "utf8")) as {
      scenario: { seed: number };
      trace: { sha256: string; lines: number };
      now: { ended: boolean; view: { balance_milli: number } };
    };
    assert.equal(statSync(file).mode % 0o1000, 0o600);
    assert.deepEqual(bundle.trace.sha256, result.trace_sha256);
    assert.deepEqual(bundle.trace.lines, result.trace_lines);
    assert.deepEqual([bundle.scenario.seed, bundle.now.ended], [7, true]);
    assert.equal(bundle.now.view.balance_milli, result.balance_milli);
    const [key] = /(?<="key": ")[0-9a-fA-F]{32}/.exec(readFileSync(TOKENS, "utf8")) ?? [];
    assert.ok(key !== undefined);
    assert.equal(readFileSync(file, "utf8").toLowerCase().includes(key.toLowerCase()), false);
  });

  it("says in one line that a file cannot be written", async () => {
    const { exit_code, err } = await answerOf("sim", "run", TOKENS, "--bundle", "/dev/null/support.json");
    assert.equal(exit_code, 2);
    assert.match(err, /^curbstop: \/dev\/null\/support\.json: cannot be written \(\w+\)\n$/);
  });
});
