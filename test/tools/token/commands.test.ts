/**
 * `curbstop token` as it is typed. The store has the real scrypt, so it is opened a few times only.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { judgeToken } from "../../../firmware/token/judgement";
import { createTokenBooks, wakeTokens } from "../../../firmware/token/books";
import { bytesText } from "../../../firmware/card/bytes";
import { openStore } from "../../../tools/keys/store";
import { decoderKey } from "../../../tools/token/decoder_key";
import { answerOf, type Answer } from "../captured_output";
import { METER, PASSPHRASE, REGION, assertNoSecret, temporaryFolder, writeClosed } from "../keys/samples";
import { SAMPLE_INPUT } from "./samples";

const SCRIPT = path.join(__dirname, "..", "..", "..", "tools", "bin", "curbstop.js");

interface Receipt {
  did: string;
  request: string;
  tid: number | null;
  tokens: string[];
  grouped: string[];
  said: number;
}

describe("curbstop token", function () {
  const folder = temporaryFolder();
  let phrase = "";
  let store = "";
  const printed: string[] = [];

  before("make a store", async () => {
    phrase = writeClosed(folder.file("phrase"), `${PASSPHRASE.buffer().toString()}\n`);
    store = folder.file("main.store");
    const made = await answerOf("keys", "make", "--region", REGION, "--store", store, "--passphrase-file", phrase);
    assert.equal(made.exit_code, 0, made.err);
  });

  /** A command that sells. */
  async function sell(name: string, ...words: string[]): Promise<Answer> {
    const places = ["--store", store, "--passphrase-file", phrase, "--meter", METER];
    const answer = await answerOf("token", name, ...places, ...words);
    printed.push(answer.out, answer.err);
    return answer;
  }

  function assertRefused(answer: Answer, exit_code: number, message: RegExp): void {
    assert.deepEqual([answer.exit_code, answer.out], [exit_code, ""], answer.err);
    assert.match(answer.err, /^curbstop: [^\n]+\n$/);
    assert.match(answer.err, message);
  }

  const input = (name: string, json: unknown) => writeClosed(folder.file(name), JSON.stringify(json));

  it("encode makes tokens from a file, or from standard input, and decode explains them", async () => {
    const file = input("in.json", [
      SAMPLE_INPUT,
      { ...SAMPLE_INPUT, sub: 5, amount_tenths: undefined, amount_milli: 1250 },
    ]);
    const { exit_code, out, err } = await answerOf("token", "encode", file, "--json");
    assert.deepEqual([exit_code, err], [0, ""]);
    const made = JSON.parse(out) as { token: string; decoder_key: string; tid: number }[];
    assert.deepEqual(
      made.map((one) => Object.keys(one)),
      [
        ["token", "decoder_key", "tid"],
        ["token", "decoder_key", "tid"],
      ],
    );
    const piped = spawnSync(process.execPath, [SCRIPT, "token", "encode", "-", "--json"], {
      input: fs.readFileSync(file),
    });
    assert.equal(piped.stdout.toString(), out);
    const text = await answerOf("token", "encode", file);
    assert.match(text.out, new RegExp(`^\\d{4}( \\d{4}){4} {2}TID ${made[0].tid}\\n`));

    const key = input("key.json", SAMPLE_INPUT);
    const [water, money] = made.map(({ token }) => token);
    const good = await answerOf("token", "decode", "--key", key, water);
    assert.equal(good.exit_code, 0);
    assert.match(good.out, /\nsays +1\.0 m3\nACCEPTED +a meter takes it\n$/);
    assert.match(good.out, /\nissue utc +2026-11-22T12:00:00\n/);
    const wrong_mode = await answerOf("token", "decode", "--key", key, money, "--json");
    assert.equal(wrong_mode.exit_code, 1);
    const [{ result, refused, fields }] = JSON.parse(wrong_mode.out) as Record<string, never>[];
    assert.equal(result, "function");
    assert.match(refused, /this meter does not do/);
    assert.equal(fields["amount_milli"], 1250);
    const in_money = await answerOf("token", "decode", "--key", key, money, "--mode", "currency");
    assert.deepEqual([in_money.exit_code, /says +0\.01250\n/.test(in_money.out)], [0, true]);
    assertNoSecret(good.out + wrong_mode.out, [await storeKey()]);
  });

  async function storeKey() {
    return (await openStore(store, PASSPHRASE)).current(REGION, "vending").key;
  }

  it("decode names what is wrong with a token, and wants a key only where one is needed", async () => {
    const valve = await answerOf("token", "decode", "0000 0000 0001 5099 7584");
    assert.deepEqual([valve.exit_code, /tests +valve\n/.test(valve.out)], [0, true]);
    assertRefused(await answerOf("token", "decode", "59386323472137426967"), 2, /give --key/);
    assertRefused(await answerOf("token", "decode", "5938"), 2, /twenty digits/);
    const key = input("other.json", { ...SAMPLE_INPUT, ti: "02" });
    const other = await answerOf("token", "decode", "--key", key, "59386323472137426967");
    assert.deepEqual([other.exit_code, /CRC +a meter refuses it: its check does not fit/.test(other.out)], [1, true]);
    const none = await answerOf("token", "decode", "99999999999999999999");
    assert.deepEqual([none.exit_code, /FORMAT +a meter refuses it/.test(none.out)], [1, true]);
  });

  it("encode and decode refuse files that are none, in one line", async () => {
    assertRefused(await answerOf("token", "encode", folder.file("nowhere")), 2, /nowhere: cannot be read \(ENOENT\)/);
    assertRefused(await answerOf("token", "encode", folder.path), 2, /cannot be read \(EISDIR\)/);
    assertRefused(await answerOf("token", "encode", writeClosed(folder.file("x"), "{")), 2, /x: this is not JSON/);
    assertRefused(await answerOf("token", "encode", input("y", [{}])), 2, /y: entry 1: dkga: /);
  });

  it("issue sells water once for a request, reissue hands it out again, and the meter takes it once", async () => {
    const words = ["--volume", "12.5", "--request", "till-3:1", "--reason", "over the counter"];
    const first = await sell("issue", ...words, "--json");
    assert.equal(first.exit_code, 0, first.err);
    const receipt = JSON.parse(first.out) as Receipt;
    assert.deepEqual([receipt.did, receipt.said, receipt.request], ["issued", 125, "till-3:1"]);
    assert.equal(receipt.grouped[0].replaceAll(" ", ""), receipt.tokens[0]);
    const again = await sell("issue", ...words);
    assert.match(again.out, /water repeated \(this request was answered before: the same token\)/);
    const lost = await sell("reissue");
    for (const { out } of [again, lost]) assert.ok(out.includes(receipt.grouped[0]));
    assert.match(lost.out, /REISSUE/);
    assert.match(lost.out, /\namount +12\.5 m3\n/);

    const vending = await storeKey();
    const attributes = { dkga: "04", ea: 11, pan: METER, sgc: REGION, ti: "01", krn: 1, kt: 2, base: 2014 } as const;
    const key = bytesText(decoderKey(vending, attributes).bytes());
    const decoder = { algorithm: 11, key, type: 2, revision: 1, tariff_index: 1, expiry: 255 };
    const state = wakeTokens(createTokenBooks(decoder, 0, undefined), 0);
    const terms = { mode: "volume", tables: undefined, paygo_unit: 1 } as const;
    const taken = judgeToken(terms, state, receipt.tokens[0], { now_s: 0, room: 10 ** 6 });
    assert.deepEqual(taken.effect, { kind: "credit_volume", volume_l: 12_500 });
    assert.equal(judgeToken(terms, taken.state, receipt.tokens[0], { now_s: 0, room: 10 ** 6 }).result, "used");
  });

  it("limit, clear-tamper, clear-credit and key-change make tokens of their own", async () => {
    const limit = await sell("limit", "--flow", "30");
    assert.match(limit.out, /^did +flow limit issued\n(.*\n)*amount +30 l\/h\n/);
    assert.match((await sell("clear-tamper")).out, /^did +clear tamper issued\n/);
    assert.match((await sell("clear-credit")).out, /^did +clear credit issued\n/);
    const change = await sell("key-change", "--tariff-index", "02", "--json");
    const { tokens, tid } = JSON.parse(change.out) as Receipt;
    assert.deepEqual([tokens.length, tid], [4, null]);
    assertRefused(await sell("key-change", "--tariff-index", "02"), 1, /has the key of revision 1 .* already/);
  });

  it("sheet has every test, and a token that is good, used and mistyped", async () => {
    const { exit_code, out, err } = await sell("sheet");
    assert.equal(exit_code, 0, err);
    assert.match(out, /^Test sheet +meter 600727000000000009, region 600100\n/);
    assert.match(out, /0000 0000 0001 5099 7584 +\[ \] the valve shuts and opens again\n/);
    const lines = out.split("\n");
    const line = (word: string) => lines.find((one) => one.includes(`[ ] ${word}`))!.slice(4, 28);
    assert.equal(line("ACCEPTED"), line("USED"));
    assert.notEqual(line("CRC"), line("USED"));
  });

  it("sheet is for a meter of money too, and both are a page of QR codes when asked", async () => {
    const page = folder.file("sheet.svg");
    const { exit_code, out, err } = await sell(
      "sheet",
      "--mode",
      "currency",
      "--request",
      "sheet-2",
      "--qr",
      page,
      "--json",
    );
    assert.equal(exit_code, 0, err);
    const { steps } = JSON.parse(out) as { steps: { token: string; qr: string; shows: string }[] };
    assert.ok(steps.some(({ shows }) => shows === "ACCEPTED: 0.01 more"));
    assert.equal(fs.readFileSync(page, "utf8").split("<path ").length - 1, steps.length);
  });

  it("issue shows a QR code of the token when asked, writes it as a file, and says so when it cannot", async () => {
    const words = ["--volume", "3", "--request", "qr-1"];
    const plain = await sell("issue", ...words);
    assert.equal(plain.out.includes("█"), false);
    const shown = await sell("issue", ...words, "--qr");
    assert.equal(shown.out.includes("█▀▀▀▀▀█"), true);
    const { qr, tokens } = JSON.parse((await sell("issue", ...words, "--json")).out) as Receipt & { qr: string };
    assert.equal(qr, tokens[0]);
    const missing = await sell("issue", ...words, "--json", "--qr", folder.file("no/such/folder.svg"));
    assert.equal(missing.exit_code, 2);
    assert.match(missing.err, /^curbstop: .*cannot be written \(ENOENT; the tokens are made: .*\n$/);
    const change = await sell("key-change", "--tariff-index", "03", "--json");
    assert.match((JSON.parse(change.out) as { qr: string }).qr, /^\d{20}( \d{20}){3}$/);
  });

  it("issue sells OpenPAYGO tokens once the unit is said, and decode explains them", async () => {
    const paygo = (...words: string[]) => sell("issue", "--family", "openpaygo", "--volume", "1.5", ...words);
    assertRefused(await paygo("--request", "p1"), 2, /give --first-unit/);
    const sold = await paygo("--request", "p1", "--first-unit", "100", "--json");
    const { tokens, tid } = JSON.parse(sold.out) as Receipt;
    assert.deepEqual([tokens[0].length, tid], [9, null]);
    assert.match((await paygo("--request", "p1")).out, /^did +water repeated/);
    assert.match((await sell("reissue", "--request", "p1")).out, /^did +water reissued/);
    assertRefused(await sell("issue", "--volume", "1.5", "--request", "p1"), 1, /other family/);
    assertRefused(await sell("issue", "--volume", "1", "--first-unit", "100"), 2, /belongs to --family openpaygo/);
    assertRefused(await paygo("--first-unit", "0"), 2, /a unit is litres/);
    assertRefused(await answerOf("token", "decode", tokens[0]), 2, /give --key/);
    const vk = (await storeKey()).buffer().toString("hex");
    const key = input("paygo.json", { ...SAMPLE_INPUT, vk });
    const good = await answerOf("token", "decode", "--key", key, tokens[0]);
    assert.equal(good.exit_code, 0, good.err);
    assert.match(good.out, /family +OpenPAYGO\ncount +2\nmeaning +add\nvalue +15\n/);
    const other = input("other-paygo.json", { paygo_key: "00112233445566778899aabbccddeeff" });
    const bad = await answerOf("token", "decode", "--key", other, tokens[0]);
    assert.deepEqual([bad.exit_code, /CRC +a meter refuses it/.test(bad.out)], [1, true]);
  });

  it("issue sells EA07 tokens under the operator's tables, which stay out of what is printed", async () => {
    const list = (length: number, factor: number) =>
      Array.from({ length }, (_, place) => (place * factor + 3) % length);
    const tables = { first: list(16, 5), second: list(16, 7), permutation: list(64, 11) };
    const file = input("tables.json", tables);
    const other = "600727000000000017";
    const words = ["--meter", other, "--first-algorithm", "7", "--volume", "1", "--json"];
    const sold = await sell("issue", ...words, "--tables", file, "--request", "ea07");
    assert.equal(sold.exit_code, 0, sold.err);
    const vk = (await storeKey()).buffer().toString("hex");
    const key = input("ea07.json", { ...SAMPLE_INPUT, ea: 7, pan: other, vk, tables });
    const decoded = await answerOf("token", "decode", "--key", key, (JSON.parse(sold.out) as Receipt).tokens[0]);
    assert.deepEqual([decoded.exit_code, /says +1\.0 m3/.test(decoded.out)], [0, true]);
    assertRefused(await sell("issue", ...words, "--request", "ea07-2"), 1, /give --tables/);
    const broken = input("broken.json", { ...tables, first: list(16, 2) });
    assertRefused(await sell("issue", ...words, "--tables", broken), 2, /first: every place must stand in it once/);
  });

  it("engineering makes the published test tokens, without any key", async () => {
    const { out } = await answerOf("token", "engineering", "--test", "valve", "--test", "display");
    assert.equal(out, "valve    0000 0000 0001 5099 7584\ndisplay  0000 0000 0001 6777 4880\n");
    const all = JSON.parse((await answerOf("token", "engineering", "--json")).out) as { tests: unknown[] };
    assert.equal(all.tests.length, 10);
  });

  it("refuses arguments that are none before any key is asked for", async () => {
    assertRefused(await sell("issue", "--volume", "0"), 2, /from 0\.1/);
    assertRefused(await sell("issue", "--volume", "1.25"), 2, /one decimal at most/);
    assertRefused(await sell("issue", "--money", "x"), 2, /an amount is like/);
    assertRefused(await sell("limit", "--flow", "-1"), 2, /litres an hour/);
    assertRefused(await sell("key-change", "--revision", "10"), 2, /a revision is 1 to 9/);
    assertRefused(await answerOf("token", "engineering", "--test", "x"), 2, /the tests are valve/);
    assertRefused(await answerOf("token", "issue", "--meter", "1", "--volume", "1"), 2, /18 digits/);
  });

  it("prints no key, in no command", async () => {
    assert.ok(printed.length > 20);
    assertNoSecret(printed.join("\n"), [await storeKey()]);
  });
});
