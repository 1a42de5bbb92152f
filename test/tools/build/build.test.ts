import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { espruinoMissing } from "../../../sim/engines/espruino";
import { findOnPath } from "../../../sim/engines/child";
import { boardNames, parseBoard, readBoard } from "../../../tools/build/board_file";
import { bundleBoard } from "../../../tools/build/bundle";
import { firmwareId } from "../../../tools/build/firmware_id";
import { answerOf, type Answer } from "../captured_output";

const ROOT = join(__dirname, "..", "..", "..");
const LONG = process.env["CURBSTOP_LONG"] === "1";

interface Row {
  name: string;
  value?: number;
  pending?: string;
  limit: number;
  at_most: number;
  within?: boolean;
}

interface Size {
  source: string;
  size_bytes: number;
}

interface Report {
  board: string;
  rooms: string[];
  id: Record<string, string>;
  size_bytes: number;
  budget: Row[];
  fits: boolean;
  files: string[];
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

describe("curbstop build", function () {
  let folder = "";
  before(() => (folder = mkdtempSync(join(tmpdir(), "curbstop-build-"))));
  after(() => rmSync(folder, { recursive: true }));

  const builds = new Map<string, Promise<Answer>>();
  const folderOf = (board: string): string => join(folder, board);
  /** The command's answer for a board, which is built and measured when it is first asked for. */
  function built(board: string): Promise<Answer> {
    const known = builds.get(board);
    if (known !== undefined) return known;
    const sizes = readBoard(board).engine === "espruino" ? ["--sizes"] : [];
    const made = answerOf("build", "--board", board, "--out", folderOf(board), "--json", ...sizes);
    builds.set(board, made);
    return made;
  }

  for (const name of boardNames()) {
    it(`builds ${name}, and says no exactly when a limit is not kept`, async () => {
      const { exit_code, out: text, err } = await built(name);
      const report = JSON.parse(text) as Report;
      const board = readBoard(name);
      const code = readFileSync(report.files[0]);
      assert.equal(report.id["bundle_sha256"], sha256(code));
      assert.equal(report.size_bytes, code.length);
      assert.deepEqual(report.rooms, board.rooms);
      // What only the station and the updater say.
      for (const text of ["radio_failed", "update_begun"])
        assert.equal(code.includes(text), board.rooms.includes("radio"), text);
      const over = report.budget.filter(({ value, at_most }) => value !== undefined && value > at_most);
      assert.equal(report.fits, over.length === 0);
      assert.equal(exit_code, over.length === 0 ? 0 : 1);
      assert.equal(err.split("\n").length - 1, over.length);
      for (const row of over) assert.ok(err.includes(`${name}: ${row.name}: `), "and says which");
      for (const row of report.budget)
        assert.equal(row.within, row.value === undefined ? undefined : row.value <= row.at_most);
      const measured = board.engine === "lua" ? findOnPath("lua5.3") !== undefined : espruinoMissing() === undefined;
      if (measured) assert.ok(report.budget.every((row) => row.pending === undefined));
    });
  }

  it("carries the driver of the modem that is fitted and no other's, and no radio for a board without the room", async () => {
    const drivers = (code: string): boolean[] =>
      ["AT+APPKEY=", "AT+QMTPUB=", "radio_off_"].map((text) => code.includes(text));
    const of = async (board: string): Promise<boolean[]> => {
      const report = JSON.parse((await built(board)).out) as Report;
      return drivers(readFileSync(report.files[0], "latin1"));
    };
    assert.deepEqual(await of("espruino-esp32"), [false, false, true], "iM871A");
    assert.deepEqual(await of("espruino-rak5010"), [false, true, true], "BG96");
    assert.deepEqual(await of("espruino-puckjs"), [false, false, false], "no room, no modem");
    const { $schema: _schema, ...board } = readBoard("espruino-esp32");
    const rak3172 = { ...board, parts: { ...board.parts, radio: "rak3172" } };
    const made = async (rooms: string[]): Promise<boolean[]> =>
      drivers((await bundleBoard(parseBoard(JSON.stringify({ ...rak3172, rooms }), board.name))).code);
    assert.deepEqual(await made(["radio"]), [true, false, true], "RAK3172");
    // One more bundle, of what an absent room leaves out of any board.
    if (LONG) assert.deepEqual(await made([]), [false, false, false], "no room, though the modem is there");
  });

  it("keeps a tenth of the reference board's memory free", async () => {
    const { out } = await built("espruino-rak5010");
    const { budget } = JSON.parse(out) as Report;
    assert.deepEqual(
      budget.map(({ name, limit, at_most }) => [name, limit, at_most]),
      [
        ["saved code", 81_920, 73_728],
        ["variables", 12_500, 11_250],
      ],
    );
  });

  it("gives the same bytes in another process, folder, language and time zone", async () => {
    // A checkout elsewhere, without the bundles of this one; its own tools need not be compiled once more.
    const elsewhere = join(folder, "elsewhere");
    for (const top of readdirSync(ROOT).filter((one) => !["build", "node_modules", ".git", "coverage"].includes(one)))
      cpSync(join(ROOT, top), join(elsewhere, top), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(elsewhere, "node_modules"));
    cpSync(join(ROOT, "build", "transpiled"), join(elsewhere, "build", "transpiled"), { recursive: true });
    const hashes = (of: string): string[][] =>
      readdirSync(of).map((name) => [name, sha256(readFileSync(join(of, name)))]);
    for (const board of ["espruino-puckjs", "lua-luatos"]) {
      await built(board);
      const out = join(folder, `again-${board}`);
      const words = [join(elsewhere, "tools", "bin", "curbstop.js"), "build", "--board", board, "--out", out];
      const { status, stderr } = spawnSync(process.execPath, words, {
        cwd: tmpdir(),
        // An engine that is not found is not asked, which saves its time here.
        env: { ...process.env, TZ: "Pacific/Chatham", LC_ALL: "de_DE.UTF-8", ESPRUINO: "/nowhere", PATH: "/nowhere" },
        encoding: "utf8",
      });
      assert.ok(status === 0 || status === 1, stderr);
      assert.deepEqual(hashes(out), hashes(folderOf(board)), board);
      assert.ok(hashes(out).length >= 2);
    }
  });

  it("names the legal part by its sources, whatever else changes", () => {
    const copy = join(folder, "legal");
    cpSync(join(ROOT, "firmware"), join(copy, "firmware"), { recursive: true });
    const legal = firmwareId("bundle", ROOT).legal_sha256;
    assert.equal(firmwareId("another bundle", copy).legal_sha256, legal);
    cpSync(join(ROOT, "firmware", "text.ts"), join(copy, "firmware", "credit", "text.ts"));
    assert.notEqual(firmwareId("bundle", copy).legal_sha256, legal);
  });

  it("says which bytes come from which source, and leaves none out", async () => {
    const { sizes, size_bytes } = JSON.parse((await built("espruino-puckjs")).out) as Report & { sizes: Size[] };
    assert.equal(
      sizes.reduce((sum, one) => sum + one.size_bytes, 0),
      size_bytes,
    );
    assert.ok(sizes.some(({ source }) => source === "firmware/journal/ring.ts"));
    assert.ok(!sizes.some(({ source }) => source === "firmware/card/session.ts"), "it has no cards");
    const lua = await answerOf("build", "--board", "lua-esp32", "--out", join(folder, "sizes"), "--sizes");
    assert.equal(lua.exit_code, 2);
  });

  it("carries no driver of what is not fitted, and starts the board that it was built for", async () => {
    for (const board of ["espruino-rak5010", "espruino-esp32"]) await built(board);
    const textOf = (board: string, end: string): string =>
      readFileSync(join(folderOf(board), `${board}${end}`), "utf8");
    const sources = (board: string): string[] =>
      (JSON.parse(textOf(board, ".js.map")) as { sources: string[] }).sources;
    assert.ok(sources("espruino-rak5010").includes("boards/drivers/fram.ts"));
    assert.ok(!sources("espruino-rak5010").includes("boards/drivers/w25q.ts"));
    assert.ok(sources("espruino-esp32").includes("boards/drivers/w25q.ts"));
    assert.ok(!sources("espruino-esp32").includes("boards/drivers/fram.ts"));
    const code = textOf("espruino-rak5010", ".js");
    for (const text of ['"nRF52840"', '"D19"', '"curbstop.set"']) assert.ok(code.includes(text), text);
    const messages = JSON.parse(textOf("espruino-rak5010", ".messages.json")) as string[];
    assert.ok(messages.length > 50);
    for (const message of messages) assert.ok(!code.includes(JSON.stringify(message)), message);
  });

  it("writes a source map that ends in the TypeScript", async () => {
    await built("espruino-rak5010");
    const file = join(folderOf("espruino-rak5010"), "espruino-rak5010.js.map");
    const map = JSON.parse(readFileSync(file, "utf8")) as { sources: string[] };
    assert.ok(map.sources.includes("firmware/meter.ts"));
    assert.ok(map.sources.every((source) => /^(firmware|hal|boards)\/[\w/]+\.ts$/.test(source)));
  });

  const bad: [string[], RegExp][] = [
    [["build"], /required option '--board <name>' not specified/],
    [["build", "--board", "abacus"], /no board is named "abacus" \(the boards are espruino-esp32, /],
  ];
  for (const [words, message] of bad) {
    it(`answers \`curbstop ${words.join(" ")}\` with one line and exit code 2`, async () => {
      const { exit_code, out, err } = await answerOf(...words);
      assert.deepEqual({ exit_code, out }, { exit_code: 2, out: "" });
      assert.match(err, message);
      assert.match(err, /^curbstop: [^\n]+\n$/);
    });
  }

  it("shows examples in its help", async () => {
    const { exit_code, out } = await answerOf("build", "--help");
    assert.equal(exit_code, 0);
    assert.match(out, /Examples:\n {2}curbstop build/);
  });

  it("says so in one line when a folder cannot be written", async () => {
    const file = join(ROOT, "package.json");
    const { exit_code, out, err } = await answerOf("build", "--board", "lua-luatos", "--out", file);
    assert.deepEqual({ exit_code, out }, { exit_code: 2, out: "" });
    assert.match(err, /^curbstop: .*package\.json: cannot be written \(E\w+\)\n$/);
  });
});
