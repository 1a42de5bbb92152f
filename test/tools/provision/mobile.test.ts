/** `curbstop provision` on a board with a BG96: the authority's certificate in the modem, and the meter that trusts it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { standInMissing } from "../flash/stand_in";
import { Line } from "../flash/own_board";
import { REGION, temporaryFolder, writeClosed } from "../keys/samples";
import { RENEWED, UTILITY } from "./authorities";
import { Desk, HOUSEHOLD, METERS } from "./desk";
import { MobileRig, until } from "./mobile_rig";

const SCRIPT = path.join(__dirname, "..", "..", "..", "tools", "bin", "curbstop.js");
const [METER] = METERS;
const ID = METER.slice(-8);
const PASSWORD = "deep well";
const FILE = "utility.pem";
const OTHER_FILE = "2utility.pem";
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("curbstop provision, a board with a BG96", function () {
  const folder = temporaryFolder();
  let desk: Desk;
  let rig: MobileRig;
  let blank: Buffer;
  const flash = (): string => path.join(rig.board.folder, "espruino.flash");

  before(async function () {
    if (standInMissing() !== undefined) return this.skip();
    rig = await MobileRig.start();
    rig.broker.user = ID;
    rig.broker.password = PASSWORD;
    blank = fs.readFileSync(flash());
    desk = await Desk.open(folder.path);
    writeClosed(folder.file("broker.passwords"), `${ID}:${PASSWORD}\n`);
    const mobile = {
      apn: "iot",
      host: "broker.example",
      passwords_file: "broker.passwords",
      ca_file: FILE,
      ca_certificate: "ca.pem",
    };
    const { tokens: _without, ...meter } = HOUSEHOLD.meter;
    const radio = { interval_s: 900, mobile };
    fs.writeFileSync(desk.settings, JSON.stringify({ ...HOUSEHOLD, meter: { ...meter, radio } }));
  });
  after(async () => rig?.stop());

  function giveAuthority(text: string): void {
    fs.writeFileSync(folder.file("ca.pem"), text);
  }

  async function provision() {
    const answer = await desk.provision("--port", rig.board.port, "--meter", METER, "--json");
    await rig.board.powerDown();
    return answer;
  }

  /** The command in a process that can be killed. */
  function provisionApart(port: string) {
    const words = [SCRIPT, ...desk.words("--port", port, "--meter", METER), ...desk.storeWords()];
    const child = spawn(process.execPath, words, { stdio: "ignore" });
    return { child, ended: new Promise<number | null>((resolve) => child.on("exit", (code) => resolve(code))) };
  }

  function authority(out: string): unknown {
    const { passed, authority: said } = JSON.parse(out) as { passed: boolean; authority: unknown };
    assert.ok(passed, out);
    return said;
  }

  async function meterOf(): Promise<string> {
    const line = await Line.open(rig.board.port);
    const said = await line.say("id\n", /meter=(\d+|none)/);
    line.close();
    await rig.board.powerDown();
    return said;
  }

  it("refuses a certificate that is none before the first meter", async () => {
    giveAuthority("nothing");
    const { exit_code, err } = await provision();
    assert.equal(exit_code, 2);
    assert.match(err, /ca\.pem: this is not one certificate in PEM/);
    assert.equal(rig.module.commands.length, 0);
  });

  it("switches the module on, brings the certificate there, and the meter connects by it", async () => {
    giveAuthority(UTILITY);
    const { exit_code, out, err } = await provision();
    assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
    assert.deepEqual(authority(out), { file: FILE, sha256: sha256(UTILITY) });
    assert.deepEqual([rig.kept(FILE), rig.kept(OTHER_FILE)], [UTILITY, UTILITY]);
    assert.deepEqual(rig.pressed[0], "D2 0 500");
    const line = await Line.open(rig.board.port);
    await line.say("id\n", new RegExp(`meter=${METER}`));
    await until(() => rig.module.state === "connected");
    line.close();
    await rig.board.powerDown();
    assert.ok(rig.module.tls);
  });

  it("finds it there beside a meter that is connected, and does not write it again", async () => {
    const uploads = rig.uploads();
    const { exit_code, out, err } = await desk.provision("--port", rig.board.port, "--meter", METER);
    await rig.board.powerDown();
    assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
    assert.match(out, new RegExp(`\nauthority +${FILE} in the modem, SHA-256 ${sha256(UTILITY)}\n`));
    assert.equal(rig.uploads(), uploads);
  });

  it("puts a renewed one in its place on the same meter", async () => {
    giveAuthority(RENEWED);
    const { exit_code, out, err } = await provision();
    assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
    assert.deepEqual(authority(out), { file: FILE, sha256: sha256(RENEWED) });
    assert.deepEqual([rig.kept(FILE), rig.kept(OTHER_FILE)], [RENEWED, RENEWED]);
    const { commands } = rig.module;
    const last = commands.lastIndexOf(`AT+QFDWL="${OTHER_FILE}"`);
    const between = commands.slice(commands.lastIndexOf("AT+CMEE=1") + 1, last + 1);
    const looking = ["AT+QFLST", "AT+QFDWL"];
    const putting = ["AT+QFLST", "AT+QFDEL", "AT+QFUPL", ...looking];
    assert.deepEqual(
      between.map((one) => one.slice(0, 8)),
      [...looking, ...looking, ...putting, ...putting],
      "the firmware says nothing in between",
    );
    assert.equal(await meterOf(), `meter=${METER}`);
  });

  it("leaves the meter as it was when the modem does not answer, and says so in one line", async () => {
    rig.module.silent = true;
    const { exit_code, err } = await provision();
    rig.module.silent = false;
    assert.equal(exit_code, 1);
    assert.match(err, /^curbstop: tcp:[^\n]*: the modem does not answer \(look at its plug and its supply\)\n$/);
    assert.equal(await meterOf(), `meter=${METER}`);
  });

  it("goes on where the power of board and module went in the middle of the certificate", async () => {
    fs.writeFileSync(flash(), blank);
    rig.module.files = [];
    giveAuthority(UTILITY);
    rig.module.stops_after = 1200;
    const ended = provisionApart(rig.board.port).ended;
    await until(() => rig.module.stops_after === 0);
    rig.board.cutPower();
    assert.equal(await ended, 1);
    await rig.board.powerDown();
    assert.deepEqual([rig.kept(FILE), rig.kept(OTHER_FILE)], [undefined, UTILITY.slice(0, 1200)]);
    assert.equal(await meterOf(), "meter=none", "nothing names it yet");
    const { exit_code, err } = await provision();
    assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
    assert.deepEqual([rig.kept(FILE), rig.kept(OTHER_FILE)], [UTILITY, UTILITY]);
    assert.equal(await meterOf(), `meter=${METER}`);
  });

  it("connects by the other one behind a power cut in the middle of a renewal, until that is done again", async () => {
    giveAuthority(RENEWED);
    rig.module.stops_after = 200;
    const ended = provisionApart(rig.board.port).ended;
    await until(() => rig.module.stops_after === 0);
    rig.board.cutPower();
    assert.equal(await ended, 1);
    await rig.board.powerDown();
    assert.deepEqual([rig.kept(FILE), rig.kept(OTHER_FILE)], [RENEWED.slice(0, 200), UTILITY]);
    const line = await Line.open(rig.board.port);
    await line.say("id\n", new RegExp(`meter=${METER}`));
    await until(() => rig.module.state === "connected");
    assert.equal(rig.module.ca_file, OTHER_FILE);
    line.close();
    await rig.board.powerDown();
    const { exit_code, out, err } = await provision();
    assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
    assert.deepEqual(authority(out), { file: FILE, sha256: sha256(RENEWED) });
    assert.deepEqual([rig.kept(FILE), rig.kept(OTHER_FILE)], [RENEWED, RENEWED]);
  });

  it("a cable pulled while it comes leaves all of it in the modem, for the board goes on", async () => {
    fs.writeFileSync(flash(), blank);
    rig.module.files = [];
    giveAuthority(UTILITY);
    const uploads = rig.uploads();
    await rig.powered(async (port) => {
      const { child, ended } = provisionApart(port);
      await until(() => rig.uploads() > uploads);
      child.kill("SIGKILL");
      assert.ok((rig.kept(OTHER_FILE) ?? "").length < UTILITY.length, "in the middle of it");
      await ended;
      await until(() => rig.kept(OTHER_FILE) === UTILITY);
      const { exit_code, out, err } = await desk.provision("--port", port, "--meter", METER, "--json");
      assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
      assert.deepEqual(authority(out), { file: FILE, sha256: sha256(UTILITY) });
    });
    assert.equal(rig.uploads(), uploads + 2, "that one, and the file beside it");
    assert.equal(await meterOf(), `meter=${METER}`);
  });

  it("brings the next authority's there beside the present one's, and shows both", async () => {
    const settings = fs.readFileSync(desk.settings, "utf8");
    fs.writeFileSync(folder.file("next.pem"), RENEWED);
    fs.writeFileSync(desk.settings, settings.replace('"ca.pem"', '"ca.pem","ca_certificate_next":"next.pem"'));
    const { exit_code, out, err } = await provision();
    fs.writeFileSync(desk.settings, settings);
    assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
    assert.deepEqual(authority(out), { file: FILE, sha256: sha256(UTILITY), next_sha256: sha256(RENEWED) });
    assert.deepEqual([rig.kept(FILE), rig.kept(OTHER_FILE)], [UTILITY, RENEWED]);
  });

  it("has shown no password", () => {
    const names = fs.readdirSync(folder.path).filter((name) => !/\.(store|passwords)$/.test(name));
    const texts = names.map((name) => fs.readFileSync(folder.file(name), "latin1"));
    assert.ok(texts.length >= 3 && desk.printed.length >= 10);
    assert.ok(!desk.printed.concat(texts).some((text) => text.includes(PASSWORD)));
    assert.ok(
      rig.module.commands.some((one) => one.includes(PASSWORD)),
      "but to the module",
    );
    assert.match(desk.printed.join(), new RegExp(REGION));
  });
});
