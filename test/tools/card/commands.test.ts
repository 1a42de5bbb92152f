/**
 * `curbstop card` as it is typed, with image files. The store has the real scrypt, so tests share one.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { saveCard, loadCard } from "../../../sim/card/image_file";
import { createRandomTwin } from "../../../sim/twins/random";
import { runCommandLine } from "../../../tools/command_line";
import { createNodeCrypto } from "../../../tools/keys/crypto";
import { cardDeskMaster, cardMeterMaster, voucherKey } from "../../../tools/keys/derive";
import { openStore } from "../../../tools/keys/store";
import { Rig } from "../../firmware/rig";
import { CapturedOutput, answerOf, type Answer } from "../captured_output";
import { PASSPHRASE, assertNoSecret, temporaryFolder, writeClosed } from "../keys/samples";
import { METER, OTHER_METER, REGION, present } from "./samples";

const crypto = createNodeCrypto();
const TARIFF = { id: 4, standing_milli: 500, blocks: [{ up_to_l: 1000, price_milli: 1000 }, { price_milli: 2000 }] };

describe("curbstop card", function () {
  const folder = temporaryFolder();
  const printed: string[] = [];
  let common: string[] = [];

  before("make a store", async () => {
    const phrase = writeClosed(folder.file("phrase"), PASSPHRASE.buffer());
    common = ["--store", folder.file("main.store"), "--passphrase-file", phrase];
    fs.writeFileSync(folder.file("tariff.json"), JSON.stringify(TARIFF));
    assert.equal((await answerOf("keys", "make", "--region", REGION, ...common)).exit_code, 0);
  });

  async function card(...words: string[]): Promise<Answer> {
    const answer = await answerOf("card", ...words, ...common);
    printed.push(answer.out, answer.err);
    return answer;
  }

  const image = (name: string): string[] => ["--image", folder.file(name)];

  async function done(...words: string[]): Promise<string> {
    const { exit_code, out, err } = await card(...words);
    assert.deepEqual([exit_code, err], [0, ""], words.join(" "));
    return out;
  }

  function assertRefused(answer: Answer, exit_code: number, message: RegExp): void {
    assert.deepEqual([answer.exit_code, answer.out], [exit_code, ""], answer.err);
    assert.match(answer.err, /^curbstop: [^\n]+\n$/);
    assert.match(answer.err, message);
  }

  async function inService(meter_number: string): Promise<{ rig: Rig }> {
    const ring = await openStore(folder.file("main.store"), PASSPHRASE);
    const transport_key = ring.current(REGION, "transport").key.buffer().toString("hex");
    return { rig: new Rig({ settings: { meter_number, transport_key } }) };
  }

  function show(rig: Rig, name: string): string {
    const held = loadCard(folder.file(name), crypto, createRandomTwin(3))!;
    const shown = present(rig, held);
    saveCard(folder.file(name), held);
    return shown;
  }

  it("commission, issue, top-up, read and refund print receipts that a person can read", async () => {
    const { rig } = await inService(METER);
    const service = ["--meter", METER, "--tariff", folder.file("tariff.json"), "--opening", "2"];
    const made = await done("commission", ...service, ...image("technician"));
    assert.match(made, /^made +commissioning card\nmeter +600727000000000009\nregion +600100\nutility +1\ncard +1, /);
    assert.match(made, /\nopening credit +2\.00\ntariff +4\nto be used by +any time\n$/);
    assert.equal(show(rig, "technician"), "CARD OK");

    const issued = await done("issue", "--meter", METER, ...image("card"));
    assert.match(
      issued,
      /^issued +user card\nmeter +600727000000000009\n[^]*card +2, generation 1, UID 04[0-9a-f]{12}\n$/,
    );
    const sold = await done(
      "top-up",
      "--amount",
      "12.5",
      "--expires",
      "2099-06-30",
      "--point-of-sale",
      "7",
      ...image("card"),
    );
    assert.match(sold, /^sold +12\.50\n[^]*sold so far +12\.50\nvoucher +1\nto be used by +2099-06-30T23:59:59Z\n/);
    assert.match(sold, /\npoint of sale +7\nsold at +\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n$/);
    assert.match(
      await done("read", ...image("card")),
      /\nvoucher +1, 12\.50 in all\nread-back +none: no meter has seen/,
    );
    assert.equal(show(rig, "card"), "+  12.50");

    const read = await done("read", ...image("card"));
    assert.match(
      read,
      /\nread-back of +meter 600727000000000009, 2019-03-0[34]T[^]*\nthis card was +accepted\ntaken +voucher 1,/,
    );
    assert.match(
      read,
      /\nbalance +14\.50\n[^]*\nregister +0 l, backwards 0 l\n[^]*\nvalve shut by +-\ninfo codes +-\n/,
    );
    assert.match(read, /\n\nlast events\ntime not known +credit accepted +1250000\n/);

    await done("top-up", "--amount", "0.00481", ...image("card"));
    const begun = await done("refund", ...image("card"));
    assert.match(
      begun,
      /^refund +0\.00481, begun\n[^]*\nnext +hold the card up to the meter, .*nothing is paid before\n$/,
    );
    const waiting = await card("refund", ...image("card"));
    assert.deepEqual([waiting.exit_code, waiting.err], [1, ""]);
    assert.match(waiting.out, /^refund +0\.00481, waiting\n/);
    assert.equal(show(rig, "card"), "CARD OK");
    assert.match(await done("refund", ...image("card")), /^refund +0\.00481, paid\n[^]*\nnext +pay the amount out\n$/);
  });

  it("the same with --json is one object, with amounts in milli-units", async () => {
    const { rig } = await inService(OTHER_METER);
    const json = async (...words: string[]) => JSON.parse(await done(...words, "--json")) as Record<string, unknown>;
    const service = ["--meter", OTHER_METER, "--tariff", folder.file("tariff.json"), "--utility", "7"];
    const made = await json("commission", ...service, ...image("json-technician"));
    assert.deepEqual(
      [made.did, made.opening_milli, made.utility, made.counts_from],
      [...["commissioned", 0, 7, { sequence: 0, cumulative_milli: 0 }]],
    );
    assert.deepEqual((made.tariff as { blocks: unknown }).blocks, [
      { up_to_l: 1000, price_milli: 1000 },
      { up_to_l: null, price_milli: 2000 },
    ]);
    show(rig, "json-technician");
    await json("issue", "--meter", OTHER_METER, ...image("json-card"));
    const sold = await json("top-up", "--amount", "3", ...image("json-card"));
    assert.deepEqual(
      [sold.did, sold.amount_milli, sold.is_retry, sold.voucher],
      [
        ...["sold", 300_000, false],
        { sequence: 1, cumulative_milli: 300_000, tariff_id: 4, expires: null, point_of_sale: 0 },
      ],
    );
    show(rig, "json-card");
    const read = await json("read", ...image("json-card"));
    const read_back = read.read_back as Record<string, unknown>;
    assert.deepEqual([read_back.is_genuine, read_back.balance_milli, read_back.months], [true, 300_000, []]);
    assert.equal(rig.meter.card.books.utility, 7);
    const replaced = await json("replace", "--meter", OTHER_METER, ...image("json-next"));
    assert.equal((replaced.replaced as { blocked: { reason: string } }).blocked.reason, "replaced");
    const blocked = await json("block", "--meter", OTHER_METER, "--reason", "stolen").catch(() => undefined);
    assert.equal(blocked, undefined, "a passphrase is no option of block");
    const words = ["card", "block", "--meter", OTHER_METER, "--reason", "stolen", "--store", folder.file("main.store")];
    const { out } = await answerOf(...words, "--json");
    const { is_new, hot_list } = JSON.parse(out) as { is_new: boolean; hot_list: { generation: number }[] };
    assert.deepEqual([is_new, hot_list.map(({ generation }) => generation)], [true, [1, 2]]);
    const again = await answerOf(...words);
    assert.match(
      again.out,
      /was blocked already; the hot list carries\nregion +card +generation +UID +blocked +reason\n/,
    );
    assertRefused(
      await card("top-up", "--amount", "1", ...image("json-next")),
      1,
      /is blocked since .*: stolen \(.*replace/,
    );
  });

  it("shows its steps on a terminal, on standard error, and nothing of them elsewhere", async () => {
    const output = new CapturedOutput(true);
    output.error_stream.isTTY = true;
    assert.equal(await runCommandLine(["card", "read", ...image("card"), ...common], output), 0);
    // The line is drawn some times a second; with a card in a file only the first step lasts that long.
    assert.match(output.err_text, /─+ 0\/8 waiting for the card/);
    assert.equal(output.out_text.includes("waiting"), false);
    printed.push(output.err_text, output.out_text);
  });

  it("what goes wrong is one line: what, where, what to do", async () => {
    const none = ["--image", folder.file("no-such.card")];
    assertRefused(await card("read", ...none), 2, /no-such\.card: there is no such card image \(.*issue makes one\)/);
    assertRefused(await card("top-up", ...image("card")), 2, /give one of --amount, which sells, and --retry/);
    assertRefused(await card("top-up", "--retry", ...image("card")), 1, /no sale to meter \d+ is open/);
    const late = ["top-up", "--amount", "1", "--expires", "2020-01-01", ...image("card")];
    assertRefused(await card(...late), 2, /the last day to use it \(--expires\) is over/);
    assertRefused(await card("read", "--region", "999999", ...image("card")), 1, /region 999999 has no keys/);
    assertRefused(await card("read", "--reader", "x", ...image("card")), 2, /give one of --image and --reader/);
    assertRefused(
      await card("issue", "--meter", METER, ...image("technician")),
      1,
      /^curbstop: nothing made: meter .* has/,
    );
    fs.writeFileSync(folder.file("bad.json"), '{"id": 1,\n"blocks": [{"up_to_l": 5, "price_milli": 1}]}');
    const bad = ["commission", "--meter", METER, "--tariff", folder.file("bad.json"), ...image("technician")];
    assertRefused(await card(...bad), 2, /bad\.json:2: blocks\[0\]\.up_to_l: must be left out of the last block/);
    fs.writeFileSync(folder.file("bad.json"), '{"blocks": [{"price_milli": 1}], "colour": 1}');
    assertRefused(await card(...bad), 2, /bad\.json:1: (id: is missing|colour: is not a field of a tariff)/);
    fs.writeFileSync(folder.file("spoiled"), "x\n", { mode: 0o600 });
    const spoiled = ["read", ...image("card"), "--records", folder.file("spoiled")];
    assertRefused(await card(...spoiled), 2, /spoiled:1: this line is not as it was written/);
  });

  const bad: [string[], RegExp][] = [
    [[], /a command is missing/],
    [["sell"], /unknown command 'sell'/],
    [["issue"], /required option '--meter <pan>' not specified/],
    [["issue", "--meter", "123"], /a meter has 18 digits/],
    [["top-up", "--amount", "1,5"], /an amount is a number of currency units like 12 or 12\.50/],
    [["top-up", "--amount", "-1"], /an amount is a number/],
    [["top-up", "--amount", "0.000001"], /up to five decimals/],
    [["top-up", "--amount", "1", "--expires", "2027-02-30"], /a day is written like 2027-06-30/],
    [["top-up", "--amount", "1", "--point-of-sale", "x"], /a desk is a whole number, 0 to 4294967295/],
    [["commission", "--meter", METER], /required option '--tariff <file>' not specified/],
    [
      ["commission", "--meter", METER, "--tariff", "x", "--utility", "65536"],
      /a utility is a whole number, 0 to 65535/,
    ],
    [["commission", "--meter", METER, "--tariff", "/no/such"], /\/no\/such: there is no such file/],
    [["block", "--uid", "04"], /a UID has 14 hexadecimal digits/],
    [["read", "--store", "/no/such/store"], /there is no key store/],
    [["read", "--wait", "601"], /a time is a whole number, 0 to 600/],
  ];
  for (const [words, message] of bad) {
    it(`answers \`curbstop card ${words.join(" ")}\` with one line and exit code 2`, async () => {
      assertRefused(await answerOf("card", ...words), 2, message);
    });
  }

  it("answers a block of no card, of two, and of an unknown one with one line", async () => {
    const records = ["--records", folder.file("block.records")];
    assertRefused(await answerOf("card", "block", ...records), 2, /give one of --card, --uid, --meter/);
    assertRefused(
      await answerOf("card", "block", "--card", "1", "--meter", METER, ...records),
      2,
      /one card is blocked/,
    );
    assertRefused(await answerOf("card", "block", "--card", "9", ...records), 1, /these records do not know card 9/);
    assert.equal(path.basename(folder.file("block.records")), "block.records");
  });

  for (const command of ["issue", "top-up", "read", "replace", "refund", "block", "commission", "list-readers"]) {
    it(`\`curbstop card ${command} --help\` shows examples`, async () => {
      const { exit_code, out, err } = await answerOf("card", command, "--help");
      assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
      assert.match(out, new RegExp(`Examples:\\n {2}curbstop card ${command}`));
    });
  }

  it("nothing that was printed or recorded in all of this holds a key or a passphrase", async () => {
    const ring = await openStore(folder.file("main.store"), PASSPHRASE);
    const key = ring.current(REGION, "card");
    const vending = ring.current(REGION, "vending");
    const derived = [
      cardMeterMaster(key),
      cardDeskMaster(key),
      voucherKey(vending, METER),
      voucherKey(vending, OTHER_METER),
    ];
    const text = printed.join("\n") + fs.readFileSync(folder.file("card-desk.records"), "utf8");
    assertNoSecret(text, [...ring.keys.map((one) => one.key), ...derived]);
    assert.equal(text.includes("horse"), false);
  });
});
