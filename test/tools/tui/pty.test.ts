/**
 * `curbstop sim tui` as a person calls it, on a real pty, which util-linux's `script` makes; and its refusal elsewhere.
 */
import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runScenario } from "../../../sim/run";
import { engineByName } from "../../../sim/engines/engine";
import { expect } from "../../sim/page/wait";
import { answerOf } from "../captured_output";
import { TerminalModel } from "./terminal_model";

const COMMAND = join(__dirname, "..", "..", "..", "tools", "bin", "curbstop.js");

class Pty {
  readonly model = new TerminalModel(80, 24);
  readonly ended: Promise<void>;
  private readonly child: ChildProcess;

  /** The command on a pty of 80 by 24; its exit code and the terminal's settings before and after go into a folder. */
  constructor(
    readonly folder: string,
    environment: Record<string, string>,
  ) {
    const tui = `"${process.execPath}" "${COMMAND}" sim tui --recordings "${folder}"`;
    const steps = ["stty rows 24 cols 80", 'tty > "$D/tty"', 'stty -g > "$D/before"', tui, 'echo $? > "$D/code"'];
    const command = [...steps, 'stty -g > "$D/after"'].join("; ");
    const env: NodeJS.ProcessEnv = { ...process.env, D: folder, TERM: "xterm-256color", ...environment };
    if (environment.NO_COLOR === undefined) delete env.NO_COLOR;
    delete env.CI;
    this.child = spawn("script", ["-qfec", command, "/dev/null"], { env });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => this.model.take(text));
    this.ended = new Promise((done) => this.child.on("close", () => done()));
  }

  type(text: string): void {
    this.child.stdin?.write(text);
  }

  sees(words: RegExp): Promise<void> {
    return expect(`${String(words)} on the screen`, () => Promise.resolve(words.test(this.model.text())));
  }

  said(name: string): string {
    return readFileSync(join(this.folder, name), "utf8").trim();
  }

  /** Its own process group: shell, command and all. */
  stop(): void {
    this.child.kill("SIGKILL");
  }
}

describe("curbstop sim tui", function () {
  for (const [words, environment, has_colours] of [
    ["in colour", { FORCE_COLOR: "1" }, true],
    ["without colour where NO_COLOR asks for it", { NO_COLOR: "1" }, false],
  ] as const) {
    it(`runs on a pty ${words}, records, and leaves the terminal as it was (util-linux script)`, async function () {
      if (spawnSync("script", ["--version"]).status !== 0) this.skip();
      const folder = mkdtempSync(join(tmpdir(), "curbstop-pty-"));
      const pty = new Pty(folder, environment);
      try {
        await pty.sees(/Curbstop · a new meter/);
        pty.type(" ");
        await pty.sees(/paused/);
        pty.type("sssssssss");
        await pty.sees(/balance +1\.00/);
        pty.type("\x1b[A"); // The key "up".
        await pty.sees(/t: 700 l\/h/);
        pty.type("tm");
        await pty.sees(/tap open, 700 l\/h/);
        spawnSync("stty", ["-F", pty.said("tty"), "rows", "30", "cols", "100"]);
        pty.model.resize(100, 30);
        await pty.sees(/^╭─ .{85,}─╮$/m);
        pty.type("r\r");
        await pty.sees(/recorded; run again: the same trace/);
        assert.deepEqual([pty.model.is_second_screen, pty.model.has_cursor], [true, false]);
        pty.type("q");
        await pty.ended;
        assert.deepEqual([pty.model.is_second_screen, pty.model.has_cursor], [false, true]);
        assert.equal(pty.model.colours > 0, has_colours);
        assert.equal(pty.said("code"), "0");
        assert.equal(pty.said("after"), pty.said("before"));
        assert.ok(readdirSync(folder).includes("session-1.json"));
        const again = await runScenario({ file: join(folder, "session-1.json"), engine: engineByName("node") });
        assert.deepEqual([again.expectations.met, again.expectations.failed], [7, []]);
      } finally {
        pty.stop();
        rmSync(folder, { recursive: true });
      }
    });
  }

  it("refuses plainly where there is no terminal", async () => {
    const { exit_code, out, err } = await answerOf("sim", "tui");
    assert.deepEqual([exit_code, out], [2, ""]);
    assert.match(err, /^curbstop: sim tui needs a terminal for input and output \(use sim serve, [^\n]+\)\n$/);
  });

  it("shows examples with --help", async () => {
    const { exit_code, out } = await answerOf("sim", "tui", "--help");
    assert.equal(exit_code, 0);
    assert.match(out, /Examples:\n {2}curbstop sim tui/);
  });
});
