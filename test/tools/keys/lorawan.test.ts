/** `curbstop keys lorawan` as it is typed: what a network server imports, in a file of its own, and nowhere else. */
import assert from "node:assert/strict";
import fs from "node:fs";
import { lorawanAppKey, lorawanGroupKeys, radioMasterKey } from "../../../tools/keys/derive";
import type { RegionKey } from "../../../tools/keys/ring";
import type { Answer } from "../captured_output";
import { Desk, HOUSEHOLD, METERS } from "../provision/desk";
import { assertNoSecret, REGION, temporaryFolder } from "./samples";

const [METER, SECOND, THIRD] = METERS;
const EUIS = ["70B3D57ED0050000", "70B3D57ED0050001"];
const BLOCK = { first: EUIS[0], count: 2, first_meter: METER };
const LORAWAN = { join_eui: "70b3d57ed0000001", device_eui_block: BLOCK, multicast: { address: "01fe0304" } };

describe("curbstop keys lorawan", function () {
  const folder = temporaryFolder();
  let desk: Desk;
  let radio: RegionKey;

  before(async () => {
    desk = await Desk.open(folder.path);
    radio = (await desk.ring()).current(REGION, "radio");
    settings("lorawan.json", { interval_s: 3600, lorawan: LORAWAN });
    fs.writeFileSync(folder.file("meters.csv"), `meter,port,group\n${SECOND},/dev/ttyUSB0,3\n${METER},,\n`);
  });

  function settings(name: string, of_radio: object | undefined): void {
    const meter = { ...HOUSEHOLD.meter, radio: of_radio };
    fs.writeFileSync(folder.file(name), JSON.stringify({ tariff: HOUSEHOLD.tariff, meter }));
  }

  const digits = (key: { buffer: () => Buffer }): string => key.buffer().toString("hex").toUpperCase();
  const rowOf = (meter: string, eui: string): string =>
    `${eui};70B3D57ED0000001;${meter};${digits(lorawanAppKey(radio, meter))}`;

  function list(...words: string[]): Promise<Answer> {
    return desk.run("keys", "lorawan", "--region", REGION, "--settings", folder.file("lorawan.json"), ...words);
  }

  function assertRefused(answer: Answer, exit_code: number, message: RegExp): void {
    assert.deepEqual([answer.exit_code, answer.out], [exit_code, ""], answer.err);
    assert.match(answer.err, /^curbstop: [^\n]+\n$/);
    assert.match(answer.err, message);
  }

  it("writes EUIs and keys of a list in its order, as The Things Stack imports them, closed to others", async () => {
    const out_file = folder.file("devices.csv");
    const group_file = folder.file("group.csv");
    const words = ["--batch", folder.file("meters.csv"), "--out", out_file, "--group-out", group_file];
    const { exit_code, out, err } = await list(...words);
    assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
    assert.match(out, /^2 devices under radio key 1 \([0-9A-F]{6}\) of region 600100 in .*devices\.csv\nthe group's /);
    const rows = ["dev_eui;join_eui;name;app_key", rowOf(SECOND, EUIS[1]), rowOf(METER, EUIS[0])];
    assert.equal(fs.readFileSync(out_file, "utf8"), rows.map((row) => `${row}\n`).join(""));
    const { network, application } = lorawanGroupKeys(radio, "01FE0304");
    assert.equal(
      fs.readFileSync(group_file, "utf8"),
      "mc_addr;mc_nwk_s_key;mc_app_s_key;frequency_hz;data_rate;class\n" +
        `01FE0304;${digits(network)};${digits(application)};869525000;5;C\n`,
    );
    for (const file of [out_file, group_file]) assert.equal(fs.statSync(file).mode & 0o777, 0o600, file);
    assertNoSecret(fs.readFileSync(out_file, "utf8"), [radio.key, radioMasterKey(radio, METER)]);
  });

  it("keeps a file that is there, and writes neither of two where one is", async () => {
    const taken = folder.file("taken.csv");
    const free = folder.file("free.csv");
    fs.writeFileSync(taken, "kept");
    assertRefused(await list("--meter", METER, "--out", taken), 2, /taken\.csv: there is such a file already/);
    const both = await list("--meter", METER, "--out", free, "--group-out", taken);
    assertRefused(both, 2, /taken\.csv: there is such a file already/);
    assert.deepEqual([fs.readFileSync(taken, "utf8"), fs.existsSync(free)], ["kept", false]);
    assertRefused(await list("--meter", METER, "--out", free, "--group-out", free), 2, /are the same file/);
    assertRefused(
      await list("--meter", METER, "--out", "/dev/stdout"),
      2,
      /\/dev\/stdout: there is such a file already/,
    );
  });

  it("writes for one of two that want the same file at once", async () => {
    const out_file = folder.file("both.csv");
    const answers = await Promise.all([METER, SECOND].map((meter) => list("--meter", meter, "--out", out_file)));
    assert.deepEqual(answers.map(({ exit_code }) => exit_code).sort(), [0, 2]);
    const won = answers[0].exit_code === 0 ? rowOf(METER, EUIS[0]) : rowOf(SECOND, EUIS[1]);
    assert.equal(fs.readFileSync(out_file, "utf8").split("\n")[1], won);
  });

  it("tells a machine whose EUI is whose, and no key", async () => {
    const out_file = folder.file("one.csv");
    const { exit_code, out } = await list("--meter", METER, "--out", out_file, "--json");
    assert.equal(exit_code, 0);
    const { radio_key, ...told } = JSON.parse(out) as { radio_key: { revision: number; fingerprint: string } };
    assert.deepEqual(told, { file: out_file, region: REGION, devices: [{ meter: METER, device_eui: EUIS[0] }] });
    assert.equal(radio_key.revision, 1);
    assert.match(radio_key.fingerprint, /^[0-9A-F]{6}$/);
  });

  it("refuses what it has nothing to say of, before the store is opened, and leaves no file", async () => {
    const out_file = folder.file("never.csv");
    const out = ["--out", out_file];
    assertRefused(await list("--meter", THIRD, ...out), 1, /outside of the block of device EUIs/);
    assertRefused(await list(...out), 2, /give --meter for one meter, or --batch/);
    assertRefused(await list("--meter", METER), 2, /required option '--out <file>' not specified/);
    settings("wmbus.json", { interval_s: 3600 });
    const { multicast: _none, ...plain } = LORAWAN;
    settings("plain.json", { interval_s: 3600, lorawan: plain });
    const other = (name: string, ...words: string[]) =>
      list("--meter", METER, ...out, "--settings", folder.file(name), ...words);
    assertRefused(await other("wmbus.json"), 2, /wmbus\.json: meter\.radio\.lorawan: is not there/);
    const grouped = await other("plain.json", "--group-out", folder.file("never_group.csv"));
    assertRefused(grouped, 2, /lorawan\.multicast: is not there \(leave --group-out away\)/);
    assertRefused(await other("none.json"), 2, /none\.json: there is no such file/);
    assert.ok(!fs.existsSync(out_file) && !fs.existsSync(folder.file("never_group.csv")));
  });

  it("has shown no key", async () => {
    const groups = Object.values(lorawanGroupKeys(radio, "01FE0304")) as (typeof radio.key)[];
    const secrets = [radio.key, ...groups, ...METERS.map((meter) => lorawanAppKey(radio, meter))];
    assertNoSecret(desk.printed.join("\n"), [...secrets, ...(await desk.secrets())]);
  });
});
