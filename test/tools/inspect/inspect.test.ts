/**
 * The inspector says what a text is, and what it could not check; with the meter's key it says whether it is genuine.
 */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { uplinkTelegram } from "../../../firmware/radio/uplink";
import { CONTENT, HEADER, KEY } from "../../firmware/radio/samples";
import { OTHER_VOUCHER_KEY, TRANSPORT_KEY, VOUCHER_KEY } from "../../../sim/card_torture/made_cards";
import { UserError } from "../../../sim/scenario/user_error";
import { INSPECT_MAX_CHARACTERS, typedKeys, type MeterKeys } from "../../../sim/serve/inspector";
import type { Inspection } from "../../../sim/serve/messages";
import { createTray } from "../../../sim/serve/tray";
import { createNodeCrypto } from "../../../tools/keys/crypto";
import { inspect } from "../../../tools/inspect/inspect";
import { encodeToken } from "../../../tools/token/encoding";
import { tokenInputs } from "../../../tools/token/token_input";
import { answerOf } from "../captured_output";
import { SAMPLE_INPUT } from "../token/samples";

const CARDS = join(__dirname, "..", "..", "..", "sim", "scenarios", "cards");
const HOUSEHOLD = readFileSync(join(CARDS, "household.card"));

function hex(bytes: readonly number[]): string {
  return Buffer.from(bytes).toString("hex");
}

function row({ sections }: Inspection, name: string): string | undefined {
  return sections.flatMap(({ rows }) => rows).find(([label]) => label === name)?.[1];
}

describe("the inspector", () => {
  const telegram = (): number[] => uplinkTelegram(createNodeCrypto(), KEY, HEADER, CONTENT);
  const [input] = tokenInputs(JSON.stringify([SAMPLE_INPUT]), "sample");
  const { token, decoder_key: decoder } = encodeToken(input, "");

  it("tells an enciphered token without its key, and all of it with the key", () => {
    const closed = inspect(token, {});
    assert.deepEqual([closed.kind, closed.problem, closed.unchecked], ["token", "", ["token_content"]]);
    assert.equal(row(closed, "kind"), "credit");
    assert.equal(row(closed, "says"), undefined);
    const open = inspect(token.replace(/(\d{4})/g, "$1 "), typedKeys(decoder) as MeterKeys);
    assert.equal(row(open, "says"), "1.0 m3");
    assert.deepEqual([open.problem, open.unchecked], ["", ["token_history"]]);
    const other = inspect(token, typedKeys("00112233445566778899aabbccddeeff") as MeterKeys);
    assert.match(other.problem, /its check does not fit/);
  });

  it("tells a test token, which is not enciphered, and one that nobody has made", () => {
    assert.deepEqual(inspect("0000 1509 9554 3610 8736", {}).kind, "token");
    assert.match(inspect("99999999999999999999", {}).problem, /it is no token/);
    assert.deepEqual(inspect("123456789", {}).unchecked, ["paygo_token"]);
  });

  it("tells an encrypted telegram's meter without its key, and its fields with it", () => {
    const closed = inspect(hex(telegram()), {});
    assert.deepEqual([closed.kind, closed.problem, closed.unchecked], ["telegram", "", ["telegram_content"]]);
    assert.match(row(closed, "meter") ?? "", /^CSB 00420001, version 1, water$/);
    const open = inspect(hex(telegram()).replaceAll(/(..)/g, "$1 "), { telegram: KEY });
    assert.equal(row(open, "total_m3"), "123.456");
    assert.match(row(open, "security") ?? "", /MAC holds: genuine/);
    assert.deepEqual([open.problem, open.unchecked], ["", []]);
  });

  it("says of a changed telegram that it is, and of one for another key", () => {
    const changed = telegram();
    changed[40] ^= 1;
    assert.match(inspect(hex(changed), { telegram: KEY }).problem, /./);
    assert.match(inspect(hex(telegram()), { telegram: KEY.map((byte) => byte ^ 1) }).problem, /MAC does not hold/);
  });

  it("says of a telegram without a proof that it has none", () => {
    const said = inspect("1444AE0C7856341201078C2027780B134365877AC5", {});
    assert.equal(row(said, "total_m3"), "876.543");
    assert.deepEqual(said.unchecked, ["telegram_origin"]);
  });

  it("tells a card with and without the key that signs for its meter, in hexadecimal and base64", () => {
    for (const form of ["hex", "base64"] as const) {
      const closed = inspect(HOUSEHOLD.toString(form), {});
      assert.deepEqual([closed.kind, closed.problem, closed.unchecked], ["card", "", ["card_signatures"]]);
      assert.deepEqual([row(closed, "type"), row(closed, "bought in all")], ["user", "5.00"]);
    }
    const genuine = inspect(HOUSEHOLD.toString("hex"), { voucher: VOUCHER_KEY });
    assert.deepEqual([genuine.problem, row(genuine, "signature")], ["", "holds"]);
    const forged = inspect(HOUSEHOLD.toString("hex"), { voucher: OTHER_VOUCHER_KEY });
    assert.match(forged.problem, /the signature of the voucher does not hold/);
  });

  it("tells every card of the tray, and a forged voucher as such", () => {
    const { images } = createTray();
    for (const [name, image] of images) {
      const { kind, problem, sections } = inspect(hex(image), { voucher: VOUCHER_KEY });
      assert.equal(kind, "card", name);
      assert.ok(sections.length >= 2, name);
      assert.equal(problem !== "", name === "tray/forged.card", `${name}: ${problem}`);
    }
  });

  it("says what is wrong with an image that is cut off or changed", () => {
    const changed = [...HOUSEHOLD];
    changed[100] ^= 1;
    assert.match(inspect(hex(changed), {}).problem, /cut off or changed/);
    assert.match(inspect(hex([...HOUSEHOLD].slice(0, 50)), {}).problem, /cut off or changed/);
  });

  it("never shows a key, of a card or one that it was given", () => {
    const image = createTray().images.get("tray/into-service.card") ?? [];
    const shown = JSON.stringify([
      inspect(hex(image), { voucher: VOUCHER_KEY }),
      inspect(token, typedKeys(decoder) as MeterKeys),
      inspect(hex(telegram()), { telegram: KEY }),
    ]).toLowerCase();
    for (const key of [hex(VOUCHER_KEY), decoder, hex(KEY), TRANSPORT_KEY, "11".repeat(16)]) {
      assert.equal(shown.includes(key.toLowerCase()), false);
    }
  });

  it("takes any text for what it is, or says in one line that it is none, and never fails otherwise", () => {
    const digits = fc.string({ unit: fc.constantFrom(...Array.from("0123456789abcdef")), maxLength: 700 });
    const mutated = fc.tuple(fc.nat(HOUSEHOLD.length - 1), fc.nat(255), fc.boolean()).map(([at, byte, cut]) => {
      const bytes = [...HOUSEHOLD];
      bytes[at] = byte;
      return hex(cut ? bytes.slice(0, at) : bytes);
    });
    const keys: MeterKeys = { ...typedKeys(hex(KEY)), voucher: VOUCHER_KEY };
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), digits, mutated), fc.boolean(), (text, has_keys) => {
        try {
          const { sections, problem } = inspect(text, has_keys ? keys : {});
          assert.doesNotMatch(problem, /\n/);
          assert.ok(sections.length > 0 || problem !== "");
        } catch (error) {
          assert.ok(error instanceof UserError, String(error));
          assert.doesNotMatch(error.message, /\n/);
        }
      }),
      { numRuns: 600 },
    );
    assert.throws(() => inspect("0".repeat(INSPECT_MAX_CHARACTERS + 1), {}), /too long/);
  });
});

