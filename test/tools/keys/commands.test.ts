/**
 * `curbstop keys` as it is typed. These stores have the real scrypt, so each test opens one a few times only.
 */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { boardKeysIn } from "../../../tools/keys/board";
import { cardDeskMaster, cardMeterMaster, radioMasterKey, voucherKey } from "../../../tools/keys/derive";
import { BOARD_FORMAT, openEnvelope } from "../../../tools/keys/envelope";
import { openStore } from "../../../tools/keys/store";
import { Secret } from "../../../tools/keys/secret";
import { answerOf, type Answer } from "../captured_output";
import { METER, PASSPHRASE, REGION, assertNoSecret, temporaryFolder, writeClosed } from "./samples";

const SCRIPT = path.join(__dirname, "..", "..", "..", "tools", "bin", "curbstop.js");
const OTHER = "a board's passphrase";

interface Row {
  region: string;
  kind: string;
  revision: number;
  current: boolean;
  made: string;
  rotated: string | null;
  fingerprint: string;
}

describe("curbstop keys", function () {
  const folder = temporaryFolder();
  let phrase = "";
  let other = "";
  let store = "";
  const printed: string[] = [];

  before("make a store", async () => {
    phrase = writeClosed(folder.file("phrase"), `${PASSPHRASE.buffer().toString()}\n`);
    other = writeClosed(folder.file("other"), OTHER);
    store = folder.file("main.store");
    const { exit_code, out, err } = await keys("make", "--region", REGION);
    assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
    assert.match(out, /^region +kind +revision +made +rotated +fingerprint\n/);
    assert.match(out, /\n600100 {2}vending +1 {2}\d{4}-\d\d-\d\d {2}- +[0-9A-F]{6} +base date 2014, key expiry 255\n/);
    assert.match(out, /in .*main\.store, a new store: without it and its passphrase the keys are gone\n$/);
  });

  async function keysIn(file: string, ...words: string[]): Promise<Answer> {
    const answer = await answerOf("keys", ...words, "--store", file, "--passphrase-file", phrase);
    printed.push(answer.out, answer.err);
    return answer;
  }
  const keys = (...words: string[]) => keysIn(store, ...words);

  function assertRefused(answer: Answer, exit_code: number, message: RegExp): void {
    assert.deepEqual([answer.exit_code, answer.out], [exit_code, ""], answer.err);
    assert.match(answer.err, /^curbstop: [^\n]+\n$/);
    assert.match(answer.err, message);
  }

  it("list shows kinds, revisions, dates and fingerprints, as a table and as JSON", async () => {
    const { exit_code, out } = await keys("list");
    assert.equal(exit_code, 0);
    for (const kind of ["vending", "card", "radio", "transport"])
      assert.match(out, new RegExp(`^600100 +${kind} +1 `, "m"));
    const json = JSON.parse((await keys("list", "--region", REGION, "--json")).out) as { store: string; keys: Row[] };
    assert.equal(json.store, store);
    assert.equal(json.keys.length, 4);
    assert.deepEqual(Object.keys(json.keys[0]).sort(), [
      ...["base_date", "current", "fingerprint", "key_expiry", "kind", "made", "region", "revision", "rotated"],
    ]);
    for (const { fingerprint } of json.keys) assert.match(out, new RegExp(` ${fingerprint}\\b`));
  });

  it("rotate makes a new revision, with new attributes, and keeps the old one", async () => {
    const file = folder.file("rotate.store");
    fs.copyFileSync(store, file);
    const old = (await openStore(file, PASSPHRASE)).current(REGION, "vending");
    const answer = await keysIn(
      file,
      "rotate",
      "--region",
      REGION,
      "--kind",
      "vending",
      "--key-expiry",
      "200",
      "--json",
    );
    const { rotated, made } = JSON.parse(answer.out) as { rotated: Row; made: Row };
    assert.deepEqual([rotated.revision, rotated.current, made.revision, made.current], [1, false, 2, true]);
    const ring = await openStore(file, PASSPHRASE);
    assert.equal(ring.revision(REGION, "vending", 1).key.equals(old.key), true);
    assert.deepEqual(ring.current(REGION, "vending").sts, { base_date: 2014, key_expiry: 200 });
    assertNoSecret(
      printed.join("\n"),
      ring.keys.map(({ key }) => key),
    );
  });

  it("make refuses a region that is there, rotate and list one that is not, in one line and with exit code 1", async () => {
    assertRefused(await keys("make", "--region", REGION), 1, /region 600100 has keys already/);
    assertRefused(await keys("rotate", "--region", "999999", "--kind", "card"), 1, /region 999999 has no keys/);
    assertRefused(await keys("list", "--region", "999999"), 1, /region 999999 has no keys/);
  });

  it("export writes the keys of one meter, closed and encrypted, and shows only fingerprints", async () => {
    const file = folder.file("meter.keys");
    const words = ["--region", REGION, "--meter", METER, "--for", "board", "--out", file];
    const { exit_code, out, err } = await keys("export", ...words, "--other-passphrase-file", other);
    assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
    assert.match(
      out,
      /^key +revision +fingerprint\nvoucher +1 {2}[0-9A-F]{6}\ncard meter +1 .*\nradio .*\ntransport .*\ndecoder +1 {2}[0-9A-F]{6}\nlorawan +1 .*\nof meter /,
    );
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    const text = fs.readFileSync(file, "utf8");
    const ring = await openStore(store, PASSPHRASE);
    const [vending, card, radio] = (["vending", "card", "radio"] as const).map((kind) => ring.current(REGION, kind));
    const derived = [voucherKey(vending, METER), cardMeterMaster(card), radioMasterKey(radio, METER)];
    assertNoSecret(out + text, [...derived, cardDeskMaster(card), ...ring.keys.map(({ key }) => key)]);
    const { content } = await openEnvelope(text, [BOARD_FORMAT], new Secret(Buffer.from(OTHER)), file);
    assert.equal(boardKeysIn(content, file).keys.voucher.key.equals(derived[0]), true);
    // Nothing is written over, and the same again would not be asked for a passphrase.
    assertRefused(await keys("export", ...words), 2, /there is such a file already/);
    assert.equal(fs.readFileSync(file, "utf8"), text);
    const checked = await keys("import", file, "--other-passphrase-file", other, "--json");
    assert.deepEqual(JSON.parse(checked.out), { store, region: REGION, meter: METER, added: [], agrees: true });
  });

  it("import restores a store from a copy, and adds what is new", async () => {
    const copy = folder.file("copy.store");
    fs.copyFileSync(store, copy);
    const restored = folder.file("restored.store");
    const first = await keysIn(restored, "import", copy, "--other-passphrase-file", phrase, "--json");
    assert.equal((JSON.parse(first.out) as { added: Row[] }).added.length, 4);
    const again = await keysIn(restored, "import", copy, "--other-passphrase-file", phrase);
    assert.deepEqual([again.exit_code, again.out], [0, `${copy}: all of it is in ${restored} already\n`]);
  });

  it("import refuses a conflict by its name, takes nothing, and exits 1", async () => {
    const foreign = folder.file("foreign.store");
    await keysIn(foreign, "make", "--region", REGION);
    const before = fs.readFileSync(store);
    const answer = await keys("import", foreign, "--other-passphrase-file", phrase);
    assertRefused(answer, 1, /its card key 1 of region 600100 is not the one here .*; nothing taken/);
    assert.deepEqual(fs.readFileSync(store), before);
  });

  it("a wrong passphrase is one line and exit code 1; a tampered store too", async () => {
    const wrong = writeClosed(folder.file("wrong"), "wrong horse battery");
    const answer = await answerOf("keys", "list", "--store", store, "--passphrase-file", wrong);
    assertRefused(answer, 1, /main\.store: the passphrase is wrong, or the file was changed\n$/);
    assert.equal(answer.err.includes("horse"), false);
    const envelope = JSON.parse(fs.readFileSync(store, "utf8")) as { ciphertext: string };
    const text = (envelope.ciphertext.startsWith("A") ? "B" : "A") + envelope.ciphertext.slice(1);
    const bad = JSON.stringify({ ...envelope, ciphertext: text }, null, 2) + "\n";
    assertRefused(await keysIn(writeClosed(folder.file("bad"), bad), "list"), 1, /or the file was changed/);
  });

  it("a store that others can read is refused, with what to do", async () => {
    const open = writeClosed(folder.file("open.store"), fs.readFileSync(store));
    fs.chmodSync(open, 0o644);
    assertRefused(await keysIn(open, "list"), 2, /its mode is 644 \(chmod 600 .*open\.store\)/);
    assertRefused(await keysIn(open, "make", "--region", "700000"), 2, /chmod 600/);
    fs.chmodSync(open, 0o600);
    fs.chmodSync(phrase, 0o644);
    const answer = await keysIn(open, "list");
    fs.chmodSync(phrase, 0o600);
    assertRefused(answer, 2, /phrase: others can get at it/);
  });

  const bad: [string[], RegExp][] = [
    [[], /a command is missing/],
    [["make"], /required option '--region <code>' not specified/],
    [["make", "--region", "60010"], /a region is six digits/],
    [["make", "--region", REGION, "--base-date", "2000"], /the base dates are 1993, 2014, 2035/],
    [["make", "--region", REGION, "--key-expiry", "256"], /a whole number, 0 to 255/],
    [["make", "--region", REGION, "--passphrase", "x"], /unknown option '--passphrase'/],
    [["list", "--passphrase-fd", "1"], /a file descriptor to read from is 0, or 3 and more/],
    [["list", "--store", "/no/such/store"], /there is no key store \(curbstop keys make makes one\)/],
    [["rotate", "--region", REGION, "--kind", "master"], /the kinds are vending, card, radio, transport/],
    [
      ["rotate", "--region", REGION, "--kind", "card", "--key-expiry", "1"],
      /belong to a vending key, not to a card key/,
    ],
    [["export", "--region", REGION, "--meter", "600727000000000008"], /18 digits, the last of which is a check digit/],
    [["export", "--region", REGION, "--meter", METER, "--for", "me"], /keys are exported for a board/],
    [
      [
        "export",
        "--region",
        REGION,
        "--meter",
        METER,
        "--for",
        "board",
        "--out",
        "x",
        "--signing-next",
        "package.json",
      ],
      /package.json: this is no public key/,
    ],
    [["export", "--region", REGION, "--meter", METER, "--for", "board"], /'--out <file>' not specified/],
    [["export", "--region", REGION, "--meter", METER, "--for", "board", "--out", "/dev/stdout"], /such a file already/],
    [["import"], /missing required argument 'file'/],
    [["import", "/no/such/file"], /there is no such file/],
    [["import", "package.json"], /others can get at it|not a file of curbstop keys/],
  ];
  for (const [words, message] of bad) {
    it(`answers \`curbstop keys ${words.join(" ")}\` with one line and exit code 2`, async () => {
      assertRefused(await answerOf("keys", ...words), 2, message);
    });
  }

  for (const command of ["make", "list", "rotate", "export", "lorawan", "import"]) {
    it(`\`curbstop keys ${command} --help\` shows examples`, async () => {
      const { exit_code, out, err } = await answerOf("keys", command, "--help");
      assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
      assert.match(out, new RegExp(`Examples:\\n {2}curbstop keys ${command}`));
    });
  }

  it("takes both passphrases through one descriptor, the store's first, as a process of its own", () => {
    const file = folder.file("piped.keys");
    const words = ["keys", "export", "--store", store, "--region", REGION, "--meter", METER, "--for", "board"];
    const fds = ["--out", file, "--passphrase-fd", "0", "--other-passphrase-fd", "0", "--json"];
    const input = `${PASSPHRASE.buffer().toString()}\n${OTHER}\n`;
    const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, ...words, ...fds], {
      input,
      encoding: "utf8",
    });
    assert.deepEqual([status, stderr], [0, ""]);
    assert.equal((JSON.parse(stdout) as { meter: string }).meter, METER);
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  });

  it("says what to give where nobody can type a passphrase", () => {
    const words = [SCRIPT, "keys", "list", "--store", store];
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { input: "", encoding: "utf8" });
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(
      stderr,
      /^curbstop: nobody is there to type the passphrase of the key store [^\n]*--passphrase-fd\)\n$/,
    );
  });

  it("asks on a real terminal without showing what is typed (script of util-linux)", async function () {
    if (spawnSync("script", ["--version"]).status !== 0) return this.skip();
    const command = `'${process.execPath}' '${SCRIPT}' keys list --store '${store}'`;
    const child = spawn("script", ["-qec", command, "/dev/null"], { stdio: ["pipe", "pipe", "inherit"] });
    let shown = "";
    let answered = false;
    child.stdout.on("data", (chunk: Buffer) => {
      shown += chunk.toString();
      if (answered || !shown.includes("main.store: ")) return;
      answered = true;
      // The echo is off before the question stands there, so the answer may come at once.
      child.stdin.write(`${PASSPHRASE.buffer().toString()}\r`);
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    assert.equal(code, 0, shown);
    assert.match(shown, /600100 {2}vending/);
    assert.equal(shown.includes("horse"), false);
  });

  it("processes that make regions at once lose none", async () => {
    const regions = ["700001", "700002"];
    const words = ["--store", store, "--passphrase-file", phrase];
    const codes = regions.map(async (region) => {
      const child = spawn(process.execPath, [SCRIPT, "keys", "make", "--region", region, ...words], {
        stdio: "ignore",
      });
      return new Promise((resolve) => child.on("close", resolve));
    });
    assert.deepEqual(await Promise.all(codes), [0, 0]);
    assert.deepEqual((await openStore(store, PASSPHRASE)).regions(), [REGION, ...regions]);
  });

  it("nothing that was printed in all of this holds a key or a passphrase", async () => {
    const ring = await openStore(store, PASSPHRASE);
    const card = ring.current(REGION, "card");
    const derived = [voucherKey(ring.current(REGION, "vending"), METER), cardMeterMaster(card), cardDeskMaster(card)];
    assertNoSecret(printed.join("\n"), [...ring.keys.map(({ key }) => key), ...derived]);
    for (const word of ["horse", OTHER]) assert.equal(printed.join("\n").includes(word), false);
  });
});
