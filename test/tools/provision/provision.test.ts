import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { answerOf } from "../captured_output";
import { flashedStandIn, Line } from "../flash/own_board";
import { standInMissing, type StandIn } from "../flash/stand_in";
import { assertNoSecret, REGION, temporaryFolder } from "../keys/samples";
import { Desk, HOUSEHOLD, METERS } from "./desk";
import { flashFile, storedPlate } from "./stored_plate";

const [METER, SECOND, THIRD] = METERS;
const CASE = ["provision", "--board", "espruino-rak5010", "--region", REGION, "--settings", "x.json", "--person", "A"];

describe("curbstop provision, called wrongly", () => {
  const folder = temporaryFolder();
  const bad: [string[], RegExp][] = [
    [["provision"], /required option '--board <name>' not specified/],
    [[...CASE], /give --meter for one meter, or --batch/],
    [[...CASE, "--meter", METER, "--batch", "x.csv"], /give --meter for one meter, or --batch/],
    [[...CASE, "--meter", "600727000000000008"], /a meter has 18 digits, the last of which is a check digit/],
    [[...CASE, "--meter", METER, "--port", "somewhere"], /a port is a serial device or tcp:/],
    [[...CASE, "--meter", METER, "--port", "tcp://x:1"], /x\.json: there is no such file/],
    [[...CASE, "--person", "a\tb"], /a person has a name/],
    [[...CASE, "--batch", "x.csv", "--new-books"], /a batch gives up nobody's books/],
    [[...CASE, "--batch", "x.csv", "--group", "3"], /a batch has a column for groups/],
    [[...CASE, "--group", "65536"], /a group is a number from 0 to 65535/],
  ];
  for (const [words, message] of bad) {
    it(`answers \`curbstop ${words.slice(0, 3).join(" ")} ... ${words.slice(-4).join(" ")}\` with one line and 2`, async () => {
      const { exit_code, out, err } = await answerOf(...words);
      assert.deepEqual({ exit_code, out }, { exit_code: 2, out: "" });
      assert.match(err, message);
      assert.match(err, /^curbstop: [^\n]+\n$/);
    });
  }

  it("asks for a key store where there is none, before anything is connected", async () => {
    const settings = folder.file("household.json");
    fs.writeFileSync(settings, JSON.stringify(HOUSEHOLD));
    const words = [...CASE, "--meter", METER, "--port", "tcp://127.0.0.1:1", "--store", folder.file("none")];
    const { exit_code, err } = await answerOf(...words, "--settings", settings);
    assert.equal(exit_code, 2);
    assert.match(err, /there is no key store \(curbstop keys make makes one\)/);
  });
});

describe("curbstop provision", function () {
  const folder = temporaryFolder();
  let desk: Desk;
  let board: StandIn;
  /** The flash of a board that was flashed and given to nobody. */
  let blank: Buffer;

  before(async function () {
    if (standInMissing() !== undefined) return this.skip();
    board = await flashedStandIn();
    blank = fs.readFileSync(flashFile(board));
    desk = await Desk.open(folder.path);
  });
  after(async () => board?.stop());
  afterEach(async () => board?.powerDown());

  async function identityOf(of: StandIn): Promise<string> {
    const line = await Line.open(of.port);
    const identity = await line.say("id\n", /firmware=[^\r\n]+(?=\r?\n)/);
    line.close();
    await of.powerDown();
    return identity;
  }

  it("gives a board number, region, keys, settings and tariff, and prints a certificate", async () => {
    const certificates = folder.file("certificates");
    const words = ["--port", board.port, "--meter", METER, "--certificates", certificates, "--json"];
    const { exit_code, out, err } = await desk.provision(...words);
    assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
    const certificate = JSON.parse(out) as Record<string, unknown>;
    const { meter, region, person, passed, keys, clock } = certificate;
    assert.match(
      String(clock),
      /^set from this machine's clock, \d+ s from this machine's; lost with the power, until a /,
    );
    assert.deepEqual(
      { meter, region, person, passed },
      { meter: METER, region: REGION, person: "A. Rossi", passed: true },
    );
    assert.deepEqual(keys, [
      { name: "transport", revision: 1 },
      { name: "token", revision: 1 },
    ]);
    const results = new Map(
      (certificate["ports"] as { port: string; result: string }[]).map((one) => [one.port, one.result]),
    );
    for (const port of ["flow", "power", "service", "random", "crypto", "nvm"])
      assert.equal(results.get(port), "ok", port);
    assert.deepEqual(JSON.parse(fs.readFileSync(path.join(certificates, `${METER}.json`), "utf8")), certificate);
    assert.match(fs.readFileSync(path.join(certificates, `${METER}.txt`), "utf8"), /tested by +A\. Rossi, 20/);
    await board.powerDown();
    assert.match(await identityOf(board), new RegExp(` meter=${METER} region=${REGION}$`));
    const plate = storedPlate(board, METER);
    const [, token] = await desk.secrets();
    assert.equal(plate?.settings.tokens.key, token.buffer().toString("hex"));
    const { pulse_litres, pulse_pulses, q3_l_h, lifeline_daily_l, tokens } = plate.settings;
    assert.deepEqual([pulse_litres, pulse_pulses, q3_l_h, lifeline_daily_l], [1, 10, 4000, 50]);
    assert.deepEqual([tokens.tariff_index, tokens.key_type, tokens.key_revision], [7, 2, 1]);
    assert.deepEqual(plate.tariff.prices_milli, [120_000, 240_000]);
  });

  it("finds the meter there when it is asked again, and tests it once more", async () => {
    const before = storedPlate(board, METER);
    const { exit_code, out, err } = await desk.provision("--port", board.port, "--meter", METER);
    assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
    assert.match(out, /^meter +600727000000000009 of region 600100\n/);
    // It had lost the time with its power, since its board has no clock of its own.
    assert.match(out, /\nclock +set from this machine's clock, /);
    assert.match(out, /\ncard +- +not fitted|\ncard +pn532_i2c +not tested +lay a card on the reader/);
    assert.deepEqual(storedPlate(board, METER), before);
  });

  it("refuses a board that is somebody's already until it is told, and binds no number to it", async () => {
    const before = fs.readFileSync(flashFile(board));
    const refused = await desk.provision("--port", board.port, "--meter", SECOND);
    await board.powerDown();
    assert.equal(refused.exit_code, 1);
    assert.match(
      refused.err,
      new RegExp(`^curbstop: [^\\n]*the board is meter ${METER} already \\(--new-books[^\\n]*\\n$`),
    );
    assert.ok(storedPlate(board, METER) !== undefined && before.includes(METER), "it is still that meter");
    assert.doesNotMatch(fs.readFileSync(desk.records, "utf8"), new RegExp(SECOND));
    const told = await desk.provision("--port", board.port, "--meter", SECOND, "--new-books");
    await board.powerDown();
    assert.deepEqual([told.exit_code, told.err], [0, ""]);
    assert.match(await identityOf(board), new RegExp(` meter=${SECOND} region=${REGION}$`));
  });

  it("gives no number to a board whose memory keeps another meter's books, until it is told", async () => {
    const line = await Line.open(board.port);
    await line.say("id\n", new RegExp(` meter=${SECOND} `));
    await line.say("\x03\x03\x03\n\x10require('Storage').erase('curbstop.set');print('<'+'gone>')\n", /<gone>/);
    line.close();
    await board.powerDown();
    assert.match(await identityOf(board), / meter=none unprovisioned$/);
    const records = ["--records", folder.file("memory.records")];
    const refused = await desk.provision("--port", board.port, "--meter", THIRD, ...records);
    await board.powerDown();
    assert.equal(refused.exit_code, 1);
    assert.match(refused.err, new RegExp(`the board's memory keeps the books of meter ${SECOND} \\(--new-books`));
    assert.match(await identityOf(board), / meter=none unprovisioned$/);
    const told = await desk.provision("--port", board.port, "--meter", THIRD, "--new-books", ...records);
    await board.powerDown();
    assert.deepEqual([told.exit_code, told.err], [0, ""]);
    assert.match(await identityOf(board), new RegExp(` meter=${THIRD} region=${REGION}$`));
  });

  it("takes the keys of one meter from an export, and no other meter's", async () => {
    fs.writeFileSync(flashFile(board), blank);
    const file = folder.file("third.keys");
    const other = ["--other-passphrase-file", desk.phrase];
    const exported = await desk.run(
      "keys",
      "export",
      "--region",
      REGION,
      "--meter",
      THIRD,
      "--for",
      "board",
      "--out",
      file,
      ...other,
    );
    assert.equal(exported.exit_code, 0, exported.err);
    const plain = folder.file("plain.json");
    fs.writeFileSync(plain, JSON.stringify({ ...HOUSEHOLD, meter: { ...HOUSEHOLD.meter, tokens: undefined } }));
    const words = ["--port", board.port, "--keys", file, "--json"];
    const foreign = await desk.provision(...words, "--meter", METER, "--settings", plain);
    assert.equal(foreign.exit_code, 1);
    assert.match(foreign.err, new RegExp(`exported keys are those of meter ${THIRD} of region ${REGION}`));
    const tokens = await desk.provision(...words, "--meter", THIRD);
    assert.match(tokens.err, /the export has a decoder key of tariff index 01, the settings want 07/);
    const { exit_code, out, err } = await desk.provision(...words, "--meter", THIRD, "--settings", plain);
    assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
    assert.deepEqual((JSON.parse(out) as { keys: unknown }).keys, [{ name: "transport", revision: 1 }]);
  });

  it("works off a list, goes on where it stopped, and leaves a bad board aside", async () => {
    const records = folder.file("batch.records");
    const list = folder.file("meters.csv");
    fs.writeFileSync(flashFile(board), blank);
    fs.writeFileSync(list, `meter,port\n${METER},${board.port}\n${SECOND},tcp://127.0.0.1:1\n`);
    const words = ["--batch", list, "--records", records, "--json", "--certificates", folder.file("batch")];
    const first = await desk.provision(...words);
    await board.powerDown();
    assert.equal(first.exit_code, 1);
    const rows = (JSON.parse(first.out) as { rows: { meter: string; result: string; why?: string }[] }).rows;
    assert.deepEqual(
      rows.map(({ meter, result }) => [meter, result]),
      [
        [METER, "passed"],
        [SECOND, "refused"],
      ],
    );
    assert.match(rows[1].why ?? "", /nothing answers there/);
    fs.writeFileSync(flashFile(board), blank);
    fs.writeFileSync(list, `meter,port\n${METER},tcp://127.0.0.1:1\n${SECOND},${board.port}\n`);
    const second = await desk.provision(...words);
    assert.deepEqual([second.exit_code, second.err], [0, ""]);
    assert.deepEqual(
      (JSON.parse(second.out) as { rows: { result: string }[] }).rows.map(({ result }) => result),
      ["done before", "passed"],
    );
    assert.ok(fs.existsSync(path.join(folder.file("batch"), `${SECOND}.json`)));
  });

  it("finds nobody to change boards when a list has two meters on one port", async () => {
    const list = folder.file("shared.csv");
    fs.writeFileSync(list, `meter\n${METER}\n${SECOND}\n`);
    const words = ["--batch", list, "--records", folder.file("shared.records"), "--port", board.port];
    const { exit_code, err } = await desk.provision(...words);
    assert.equal(exit_code, 2);
    assert.match(err, /nobody is there to change boards at tcp:/);
  });

  it("has put no key into anything but the board", async () => {
    const secrets = await desk.secrets();
    const files = execFileSync("find", [folder.path, "-type", "f"], { encoding: "utf8" }).trim().split("\n");
    const texts = files.filter((file) => !/\.(store|keys)$/.test(file)).map((file) => fs.readFileSync(file, "latin1"));
    assert.ok(texts.length >= 5);
    assertNoSecret([...desk.printed, ...texts].join("\n"), secrets);
  });
});
