/** `curbstop provision` and `curbstop monitor` on boards with Lua, each with the firmware that its build has. */
import assert from "node:assert/strict";
import fs from "node:fs";
import { readNameplate } from "../../../firmware/nameplate";
import { plateCrc } from "../../../tools/provision/settings_file";
import { answerOf, type Answer } from "../captured_output";
import { HEADER_BYTES, slotText } from "../../../tools/flash/nodemcu/slot_file";
import { filesOf, putFiles, set } from "../flash/nodemcu/rig";
import type { StandIn } from "../flash/stand_in";
import { assertNoSecret, REGION, temporaryFolder } from "../keys/samples";
import { Desk, METERS } from "./desk";
import { keptPlate, losePlate, LUA_BOARDS, luaBoardsMissing } from "./lua_rig";

const [METER, SECOND] = METERS;

for (const of of LUA_BOARDS) {
  describe(`curbstop provision, ${of.name}`, function () {
    const folder = temporaryFolder();
    let desk: Desk;
    let board: StandIn;

    before(async function () {
      if (luaBoardsMissing() !== undefined) return this.skip();
      board = await of.start();
      desk = await Desk.open(folder.path);
    });
    after(async () => board?.stop());
    beforeEach(async () => of.reset(board));

    async function provision(meter: string, ...more: string[]): Promise<Answer> {
      // A board is taken for another one only where a test says so.
      const records = ["--records", folder.file(`${meter}.records`)];
      const answer = await desk.provision(
        "--board",
        of.name,
        "--port",
        board.port,
        "--meter",
        meter,
        ...records,
        ...more,
      );
      await board.powerDown();
      return answer;
    }

    /** What the board says of itself to `curbstop monitor`, and the codes of its log. */
    async function monitored(): Promise<{ said: string; codes: string[] }> {
      const { exit_code, out, err } = await answerOf("monitor", "--port", board.port, "--once");
      await board.powerDown();
      assert.equal(exit_code, 0, err);
      return { said: err.trim(), codes: out.trim().split("\n") };
    }

    it("gives number, region, keys, settings and tariff, which the board has after each power-up, and finds them", async () => {
      const { exit_code, out, err } = await provision(METER, "--json");
      assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
      const { meter, region, passed, board: name, serial, clock, ports } = JSON.parse(out) as Record<string, unknown>;
      assert.deepEqual([meter, region, passed, name], [METER, REGION, true, of.name]);
      assert.match(String(serial), /^[0-9A-Fx]{12,40}$/, "the board's own");
      assert.match(String(clock), /^set from this machine's clock, \d+ s from this machine's; lost with the power, /);
      const seen = (ports as { port: string; result: string }[]).map((one) => `${one.port} ${one.result}`);
      assert.ok(seen.includes("service ok") && seen.includes("nvm ok"), "its line is the firmware's again");
      const plate = readNameplate(keptPlate(board) ?? "", plateCrc);
      const [, token] = await desk.secrets();
      assert.equal(plate?.settings.tokens.key, token.buffer().toString("hex"));
      assert.deepEqual([plate.settings.pulse_pulses, plate.settings.lifeline_daily_l], [10, 50]);
      assert.deepEqual(plate.tariff.prices_milli, [120_000, 240_000]);
      const { said, codes } = await monitored();
      assert.match(said, new RegExp(`^firmware=\\S+ .* meter=${METER} region=${REGION}$`));
      assert.ok(
        codes.some((line) => line.includes("started")),
        codes.join("\n"),
      );
      const before = keptPlate(board);
      const again = await provision(METER);
      assert.deepEqual([again.exit_code, again.err], [0, ""], "it is found there");
      assert.equal(keptPlate(board), before);
    });

    it("refuses a board that is somebody's, or whose memory keeps somebody's books, until it is told", async () => {
      await provision(METER);
      const before = keptPlate(board);
      const refused = await provision(SECOND);
      assert.equal(refused.exit_code, 1);
      assert.match(refused.err, new RegExp(`^curbstop: [^\\n]*the board is meter ${METER} already \\(--new-books`));
      assert.equal(keptPlate(board), before);
      losePlate(board);
      const remembered = await provision(SECOND);
      assert.equal(remembered.exit_code, 1);
      assert.match(remembered.err, new RegExp(`the board's memory keeps the books of meter ${METER} \\(--new-books`));
      assert.equal(keptPlate(board), undefined, "it is nobody's again");
      const told = await provision(SECOND, "--new-books");
      assert.deepEqual([told.exit_code, told.err], [0, ""]);
      assert.match((await monitored()).said, new RegExp(` meter=${SECOND} region=${REGION}$`));
    });

    it("gives nothing to a board whose case is closed, or that is another one", async () => {
      set(board, "case", "closed");
      const closed = await provision(METER);
      set(board, "case", "");
      assert.equal(closed.exit_code, 1);
      assert.match(closed.err, /^curbstop: [^\n]*the firmware (holds the line|keeps its bench shut) \(open the case/);
      set(board, "chip", "esp32c3");
      const other = await provision(METER);
      set(board, "chip", "");
      assert.equal(other.exit_code, 1);
      assert.equal(keptPlate(board), undefined);
    });

    it("leaves a board nobody's or whole when the power goes while it keeps its nameplate, and the next run goes on", async () => {
      for (const cut of of.cuts) {
        await of.reset(board);
        set(board, "cut", String(cut));
        const pulled = await provision(METER);
        set(board, "cut", "");
        const seen = await answerOf("monitor", "--port", board.port, "--once");
        await board.powerDown();
        const whole = seen.exit_code === 0 && seen.err.includes(` meter=${METER} `);
        assert.ok(whole || / meter=none unprovisioned/.test(seen.err), `cut ${cut}: ${seen.err}`);
        assert.ok(pulled.exit_code === 1 || whole, `cut ${cut}: it said that all was well`);
      }
      assert.equal((await provision(METER)).exit_code, 0);
    });

    it("has put no key into anything but the board", async () => {
      const files = fs.readdirSync(folder.path).filter((name) => !name.endsWith(".store"));
      const texts = files.map((name) => fs.readFileSync(folder.file(name), "latin1"));
      assert.ok(texts.length >= 3 && desk.printed.length > 5);
      assertNoSecret([...desk.printed, ...texts].join("\n"), await desk.secrets());
    });
  });
}

describe("curbstop provision, a NodeMCU board whose firmware cannot take its line back", function () {
  const folder = temporaryFolder();
  let board: StandIn;

  before(async function () {
    if (luaBoardsMissing() !== undefined) return this.skip();
    board = await LUA_BOARDS[0].start();
    await LUA_BOARDS[0].reset(board);
    const { "curbstop.a": slot, ...others } = filesOf(board);
    const code = slot.slice(HEADER_BYTES).replaceAll("takeLine", "oldsLine");
    putFiles(board, { ...others, "curbstop.a": slotText(code, 1) });
  });
  after(async () => board?.stop());

  it("makes a meter of it, and says on its certificate that the clock is not set", async () => {
    const desk = await Desk.open(folder.path);
    const { exit_code, out, err } = await desk.provision(
      ...["--board", "lua-esp32", "--port", board.port, "--meter", METER, "--json"],
    );
    await board.powerDown();
    assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
    assert.match((JSON.parse(out) as { clock: string }).clock, /^not set; its firmware cannot be told the time /);
  });
});
