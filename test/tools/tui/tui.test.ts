/**
 * A technician at a terminal: the keys do what the page's buttons do, what was done runs again without the terminal, and
 * the terminal is given back whatever happens.
 */
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { engineByName } from "../../../sim/engines/engine";
import { runScenario } from "../../../sim/run";
import { Rig } from "./rig";

describe("the live meter in a terminal", function () {
  let rig: Rig;

  beforeEach(async () => {
    rig = new Rig();
    await rig.sees("Curbstop · a new meter");
    // From here on time goes only as far as the keys say.
    rig.press(" ");
    await rig.sees("paused");
    rig.type("ssssssssss");
    await rig.sees(/balance +1\.00/);
  });
  afterEach(() => rig.leave());

  it("shows the meter on 80 columns and 24 rows, with its keys below", () => {
    const lines = rig.model.text().split("\n");
    assert.equal(lines.length, 24);
    assert.ok(lines.every((line) => line.length < 80));
    assert.match(lines.at(-1) ?? "", /c cards .* \? help/);
    assert.match(rig.model.text(), /● open/);
    assert.match(rig.model.text(), /commissioned 1\.00/);
  });

  it("has the meter's own keypad on the keyboard", async () => {
    rig.type("*");
    rig.press("s");
    await rig.sees(/█▀█ █▀█ █▀█ █▀█ █▀█ █▀█ █▀█/); // The register: eight digits.
    rig.type("##9");
    rig.press("m");
    await rig.sees("customer lock");
  });

  it("lets the credit run out, and a card opens the valve again", async () => {
    rig.press("up", "t");
    await rig.sees("tap open, 700 l/h");
    rig.press("h");
    await rig.sees("closed (no credit)");
    rig.press("t", "c");
    await rig.sees("Cards (1 of");
    const down = rig.model.text().includes("▸ [ ] Household, 5.00") ? [] : ["down", "down"];
    rig.press(...down);
    await rig.sees("▸ [ ] Household, 5.00");
    rig.press("return", "m");
    await rig.sees(/last card accepted/);
    await rig.sees("● open");
    await rig.sees("card Household, 5.00");
    rig.press("o", "s");
    await rig.sees("card none");
  });

  it("makes faults, and takes them back", async () => {
    rig.press("f", "down");
    await rig.sees("▸ [ ] Magnet near");
    rig.press("return");
    await rig.sees("▸ [x] Magnet near");
    await rig.sees("faults: Magnet near");
    rig.press("return");
    await rig.sees("faults: none");
    rig.press("escape");
    await rig.sees("tamper");
  });

  it("brings a snapshot back", async () => {
    rig.press("k", "h");
    await rig.sees("01:00:1");
    rig.press("b");
    await rig.sees("▸     Back to 00:00:1");
    rig.press("return");
    await rig.sees(/paused · 00:00:1/);
  });

  it("loads a scenario and sees its expectations met", async () => {
    rig.press("l");
    await rig.sees("Scenario (1 of");
    for (let tries = 0; tries < 40 && !/▸ .*Emergency/i.test(rig.model.text()); tries++) {
      rig.press("down");
      await new Promise((done) => setTimeout(done, 100));
    }
    assert.match(rig.model.text(), /▸ .*Emergency/i);
    rig.press("return");
    await rig.sees(/Curbstop · .*mergency/);
    rig.press(" ", "+", "+", "+", "+", "+");
    await rig.sees("at the end of the run");
    await rig.sees(/expected: (\d+) of \1 met, 0 not/);
  });

  it("records what was done, and the file gives the same books without the terminal", async () => {
    rig.press("t", "m", "m", "t", "m");
    rig.press("r");
    await rig.sees("name of the recording: session-1");
    rig.press(...Array<string>("session-1".length).fill("backspace"));
    rig.type("typed");
    rig.press("return");
    await rig.sees(/recorded; run again: the same trace, \d+ lines/);
    const file = join(rig.recordings, "typed.json");
    const result = await runScenario({ file, engine: engineByName("node") });
    assert.deepEqual(result.expectations.failed, []);
    assert.equal(result.expectations.met, 7);
    assert.ok(result.volume_l >= 20, `${result.volume_l} l`);
  });

  it("types lines at the service port, and says in one line what is refused", async () => {
    rig.press("v", "return", "s");
    rig.press("e");
    await rig.sees('"port":"service"');
    rig.press("o");
    await rig.sees("there is no card in the slot (put one in)");
    rig.press("r", "ctrl-u");
    rig.type("../up");
    rig.press("return");
    await rig.sees("a recording is named by small letters");
  });

  it("tells what a pasted token is, and saves a support bundle for its owner alone", async () => {
    rig.press("i");
    rig.type("0000 1509 9554 3610 8736");
    rig.press("return");
    await rig.sees("this is      a token");
    rig.press("pagedown");
    await rig.sees("kind   credit");
    rig.press("escape", "w");
    await rig.sees(/saved .*support-a-new-meter-10s\.json/);
    const file = join(rig.recordings, "support-a-new-meter-10s.json");
    assert.equal(statSync(file).mode % 0o1000, 0o600);
    assert.equal((JSON.parse(readFileSync(file, "utf8")) as { version: number }).version, 1);
  });

  it("draws only what has changed", async () => {
    const before = rig.window.written_bytes;
    rig.press("s");
    await rig.sees("00:00:11");
    const written = rig.window.written_bytes - before;
    assert.ok(written > 0 && written < 600, `${written} bytes for one second`);
  });

  it("follows the size of the terminal", async () => {
    rig.resize(120, 40);
    await rig.sees(/^╭─ .{80,}─╮$/m);
    rig.resize(48, 16);
    await rig.sees(/^╭─.{20,45}─╮$/m);
    rig.resize(30, 5);
    await rig.sees("the terminal is too small");
    rig.resize(80, 24);
    await rig.sees("SPACE pause");
  });

  for (const [words, end] of [
    ["q", () => rig.press("q")],
    ["Ctrl-C, even where a line is typed", () => rig.press("v", "ctrl-c")],
    ["a terminal that is gone", () => rig.hangUp()],
  ] as const) {
    it(`gives the terminal back: ${words}`, async () => {
      assert.deepEqual([rig.model.is_second_screen, rig.model.has_cursor, rig.is_open], [true, false, true]);
      end();
      await rig.ended;
      assert.deepEqual([rig.model.is_second_screen, rig.model.has_cursor, rig.is_open], [false, true, false]);
    });
  }

  it("gives the terminal back and tells of a defect", async () => {
    Object.defineProperty(rig.window, "size", {
      value: () => {
        throw new Error("a defect");
      },
    });
    rig.press("s");
    await assert.rejects(rig.ended, /a defect/);
    assert.deepEqual([rig.is_open], [false]);
  });
});
