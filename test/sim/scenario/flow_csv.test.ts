import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { readFlowCsv } from "../../../sim/scenario/flow_csv";

describe("flow CSV", () => {
  let folder = "";
  before(() => (folder = mkdtempSync(join(tmpdir(), "curbstop-flow-"))));
  after(() => rmSync(folder, { recursive: true }));

  function written(content: string | Buffer): string {
    const file = join(folder, "flow.csv");
    writeFileSync(file, content);
    return file;
  }

  const rows = { epoch_s: [100, 101, 205], flow_ml: [27, 0, 10_000] };
  const text = "epoch_s,flow_ml\n100,27\n101,0\n205,10000\n";

  it("is read plain, with CRLF, without a last line end, and as gzip whatever its name", async () => {
    for (const content of [text, text.replaceAll("\n", "\r\n"), text.trimEnd(), gzipSync(text)]) {
      const { epoch_s, flow_ml } = await readFlowCsv(written(content));
      assert.deepEqual({ epoch_s, flow_ml }, rows);
    }
  });

  it("is read whole when it is longer than one chunk", async () => {
    const count = 100_000;
    const long = Array.from({ length: count }, (_, index) => `${1_551_427_376 + index},${index % 100}\n`).join("");
    for (const content of [`epoch_s,flow_ml\n${long}`, gzipSync(`epoch_s,flow_ml\n${long}`)]) {
      const { epoch_s, flow_ml } = await readFlowCsv(written(content));
      assert.equal(epoch_s.length, count);
      assert.equal(epoch_s[count - 1], 1_551_427_376 + count - 1);
      assert.equal(flow_ml[count - 1], (count - 1) % 100);
    }
  });

  const refused: [string, string, string][] = [
    ["nothing", "", ":1: the file is empty"],
    ["no rows", "epoch_s,flow_ml\n", ":2: there are no rows"],
    ["another header", "time,flow\n1,2\n", ':1: the header must be epoch_s,flow_ml (got "time,flow")'],
    ["no header", "100,27\n", ":1: the header must be"],
    ["a fraction", "epoch_s,flow_ml\n100,2.5\n", ':2: flow_ml: must be a whole number (got "2.5")'],
    ["a negative flow", "epoch_s,flow_ml\n100,-1\n", ":2: flow_ml: must be 0 to 10000 (got -1)"],
    ["a flood", "epoch_s,flow_ml\n100,10001\n", ":2: flow_ml: must be 0 to 10000 (got 10001)"],
    ["a word", "epoch_s,flow_ml\nnow,1\n", ':2: epoch_s: must be a whole number (got "now")'],
    [
      "a time twice",
      "epoch_s,flow_ml\n100,1\n100,1\n",
      ":3: epoch_s: must be later than the row before, 100 (got 100)",
    ],
    [
      "a time that falls",
      "epoch_s,flow_ml\n100,1\n99,1\n",
      ":3: epoch_s: must be later than the row before, 100 (got 99)",
    ],
    ["one field", "epoch_s,flow_ml\n100\n", ":2: a row has two fields"],
    ["three fields", "epoch_s,flow_ml\n100,1,2\n", ":2: a row has two fields"],
    ["a byte order mark", "\ufeffepoch_s,flow_ml\n100,1\n", ":1: the header must be epoch_s,flow_ml (got "],
    ["quotes", 'epoch_s,flow_ml\n"100",1\n', ":2: epoch_s: must be a whole number"],
    ["a mistake after CRLF and LF", "epoch_s,flow_ml\r\n100,1\n101,1\r\n102,x\r\n", ":4: flow_ml: must be a whole"],
    ["an empty line at the end", "epoch_s,flow_ml\n100,1\n\n", ":3: a row has two fields"],
    ["an empty line", "epoch_s,flow_ml\n100,1\n\n101,1\n", ":3: a row has two fields"],
  ];
  for (const [what, content, message] of refused) {
    it(`with ${what} is refused by line and field`, async () => {
      for (const stored of [content, gzipSync(content)]) {
        const file = written(stored);
        await assert.rejects(readFlowCsv(file), (error: Error) => {
          assert.ok(error.message.startsWith(file + message), error.message);
          return true;
        });
      }
    });
  }

  it("names the line of a mistake that is many chunks away", async () => {
    const good = Array.from({ length: 100_000 }, (_, index) => `${1_551_427_376 + index},1\n`).join("");
    const content = `epoch_s,flow_ml\n${good}1551427376,1\n${good}`;
    for (const stored of [content, gzipSync(content)]) {
      await assert.rejects(readFlowCsv(written(stored)), /:100002: epoch_s: must be later than the row before/);
    }
  });

  it("that is a torn or damaged gzip file is refused in one line", async () => {
    const whole = gzipSync(text.repeat(1) + Array.from({ length: 5000 }, (_, index) => `${300 + index},1\n`).join(""));
    const damaged = Buffer.from(whole);
    damaged[Math.floor(whole.length / 2)] ^= 0xff;
    for (const content of [whole.subarray(0, whole.length - 20), damaged]) {
      const file = written(content);
      await assert.rejects(readFlowCsv(file), (error: Error) => {
        assert.equal(error.message.includes("\n"), false);
        return error.message.startsWith(file);
      });
    }
  });

  it("that is missing is refused by name", async () => {
    await assert.rejects(readFlowCsv("no-such.csv"), /^Error: no-such\.csv: there is no such file$/);
  });
});