describe("curbstop inspect", () => {
  let folder = "";
  before(() => (folder = mkdtempSync(join(tmpdir(), "curbstop-inspect-"))));
  after(() => rmSync(folder, { recursive: true }));

  it("tells a card file and whether the key has signed it; a wrong signature is a no", async () => {
    const file = join(CARDS, "household.card");
    const open = await answerOf("inspect", "--file", file);
    assert.equal(open.exit_code, 0);
    assert.match(open.out, /^this is +a card image\nnot checked +signatures: /);
    const key_file = join(folder, "voucher.key");
    writeFileSync(key_file, `${hex(OTHER_VOUCHER_KEY)}\n`, { mode: 0o600 });
    const forged = await answerOf("inspect", "--file", file, "--key-file", key_file, "--json");
    assert.equal(forged.exit_code, 1);
    assert.match((JSON.parse(forged.out) as Inspection).problem, /does not hold/);
  });

  it("takes a token as people write it", async () => {
    const { exit_code, out } = await answerOf("inspect", "0000", "1509", "9554", "3610", "8736");
    assert.equal(exit_code, 0);
    assert.match(out, /token +0000 1509 9554 3610 8736/);
  });

  it("refuses in one line what it cannot use, and shows nothing of a key file", async () => {
    const key_file = join(folder, "bad.key");
    writeFileSync(key_file, "abcdef0123456789", { mode: 0o600 });
    const open_file = join(folder, "open.key");
    writeFileSync(open_file, hex(KEY));
    chmodSync(open_file, 0o644);
    for (const [words, message] of [
      [["hello"], /this is no card image, token or telegram/],
      [[], /give a text, - for standard input, or --file/],
      [["--file", join(folder, "none")], /cannot be read \(ENOENT\)/],
      [["--file", folder], /cannot be read \(EISDIR\)/],
      [["123", "--file", folder], /not both/],
      [["abc"], /two digits a byte/],
      [["00".repeat(400)], /a telegram has \d+ bytes at most/],
      [["00", "--key-file", key_file], /a key has 32 hexadecimal digits/],
      [["00", "--key-file", open_file], /./],
      [["00", "--key-file", join(folder, "none")], /there is no such file/],
    ] as [string[], RegExp][]) {
      const { exit_code, out, err } = await answerOf("inspect", ...words);
      assert.deepEqual([exit_code === 0, out], [false, ""], words.join(" "));
      assert.match(err, message);
      assert.match(err, /^curbstop: [^\n]+\n$/);
      assert.doesNotMatch(err, /abcdef0123456789/);
    }
  });
});
