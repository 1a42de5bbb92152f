/**
 * `curbstop sim serve` and `curbstop start` as a person calls them.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { get } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { answerOf } from "./captured_output";

const COMMAND = join(__dirname, "..", "..", "tools", "bin", "curbstop.js");

describe("curbstop sim serve", function () {
  it("serves the page until it is stopped, and then ends well", async () => {
    const child = spawn(process.execPath, [COMMAND, "sim", "serve", "--port", "0", "--json"]);
    let out = "";
    child.stdout.setEncoding("utf8");
    const url = await new Promise<string>((done, fail) => {
      child.stdout.on("data", (text: string) => {
        out += text;
        if (out.includes("\n")) done((JSON.parse(out) as { url: string }).url);
      });
      child.on("close", (code) => fail(new Error(`ended with ${code} before it served`)));
    });
    const status = await new Promise<number | undefined>((done, fail) => {
      get(url, { agent: false }, (response) => done(response.resume().statusCode)).on("error", fail);
    });
    assert.equal(status, 200);
    const ended = new Promise<number | null>((done) => child.removeAllListeners("close").on("close", done));
    child.kill("SIGTERM");
    assert.equal(await ended, 0);
  });

  it("says in one line that a port is taken", async () => {
    const taken = createServer();
    await new Promise<void>((done) => taken.listen(0, "127.0.0.1", done));
    const { port } = taken.address() as AddressInfo;
    const { exit_code, out, err } = await answerOf("sim", "serve", "--port", String(port));
    taken.close();
    assert.deepEqual({ exit_code, out }, { exit_code: 2, out: "" });
    const [said] = err.split("\n").filter((line) => line.startsWith("curbstop:"));
    assert.match(said, /--port \d+: cannot be listened on \(EADDRINUSE; give another port, or 0 for any\)/);
  });

  for (const [words, message] of [
    [["--port", "x"], /a port is a number, 0 to 65535/],
    [["--port", "65536"], /a port is a number, 0 to 65535/],
    [["--meters", "0"], /meters are a whole number, 1 to 4/],
    [["--meters", "5"], /meters are a whole number, 1 to 4/],
    [["--scenario", "no-such-file.json"], /no-such-file\.json: there is no such file/],
  ] as const) {
    it(`refuses ${words.join(" ")} in one line`, async () => {
      const { exit_code, err } = await answerOf("sim", "serve", ...words);
      assert.equal(exit_code, 2);
      assert.match(err, message);
      assert.match(err, /^curbstop: [^\n]+\n$/);
    });
  }

  for (const command of ["sim serve", "start"]) {
    it(`\`curbstop ${command} --help\` shows examples`, async () => {
      const { exit_code, out } = await answerOf(...command.split(" "), "--help");
      assert.equal(exit_code, 0);
      assert.match(out, new RegExp(`Examples:\\n {2}curbstop ${command}`));
    });
  }

  it("`curbstop start` is a summary where nobody watches", async () => {
    const { exit_code, out } = await answerOf("start");
    assert.equal(exit_code, 0);
    assert.match(out, /^Curbstop · /);
    assert.match(out, /expectations (\d+) of \1 met/);
  });
});
