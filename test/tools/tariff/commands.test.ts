/**
 * `curbstop tariff` and the signing keys of `curbstop keys`, as they are typed. The store has the real scrypt and the real
 * parameter set, so a key is made once.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import { boardKeysIn } from "../../../tools/keys/board";
import { BOARD_FORMAT, openEnvelope } from "../../../tools/keys/envelope";
import { merged, KeyRing, withRotated } from "../../../tools/keys/ring";
import { Secret } from "../../../tools/keys/secret";
import { openStore } from "../../../tools/keys/store";
import { answerOf, type Answer } from "../captured_output";
import { LATER, METER, PASSPHRASE, REGION, assertNoSecret, temporaryFolder, writeClosed } from "../keys/samples";

const OTHER = "a board's passphrase";

const WISH = {
  region: REGION,
  version: 8,
  start: "2027-01-01T00:00:00+01:00",
  tariff: { standing_milli: 10_000, blocks: [{ up_to_l: 5000, price_milli: 120_000 }, { price_milli: 480_000 }] },
  friendly_hours: { from: "20:00", to: "07:00", weekends: true },
  holidays: ["2027-12-25", "2027-01-06"],
  lifeline: { kind: "flow_limit", open_s: 60, period_s: 900 },
  emergency_milli: 500_000,
  scope: { group: 5 },
};

describe("curbstop tariff", function () {
  const folder = temporaryFolder();
  const printed: string[] = [];
  let state_home: string | undefined;
  let phrase = "";
  let store = "";
  let public_file = "";
  let files = 0;

  before("make a store with a signing key", async () => {
    state_home = process.env["XDG_STATE_HOME"];
    process.env["XDG_STATE_HOME"] = folder.file("state");
    phrase = writeClosed(folder.file("phrase"), `${PASSPHRASE.buffer().toString()}\n`);
    store = folder.file("main.store");
    const { exit_code, out, err } = await keys("make", "--region", REGION, "--signing");
    assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
    assert.match(out, /\n600100 {2}signing +1 .* LMS n24 H10 W8, 0 of 1024 signatures used\n/);
    public_file = folder.file("public");
    fs.writeFileSync(public_file, (await keys("public", "--region", REGION)).out);
  });

  after(() => {
    if (state_home === undefined) delete process.env["XDG_STATE_HOME"];
    else process.env["XDG_STATE_HOME"] = state_home;
  });

  const fresh = (): string => folder.file(`file-${files++}`);
  async function answer(...words: string[]): Promise<Answer> {
    const given = await answerOf(...words);
    printed.push(given.out, given.err);
    return given;
  }
  const inStore = (words: string[]) => answer(...words, "--store", store, "--passphrase-file", phrase);
  const keys = (...words: string[]) => inStore(["keys", ...words]);

  function wishFile(wish: object): string {
    const file = fresh();
    fs.writeFileSync(file, JSON.stringify(wish, null, 1));
    return file;
  }
  async function made(wish: object): Promise<string> {
    const file = fresh();
    const { exit_code, err } = await answer("tariff", "make", wishFile(wish), "--out", file);
    assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
    return file;
  }
  const signInto = (file: string, out: string, ...words: string[]) =>
    inStore(["tariff", "sign", file, "--out", out, ...words]);
  function assertRefused(given: Answer, exit_code: number, message: RegExp): void {
    assert.deepEqual([given.exit_code, given.out], [exit_code, ""], given.err);
    assert.match(given.err, /^curbstop: [^\n]+\n$/);
    assert.match(given.err, message);
  }

  it("makes, signs, shows and verifies a message, which says what was wished for", async () => {
    const [message, signed] = [await made(WISH), fresh()];
    const sign = await signInto(message, signed, "--json");
    assert.equal(sign.exit_code, 0, sign.err);
    const { leaf, left, bytes } = JSON.parse(sign.out) as { leaf: number; left: number; bytes: number };
    assert.equal(left, 1023 - leaf);
    assert.equal(bytes, fs.statSync(signed).size);
    assert.equal(bytes, fs.statSync(message).size + 904);
    const shown = JSON.parse((await answer("tariff", "show", signed, "--json")).out) as Record<string, unknown>;
    assert.deepEqual(shown, {
      ...{ file: signed, utility: 1, region: REGION, signing_key: 1, version: 8, start_utc_s: 1_798_758_000 },
      ...{ scope: "group", group: 5, tariff: WISH.tariff, friendly_hours: WISH.friendly_hours },
      ...{ holidays: ["2027-01-06", "2027-12-25"], lifeline: WISH.lifeline, emergency_milli: 500_000 },
      ...{ bytes: bytes - 904, signature: { bytes: 904, leaf } },
    });
    const { out } = await answer("tariff", "show", signed);
    for (const words of [
      /up to 5000 l a month/,
      /4\.80000 per m3, beyond/,
      /20:00 to 07:00, and weekends/,
      /group 5/,
    ]) {
      assert.match(out, words);
    }
    for (const where of [
      ["--public-key", public_file],
      ["--store", store, "--passphrase-file", phrase],
    ]) {
      const verified = await answer("tariff", "verify", signed, ...where);
      assert.deepEqual([verified.exit_code, verified.err], [0, ""]);
      assert.match(verified.out, /^good: version 8 for region 600100, start 2026-12-31T23:00:00Z, leaf \d+\n$/);
    }
  });

  it("verify says no, with exit code 1, to what is changed, unsigned or of another key", async () => {
    const [message, signed, changed] = [await made({ ...WISH, version: 9 }), fresh(), fresh()];
    await signInto(message, signed);
    const verify = (file: string) => answer("tariff", "verify", file, "--public-key", public_file);
    // A version, a price, and the signature's last byte.
    for (const place of [10, 60, fs.statSync(signed).size - 1]) {
      const bytes = fs.readFileSync(signed);
      bytes[place] ^= 1;
      fs.writeFileSync(changed, bytes);
      const given = await verify(changed);
      assert.equal(given.exit_code === 0, false, `byte ${place}`);
      assert.match(given.err, /bad: its signature is not that of this key|malformed/);
    }
    assertRefused(await verify(message), 1, /bad: it is not signed/);
    const json = await answer("tariff", "verify", message, "--public-key", public_file, "--json");
    assert.equal(json.exit_code, 1);
    assert.equal((JSON.parse(json.out) as { good: boolean }).good, false);
    const other = fresh();
    fs.writeFileSync(
      other,
      fs
        .readFileSync(public_file, "utf8")
        .trim()
        .replace(/.$/, (digit) => (digit === "0" ? "1" : "0")),
    );
    assertRefused(await answer("tariff", "verify", signed, "--public-key", other), 1, /bad/);
    assertRefused(await answer("tariff", "verify", signed, "--public-key", phrase), 2, /no public key/);
  });

  it("refuses what cannot be meant, in one line that names the field, and writes nothing", async () => {
    const refusals: [object, RegExp][] = [
      [{ ...WISH, version: 0 }, /version: must be at least 1/],
      [{ ...WISH, region: "6001" }, /region: must be six digits/],
      [{ ...WISH, start: "tomorrow" }, /start: must be "now" or a time/],
      [{ ...WISH, scope: { meter: "600727000000000001" } }, /scope\.meter: must be 18 digits/],
      [
        { ...WISH, tariff: { blocks: [{ price_milli: 1 }, { price_milli: 1 }] } },
        /tariff\.blocks\[0\]\.up_to_l: is missing/,
      ],
      [{ ...WISH, lifeline: { kind: "flow_limit", open_s: 895, period_s: 900 } }, /lifeline\.open_s: must be at most/],
      [{ ...WISH, holidays: ["2027-01-06", "2027-01-06"] }, /holidays: has a date twice/],
      [{ ...WISH, holidays: ["1969-01-06"] }, /no meter could live by its holidays/],
      [{ region: REGION, version: 1, start: "now" }, /says nothing/],
      [{ ...WISH, price: 3 }, /price/],
    ];
    for (const [wish, message] of refusals) {
      const out = fresh();
      assertRefused(await answer("tariff", "make", wishFile(wish), "--out", out), 2, message);
      assert.equal(fs.existsSync(out), false);
    }
    const message = await made(WISH);
    assertRefused(await answer("tariff", "make", wishFile(WISH), "--out", message), 2, /such a file already/);
    assertRefused(await answer("tariff", "show", phrase), 2, /no message of this format/);
    assertRefused(await answer("tariff", "show", folder.file("nothing")), 2, /no such file/);
  });

  it("signs no message twice, none of a region without a key, and spends no leaf on a name that is taken", async () => {
    const [message, signed] = [await made({ ...WISH, version: 10 }), fresh()];
    await signInto(message, signed);
    const used = async () => /(\d+) of 1024/.exec((await keys("list")).out)?.[1];
    const before = await used();
    assertRefused(await signInto(signed, fresh()), 1, /signed already/);
    assertRefused(await signInto(message, signed), 2, /such a file already/);
    assertRefused(await signInto(await made({ ...WISH, region: "600201" }), fresh()), 1, /600201 has no signing key/);
    assertRefused(await signInto(await made({ ...WISH, signing_key: 2 }), fresh()), 1, /no signing key 2/);
    assert.equal(await used(), before);
  });

  it("refuses to sign with a restored counter, and with two restored files when a later message is shown", async () => {
    const [folder_beside, state] = [`${store}.signing`, folder.file("state")];
    const saved = [folder_beside, state].map((from) => {
      const to = fresh();
      fs.cpSync(from, to, { recursive: true });
      return { from, to };
    });
    const restore = (which: number) => {
      const { from, to } = saved[which];
      fs.rmSync(from, { recursive: true });
      fs.cpSync(to, from, { recursive: true });
    };
    const message = await made({ ...WISH, version: 11 });
    const last = fresh();
    await signInto(message, fresh());
    await signInto(message, last);
    restore(0);
    assertRefused(await signInto(message, fresh()), 1, /signs no more: .* old copy/);
    assert.match((await keys("list")).out, /signs no more, its counter is not the newest/);
    restore(1);
    assertRefused(await signInto(message, fresh(), "--seen", last), 1, /is there already, so its state is old/);
    assertRefused(await signInto(message, fresh(), "--seen", message), 1, /is not signed by the signing key 1/);
  });

  it("keys: a second make refuses, the public key is that of the store, an export for a board has it", async () => {
    assertRefused(await keys("make", "--region", REGION, "--signing"), 1, /has a signing key already/);
    const json = JSON.parse((await keys("public", "--region", REGION, "--json")).out) as { public_key: string };
    assert.equal(`${json.public_key}\n`, fs.readFileSync(public_file, "utf8"));
    assertRefused(await keys("public", "--region", REGION, "--revision", "2"), 1, /no signing key 2/);
    const [out, other] = [fresh(), writeClosed(fresh(), OTHER)];
    const words = ["--region", REGION, "--meter", METER, "--for", "board", "--out", out];
    const given = await keys("export", ...words, "--other-passphrase-file", other);
    assert.equal(given.exit_code, 0, given.err);
    const passphrase = new Secret(Buffer.from(OTHER));
    const { content } = await openEnvelope(fs.readFileSync(out, "utf8"), [BOARD_FORMAT], passphrase, out);
    const ring = await openStore(store, PASSPHRASE);
    assertNoSecret(content.toString("latin1"), [ring.signing[0].seed]);
    assert.deepEqual(boardKeysIn(content, out).signing, { revision: 1, public_key: json.public_key });
  });

  it("keys: a seed stays where it is: rotating other keys keeps it, importing a copy does not take it", async () => {
    const ring = await openStore(store, PASSPHRASE);
    assert.equal(ring.signing.length, 1);
    assert.deepEqual(withRotated(ring, REGION, "card", LATER).signing, ring.signing);
    const without = new KeyRing(ring.keys.filter(({ kind }) => kind !== "radio"));
    assert.deepEqual(merged(without, ring, "copy").ring.signing, []);
    assert.deepEqual(merged(ring, new KeyRing(), "copy").ring.signing, ring.signing);
  });

  it("keys: rotate makes a new revision with a counter of its own, and the old one's messages still verify", async () => {
    const given = await keys("rotate", "--region", REGION, "--kind", "signing", "--json");
    assert.equal(given.exit_code, 0, given.err);
    const { made: row } = JSON.parse(given.out) as { made: { revision: number; current: boolean; note: string } };
    assert.deepEqual([row.revision, row.current], [2, true]);
    const signed = fresh();
    const sign = await signInto(await made({ ...WISH, signing_key: 2 }), signed, "--json");
    assert.equal((JSON.parse(sign.out) as { leaf: number }).leaf, 0);
    assertRefused(await answer("tariff", "verify", signed, "--public-key", public_file), 1, /bad/);
    const verified = await inStore(["tariff", "verify", signed]);
    assert.equal(verified.exit_code, 0);
  });

  it("shows no secret in all of this", async () => {
    const ring = await openStore(store, PASSPHRASE);
    assertNoSecret(printed.join("\n"), [...ring.keys.map(({ key }) => key), ...ring.signing.map(({ seed }) => seed)]);
    for (const file of fs.readdirSync(`${store}.signing`)) {
      if (file.endsWith(".counter")) {
        assertNoSecret(
          fs.readFileSync(`${store}.signing/${file}`, "latin1"),
          ring.signing.map(({ seed }) => seed),
        );
      }
    }
  });
});
