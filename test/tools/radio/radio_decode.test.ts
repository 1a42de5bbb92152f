/**
 * `curbstop radio decode`: what it prints, and how it exits.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { frameA } from "../../../firmware/radio/frames";
import { uplinkTelegram } from "../../../firmware/radio/uplink";
import { createNodeCrypto } from "../../../tools/keys/crypto";
import { hex } from "../../../tools/hex";
import { compactText, sessionContent } from "../../../tools/radio/encode";
import { bytes, CONTENT, HEADER, KEY } from "../../firmware/radio/samples";
import { answerOf } from "../captured_output";

const TELEGRAM = uplinkTelegram(createNodeCrypto(), KEY, HEADER, CONTENT);
const KEY_TEXT = hex(KEY);
const CURBSTOP = join(__dirname, "..", "..", "..", "tools", "bin", "curbstop.js");

const FIELDS = {
  _: "telegram",
  media: "water",
  meter: "curbstop",
  id: "00420001",
  total_m3: 123.456,
  total_backward_m3: 0.012,
  target_m3: 120,
  target_date: "2026-10-31",
  flow_m3h: 0.25,
  meter_datetime: "2026-11-21 19:05",
  battery_d: 3650,
  credit_nr: 123.456,
  debit_nr: 3.001,
  tariff_version_nr: 7,
  valve: "OPEN",
  shut_reasons: "",
  status: "LEAK",
  time_dry: "",
  time_reversed: "",
  time_leaking: "4-7 days",
  time_bursting: "",
  message_counter_nr: 77,
};

describe("radio decode", () => {
  let folder = "";
  before(() => (folder = mkdtempSync(join(tmpdir(), "curbstop-radio-"))));
  after(() => rmSync(folder, { recursive: true }));
  const keyFile = (text: string, mode = 0o600): string => {
    const file = join(folder, "meter.key");
    writeFileSync(file, text);
    chmodSync(file, mode);
    return file;
  };

  it("prints the fields of our meter as one object a line", async () => {
    for (const telegram of [TELEGRAM, frameA(TELEGRAM)]) {
      const answer = await answerOf("radio", "decode", hex(telegram), "--key", KEY_TEXT, "--json");
      assert.deepEqual([answer.exit_code, answer.err], [0, ""]);
      assert.deepEqual(JSON.parse(answer.out), FIELDS);
      assert.equal(answer.out.split("\n").length, 2);
    }
    const named = await answerOf("radio", "decode", hex(TELEGRAM), "--key", KEY_TEXT, "--name", "Cellar", "--json");
    assert.deepEqual(JSON.parse(named.out), { ...FIELDS, name: "Cellar" });
  });

  it("explains a telegram field by field, and never shows the key", async () => {
    const { exit_code, out } = await answerOf("radio", "decode", hex(frameA(TELEGRAM)), "--key", KEY_TEXT);
    assert.equal(exit_code, 0);
    for (const words of [
      /^frame +SND-NR, .*frame format A, check sums hold$/m,
      /^meter +CSB 00420001, version 1, water$/m,
      /^link +access number 5, listens afterwards$/m,
      /^security +mode 7, message counter 77, MAC holds: genuine$/m,
      /^ +04 13 +volume +123\.456 m3$/m,
      /^ +44 13 +volume, storage 1 +120 m3$/m,
      /^ +06 FD 00 +credit +123\.456 currency$/m,
      /^ +04 6D +date time +2026-11-21 19:05$/m,
      /^ +valve +OPEN$/m,
    ])
      assert.match(out, words);
    assert.ok(!out.toUpperCase().includes(KEY_TEXT));
  });

  it("shows in its help how it is called, and that arguments are seen by others", async () => {
    const { exit_code, out } = await answerOf("radio", "decode", "--help");
    assert.equal(exit_code, 0);
    assert.match(out, /Examples:\n {2}curbstop radio decode/);
    assert.match(out, /Other people on the same machine can see the arguments/);
  });

  it("takes the key from a closed file and from standard input", async () => {
    const file = keyFile(`${KEY_TEXT.toLowerCase()}\n`);
    const answer = await answerOf("radio", "decode", hex(TELEGRAM), "--key-file", file, "--json");
    assert.deepEqual(JSON.parse(answer.out), FIELDS);
    const words = [CURBSTOP, "radio", "decode", hex(TELEGRAM), "--key", "-", "--json"];
    const piped = spawnSync(process.execPath, words, { input: `${KEY_TEXT}\n`, encoding: "utf8" });
    assert.deepEqual([piped.status, piped.stderr], [0, ""]);
    assert.deepEqual(JSON.parse(piped.stdout), FIELDS);
    const flooded = spawnSync(process.execPath, words, { input: "00".repeat(100_000), encoding: "utf8" });
    assert.deepEqual([flooded.status, flooded.stdout], [2, ""]);
    assert.equal(flooded.stderr, "curbstop: standard input has more than a key (256 bytes)\n");
  });

  it("exits 1 with one line when the telegram is damaged, not genuine, or not for this key", async () => {
    const damaged = (telegram: number[], at: number) =>
      hex(telegram.map((byte, index) => (index === at ? byte ^ 4 : byte)));
    const other = hex(KEY.map((byte) => byte ^ 1));
    const cases: [string[], RegExp][] = [
      [[hex(TELEGRAM), "--key", other], /the telegram's MAC does not hold: .*check the key/],
      [[damaged(TELEGRAM, 60), "--key", KEY_TEXT], /MAC does not hold/],
      [[damaged(frameA(TELEGRAM), 60), "--key", KEY_TEXT], /a check sum of frame format A does not hold/],
      [["1444AE0C7856341201078C2027780B134365877AC4", "--format", "b"], /a check sum of frame format B does not hold/],
      [[hex(TELEGRAM.slice(0, 50)), "--key", KEY_TEXT], /has 50 bytes, its length field announces 116/],
      [[hex([...TELEGRAM, 0]), "--key", KEY_TEXT], /has 117 bytes, its length field announces 116/],
      [["0B442D2C9987347616166655"], /what follows CI 66 is not known here/],
      [[hex(TELEGRAM), "0B442D2C9987347616166655", "--key", KEY_TEXT], /^curbstop: telegram 2: what follows CI 66/],
    ];
    for (const [words, message] of cases) {
      const { exit_code, err } = await answerOf("radio", "decode", ...words);
      assert.deepEqual({ words, exit_code, lines: err.split("\n").length }, { words, exit_code: 1, lines: 2 });
      assert.match(err, message);
      assert.ok(!err.toUpperCase().includes(KEY_TEXT) && !err.toUpperCase().includes(other));
    }
  });

  it("exits 2 on bad usage, and repeats no key", async () => {
    const cases: [string[], RegExp][] = [
      [[], /missing required argument 'hex'/],
      [["12345"], /two digits a byte/],
      [["xyz"], /given in hexadecimal digits/],
      [["00".repeat(291)], /290 bytes at most, this has 291/],
      [[hex(TELEGRAM)], /the telegram is encrypted \(mode 7\): give --key-file or --key/],
      [[hex(TELEGRAM), "--key", KEY_TEXT.slice(1)], /32 hexadecimal digits, this one has 31 digits/],
      [[hex(TELEGRAM), "--key", `${KEY_TEXT.slice(2)}zz`], /this one has characters that are none/],
      [[hex(TELEGRAM), "--key", KEY_TEXT, "--key-file", "x"], /give one of --key and --key-file/],
      [[hex(TELEGRAM), "--key-file", join(folder, "none")], /there is no such file/],
      [[hex(TELEGRAM), "--key-file", keyFile(KEY_TEXT, 0o644)], /others can get at it/],
      [[hex(TELEGRAM), "--key", KEY_TEXT, "--format", "c"], /Allowed choices are auto, a, b, none/],
    ];
    for (const [words, message] of cases) {
      const { exit_code, out, err } = await answerOf("radio", "decode", ...words);
      assert.deepEqual(
        { words, exit_code, out, lines: err.split("\n").length },
        { words, exit_code: 2, out: "", lines: 2 },
      );
      assert.match(err, message);
      assert.ok(!err.includes(KEY_TEXT.slice(2)), "the message shows the key");
    }
  });

  it("lets a full frame explain the compact one that follows it", async () => {
    const sender = { manufacturer: "KAM", id: "76348799", version: 27, device_type: 22 };
    const header = { c_field: 0x44, sender, communication: 0x20, access: 1, session: bytes("91D37C21") };
    const heads = [bytes("0413"), bytes("023B")];
    const full = sessionContent(header, KEY, [0x78, ...bytes("0413E8030000 023B0A00")]);
    const text = compactText(heads, [bytes("E9030000"), bytes("0B00")]);
    const compact = sessionContent({ ...header, session: bytes("92D37C21") }, KEY, text);
    const alone = await answerOf("radio", "decode", hex(compact), "--key", KEY_TEXT);
    assert.equal(alone.exit_code, 1);
    assert.match(alone.err, /compact frame of the format [0-9A-F]{4}: give a full frame of this meter first/);
    const both = await answerOf("radio", "decode", hex(full), hex(compact), "--key", KEY_TEXT, "--json");
    const totals = both.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { total_m3: number; flow_m3h: number });
    assert.deepEqual(
      totals.map(({ total_m3, flow_m3h }) => [total_m3, flow_m3h]),
      [
        [1, 0.01],
        [1.001, 0.011],
      ],
    );
  });
});
