import assert from "node:assert/strict";
import { answerOf } from "../captured_output";

interface Row {
  name: string;
  unit: string;
  value: number;
  at_least?: number;
  at_most?: number;
  pending?: string;
  within_budget?: boolean;
}

describe("curbstop bench --tokens", function () {
  const { ESPRUINO } = process.env;

  // Counting instructions takes minutes, and is no test: without an interpreter the meter's rows say why they are not there.
  before(() => (process.env["ESPRUINO"] = "/no/such/interpreter"));
  after(() => {
    if (ESPRUINO === undefined) delete process.env["ESPRUINO"];
    else process.env["ESPRUINO"] = ESPRUINO;
  });

  it("prints the rate of tokens with its budget, beside the bare HMAC of the same run", async () => {
    const { exit_code, out, err } = await answerOf("bench", "--tokens", "--json");
    assert.deepEqual([exit_code, err], [0, ""]);
    const rows = JSON.parse(out) as Row[];
    const desk = rows.slice(0, 3);
    assert.deepEqual(
      desk.map(({ name }) => name),
      ["tokens, cached keys", "tokens, derived keys", "bare HMAC-SHA-256"],
    );
    const keyed = rows.slice(3);
    assert.ok(keyed.some(({ at_most }) => at_most === 2_500_000));
    for (const { name, pending } of keyed) {
      assert.match(name, /^keyed-in token, /);
      assert.match(pending ?? "", /./);
    }
    for (const { value } of desk) assert.ok(Number.isSafeInteger(value) && value > 0);
    const [cached] = rows;
    assert.equal(cached.at_least, 20_000);
    assert.equal(cached.within_budget, cached.value >= 20_000);
  });
});
