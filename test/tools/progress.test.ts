import assert from "node:assert/strict";
import { createProgress } from "../../tools/progress";
import { CapturedOutput } from "./captured_output";

function written(on_terminal: boolean): string {
  const output = new CapturedOutput();
  output.error_stream.isTTY = on_terminal;
  const progress = createProgress(output);
  progress.start(2, 0, { doing: "week.json" });
  progress.update(1, { doing: "week.json: node" });
  progress.stop();
  assert.equal(output.out_text, "");
  return output.err_text;
}

describe("progress", () => {
  it("is drawn on a terminal, on standard error", () => {
    const text = written(true);
    assert.match(text, /─+ 0\/2 week\.json/);
    assert.match(text, /━+─+ 1\/2 week\.json: node/);
  });

  it("leaves nothing behind that Ctrl-C would have to undo: the cursor shows, lines wrap", () => {
    const text = written(true);
    for (const mode of ["?25l", "?7l"]) assert.equal(text.includes(`\x1b[${mode}`), false);
  });

  it("is silent where nobody watches", () => {
    assert.equal(written(false), "");
  });
});
