import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { answerOf } from "../captured_output";
import { flashedStandIn } from "../flash/own_board";
import { StandIn, standInMissing } from "../flash/stand_in";
import { assertNoSecret, REGION, temporaryFolder } from "../keys/samples";
import { Desk, METERS } from "../provision/desk";

const SCRIPT = path.join(__dirname, "..", "..", "..", "tools", "bin", "curbstop.js");
const [METER] = METERS;
const LIMIT_MS = 300_000;

describe("curbstop monitor, called wrongly", () => {
  const folder = temporaryFolder();
  const bad: [string[], RegExp][] = [
    [["monitor", "--port", "http://x"], /a port is a serial device or tcp:/],
    [["monitor", "--port", "tcp://x:1", "--only", "Valve Fault"], /event codes are words such as valve_fault/],
    [["monitor", "--port", "tcp://x:1", "--last", "few"], /a number of events is a whole number/],
    [["monitor", "--port", "tcp://x:1", "--board", "h\u00fctte"], /a board is named as in boards\//],
    [["monitor", "--port", "tcp://x:1", "--bundle", __filename], /there is such a file already, and it is kept/],
    [["monitor", "--analyse", "none.json"], /none\.json: there is no such file/],
    [["monitor", "--analyse", "x.json", "--port", "tcp://x:1"], /--analyse reads a file and needs no meter/],
  ];
  for (const [words, message] of bad) {
    it(`answers \`curbstop ${words.join(" ")}\` with one line and exit code 2`, async () => {
      const { exit_code, out, err } = await answerOf(...words);
      assert.deepEqual({ exit_code, out }, { exit_code: 2, out: "" });
      assert.match(err, message);
      assert.match(err, /^curbstop: [^\n]+\n$/);
    });
  }

  it("refuses to analyse what is no support bundle", async () => {
    const file = folder.file("certificate.json");
    fs.writeFileSync(file, '{"format":"curbstop certificate"}');
    const { exit_code, err } = await answerOf("monitor", "--analyse", file);
    assert.equal(exit_code, 2);
    assert.match(err, /this is no support bundle \(curbstop monitor --bundle writes one\)/);
  });
});

describe("curbstop monitor", function () {
  const folder = temporaryFolder();
  let desk: Desk;
  let board: StandIn;

  before(async function () {
    if (standInMissing() !== undefined) return this.skip();
    board = await flashedStandIn();
    desk = await Desk.open(folder.path);
  });
  after(async () => board?.stop());
  afterEach(async () => board?.powerDown());

  const monitor = (...words: string[]) => answerOf("monitor", "--port", board.port, ...words);

  it("says of a board without a firmware that it has none", async () => {
    const empty = await StandIn.start();
    const { exit_code, err } = await answerOf("monitor", "--port", empty.port, "--once");
    await empty.stop();
    assert.equal(exit_code, 1);
    assert.match(err, /^curbstop: tcp:[^ ]+: no Curbstop firmware runs on this board \(curbstop flash [^\n]+\)\n$/);
  });

  it("says of a board that is nobody's that no meter runs on it", async () => {
    const { exit_code, err } = await monitor("--once");
    assert.equal(exit_code, 1);
    assert.match(
      err,
      /^curbstop: no meter runs on this board: firmware=[^\n]* meter=none unprovisioned \(curbstop provision\)\n$/,
    );
  });

  it("shows a meter's log in words, oldest first", async () => {
    const given = await desk.provision("--port", board.port, "--meter", METER);
    assert.deepEqual([given.exit_code, given.err], [0, ""]);
    await board.powerDown();
    const { exit_code, out, err } = await monitor("--once");
    assert.equal(exit_code, 0, err);
    assert.match(err, new RegExp(`^firmware=\\S+ .* meter=${METER} region=${REGION}\n$`));
    assert.match(out, /^1 {2}no time +started, boots without an hour between \d+\n/);
    const numbers = out
      .trimEnd()
      .split("\n")
      .map((line) => Number(line.split(" ")[0]));
    assert.deepEqual(
      numbers,
      Array.from({ length: numbers.length }, (_, index) => index + 1),
    );
    assert.ok(numbers.length >= 3, "each power-up is in it");
  });

  it("shows only what it is asked for, for machines too", async () => {
    const { exit_code, out, err } = await monitor("--once", "--only", "boot,tamper", "--json", "--last", "1000");
    assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
    const events = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.ok(events.length >= 3);
    for (const event of events) {
      assert.deepEqual(Object.keys(event), ["sequence", "utc_s", "code", "value", "unit", "words"]);
      assert.deepEqual([event["code"], event["words"]], ["boot", "started"]);
    }
  });

  it("goes on after the line was lost, and misses nothing that happened meanwhile", async () => {
    const words = [SCRIPT, "monitor", "--port", board.port, "--json", "--last", "1000"];
    const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "pipe"] });
    let [out, err] = ["", ""];
    child.stdout.on("data", (data: Buffer) => (out += data.toString()));
    child.stderr.on("data", (data: Buffer) => (err += data.toString()));
    const boots = () => out.split("\n").filter((line) => line.includes('"code":"boot"')).length;
    const until = async (holds: () => boolean, what: string) => {
      const end_ms = performance.now() + LIMIT_MS;
      while (!holds()) {
        assert.ok(performance.now() < end_ms, `${what}: ${out.slice(-300)} ${err}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    try {
      await until(() => boots() > 0 && out.endsWith("\n"), "the log is shown");
      const before = boots();
      board.cutPower();
      await until(() => boots() > before, "the boot after the cut is shown");
      assert.match(err, /^curbstop: [^\n]*; trying again$/m);
    } finally {
      child.kill("SIGKILL");
    }
    const events = out
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { sequence: number });
    const numbers = events.map(({ sequence }) => sequence);
    assert.deepEqual(
      numbers,
      Array.from({ length: numbers.length }, (_, index) => index + 1),
      "each once, none missing",
    );
  });

  it("writes a support bundle without any key, which can be analysed without the meter", async () => {
    const file = folder.file("bundle.json");
    const { exit_code, out, err } = await monitor("--bundle", file, "--board", "espruino-rak5010");
    assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
    assert.match(
      out,
      new RegExp(`^\\S+bundle\\.json: meter ${METER}, \\d+ events, \\d+ runs of hours, \\d+ months\n$`),
    );
    const text = fs.readFileSync(file, "utf8");
    assertNoSecret(text, await desk.secrets());
    const { settings, prices, events } = JSON.parse(text) as Record<string, Record<string, unknown>>;
    assert.deepEqual([settings["pulse_pulses"], settings["lifeline_daily_l"], prices["id"]], [10, 50, 12]);
    assert.ok(Object.keys(events).length >= 4);
    await board.powerDown();
    const again = await monitor("--bundle", file);
    assert.equal(again.exit_code, 2);
    assert.match(again.err, /there is such a file already, and it is kept/);
    const page = await answerOf("monitor", "--analyse", file);
    assert.equal(page.exit_code, 0);
    assert.match(
      page.out,
      /^what to do next\n(?: {2}.*\n)* {2}commission it with a card, or by radio: until then it is shut$/m,
    );
    const json = await answerOf("monitor", "--analyse", file, "--json");
    assert.equal((JSON.parse(json.out) as { meter: string }).meter, METER);
  });
});
