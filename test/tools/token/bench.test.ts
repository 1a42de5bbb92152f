import assert from "node:assert/strict";
import { answerOf } from "../captured_output";

interface Row {
  name: string;
  unit: string;
  value: number;
  at_least?: number;
  within_budget?: boolean;
}

describe("curbstop bench --tokens", function () {
  this.timeout(60_000);

  it("prints the rate of tokens with its budget, beside the bare HMAC of the same run", async () => {
    const { exit_code, out, err } = await answerOf("bench", "--tokens", "--json");
    assert.deepEqual([exit_code, err], [0, ""]);
    const rows = JSON.parse(out) as Row[];
    assert.deepEqual(
      rows.map(({ name }) => name),
      ["tokens, cached keys", "tokens, derived keys", "bare HMAC-SHA-256"],
    );
    for (const { value } of rows) assert.ok(Number.isSafeInteger(value) && value > 0);
    const [cached] = rows;
    assert.equal(cached.at_least, 20_000);
    assert.equal(cached.within_budget, cached.value >= 20_000);
  });
});
