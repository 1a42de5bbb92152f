/**
 * Third party: Debian's libfreefare, through libnfc's driver pn532_uart on a pair of ptys, and `curbstop sim card` with
 * its reader on the other end. libfreefare computes keys, MACs and ciphers itself, and checks those of the card.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { textBytes } from "../../../firmware/card/bytes";
import { FILE_VOUCHER, KEY_DESK, KEY_METER, VOUCHER_BYTES } from "../../../firmware/card/files";
import { readVoucher, voucherBytes, type Voucher } from "../../../firmware/card/voucher";
import { cmacKey } from "../../../firmware/crypto/cmac";
import { loadCard, saveCard } from "../../../sim/card/image_file";
import type { DesfireCard } from "../../../sim/desfire/card";
import { createRandomTwin } from "../../../sim/twins/random";
import { cardKey } from "../../../tools/card/layout";
import { Rig, SECOND_MS } from "../../firmware/rig";
import * as desk from "../../firmware/card/desk";
import { clientMissing, compileClient, type Client } from "./freefare_client";
import { missingPrograms, skipBecause } from "./pending";
import { insertByCommand, startPtyPair, type InsertedCard, type PtyPair } from "./reader_command";

const FACTORY_KEY = "00".repeat(16);
const WRONG_KEY = "5a".repeat(16);
/** The utility's application as libfreefare writes its number (firmware/card/files.ts). */
const CURBSTOP = "c5b570";
const AUTHENTICATION_ERROR = "ae";

const hex = (bytes: readonly number[]): string => Buffer.from(bytes).toString("hex");
/** What came of each verb, without the line that names the card. */
const answers = (lines: string[]): string[] => lines.slice(1);

describe("the virtual card behind its PN532 (third party: libfreefare and libnfc on ptys of socat)", function () {
  let folder = "";
  let image = "";
  let pair: PtyPair | undefined;
  let client: Client;
  let inserted: InsertedCard | undefined;

  before(async function () {
    const programs = missingPrograms(["socat", "nfc-list", "mifare-desfire-info"]);
    folder = mkdtempSync(join(tmpdir(), "curbstop-freefare-"));
    const reason = programs ?? (await clientMissing(folder));
    if (reason !== undefined) skipBecause(this, reason);
    pair = await startPtyPair(folder);
    client = await compileClient(folder, pair.host);
  });
  beforeEach(() => (image = join(folder, `${Math.random()}.card`)));
  afterEach(async () => {
    await inserted?.takeOut();
    inserted = undefined;
  });
  after(async () => {
    await pair?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Puts the card of the image into the reader, a fresh one when there is none; its UID. */
  async function insert(): Promise<string> {
    inserted = await insertByCommand("--reader", "pn532", "--port", pair!.device, "--image", image);
    return (JSON.parse(inserted.lines()[0]) as { uid: string }).uid;
  }

  async function program(name: string): Promise<string> {
    const env = { ...process.env, LIBNFC_DEVICE: `pn532_uart:${pair!.host}` };
    return (await promisify(execFile)(name, [], { env })).stdout;
  }

  /** A user card that our desk has laid out, in the image. */
  async function issue(): Promise<desk.TestCard> {
    const held = await desk.issued("user");
    saveCard(image, held.card);
    return held;
  }

  const keyOf = ({ uid, region, masters }: desk.TestCard, number: number): string =>
    hex(cardKey(desk.crypto, masters, uid, region, number));

  const kept = (): DesfireCard => loadCard(image, desk.crypto, createRandomTwin(1))!;

  it("is seen by nfc-list and described by mifare-desfire-info as a DESFire EV1 of 4 KB, fresh from the factory", async () => {
    const uid = await insert();
    const spaced = uid.match(/../g)!.join("  ");
    const seen = await program("nfc-list");
    assert.ok(seen.includes(`UID (NFCID1): ${spaced}`), seen);
    const described = await program("mifare-desfire-info");
    assert.match(described, new RegExp(`Version information for tag ${uid}`, "i"));
    assert.match(described, /Storage size: +0x18 \(=4096 bytes\)/);
    assert.match(described, /Software Information:[^]*Version: +1\.4/);
    assert.match(described, /Master Key settings \(0x0f\)/);
    assert.match(described, /Free memory: 4864 bytes/);
  });

  it("fresh from the factory lets in who has the key of zeros, by AES, and makes an application and a value file", async () => {
    const uid = await insert();
    const said = await client(
      ...["select", "000000", "auth", "0", FACTORY_KEY, "uid"],
      ...["create_application", "123456", "0f", "3", "applications"],
      ...["select", "123456", "auth", "0", FACTORY_KEY],
      ...["create_value", "1", "3", "0000", "0", "100000", "500", "files", "settings", "1", "value", "1"],
    );
    assert.deepEqual(said, [
      "card Mifare DESFire",
      "select ok",
      "auth ok",
      `uid ok ${uid}`,
      "create_application ok",
      "applications ok 123456",
      "select ok",
      "auth ok",
      "create_value ok",
      "files ok 1",
      "settings ok type=2 mode=3 rights=0000",
      "value ok 500",
    ]);
  });

  for (const [mode, name] of [
    ["0", "plain"],
    ["1", "under MAC"],
    ["3", "enciphered"],
  ]) {
    it(`shows a credit and a debit after the commit only, and drops them when it is selected anew (${name})`, async () => {
      await insert();
      const open = ["select", "123456", "auth", "0", FACTORY_KEY];
      const said = await client(
        ...["auth", "0", FACTORY_KEY, "create_application", "123456", "0f", "1", ...open],
        ...["create_value", "1", mode, "0000", "0", "100000", "500"],
        ...["credit", "1", "300", "value", "1", "commit", "value", "1"],
        ...["debit", "1", "100", "value", "1", "commit", "value", "1"],
        ...["debit", "1", "50", ...open, "value", "1"],
        ...["credit", "1", "7", "abort", "value", "1"],
        ...["debit", "1", "701"],
      );
      assert.deepEqual(
        answers(said).filter((line) => line.startsWith("value")),
        ["value ok 500", "value ok 800", "value ok 800", "value ok 700", "value ok 700", "value ok 700"],
      );
      // 0xBE: beyond a limit of the file.
      assert.equal(said.at(-1), "debit be");
      assert.deepEqual(
        said.filter((line) => /(credit|commit|abort)/.test(line) && !line.endsWith(" ok")),
        [],
      );
    });
  }

  it("answers a wrong key with AE, and an application that asks for its key lets no one else make files", async () => {
    await insert();
    const said = await client(
      ...["auth", "0", WRONG_KEY, "auth", "0", FACTORY_KEY, "create_application", "123456", "0b", "1"],
      ...["select", "123456", "create_value", "1", "0", "0000", "0", "9", "5"],
      ...["auth", "0", WRONG_KEY, "create_value", "1", "0", "0000", "0", "9", "5", "files"],
    );
    assert.deepEqual(answers(said), [
      `auth ${AUTHENTICATION_ERROR}`,
      "auth ok",
      "create_application ok",
      "select ok",
      `create_value ${AUTHENTICATION_ERROR}`,
      `auth ${AUTHENTICATION_ERROR}`,
      `create_value ${AUTHENTICATION_ERROR}`,
      "files ok",
    ]);
  });

  it("is the same card when it is taken out and put in again", async () => {
    const uid = await insert();
    await client("auth", "0", FACTORY_KEY, "create_application", "123456", "0f", "1");
    assert.equal(await inserted!.takeOut(), 0);
    assert.equal(await insert(), uid);
    assert.deepEqual(answers(await client("auth", "0", FACTORY_KEY, "applications")), [
      "auth ok",
      "applications ok 123456",
    ]);
  });

  it("laid out by our desk, shows a stranger its header and nothing else", async () => {
    const { uid } = await issue();
    assert.equal(await insert(), hex(uid));
    const said = await client("select", CURBSTOP, "files", "read", "1", "0", "16", "read", "2", "0", "64");
    assert.equal(said[2], "files ok 1 3 2");
    // Version 1, type 1 (user), region 600100; the number is that of the desk's cards, the generation 1.
    assert.match(said[3], /^read ok 0101600100[0-9a-f]{8}01000000000000$/);
    assert.equal(said[4], `read ${AUTHENTICATION_ERROR}`);
    // The factory's key opens neither the application nor the card's own level.
    assert.deepEqual(
      answers(await client("select", CURBSTOP, "auth", "2", FACTORY_KEY, "select", "000000", "auth", "0", FACTORY_KEY)),
      ["select ok", `auth ${AUTHENTICATION_ERROR}`, "select ok", `auth ${AUTHENTICATION_ERROR}`],
    );
  });

  it("takes a voucher under MAC from a stranger with the desk's key, and a meter credits it", async () => {
    const held = await issue();
    await insert();
    const voucher: Voucher = {
      ...{ utility: desk.UTILITY, region: held.region, meter: desk.METER, uid: held.uid, generation: 1, sequence: 1 },
      ...{ cumulative_milli: 500_000, tariff_id: 0, expiry_utc_s: 0, point_of_sale: 9 },
    };
    const bytes = hex(voucherBytes(cmacKey(desk.crypto, desk.VOUCHER_KEY), voucher));
    const open = ["select", CURBSTOP, "auth", `${KEY_DESK}`, keyOf(held, KEY_DESK)];
    const file = `${FILE_VOUCHER}`;
    const said = await client(...open, "settings", file, "write", file, "0", bytes);
    assert.deepEqual(answers(said), ["select ok", "auth ok", "settings ok type=1 mode=1 rights=1220", "write ok"]);
    // Written and not committed is not written.
    assert.deepEqual(answers(await client(...open, "read", file, "0", "64")).at(-1), `read ok ${"00".repeat(64)}`);
    assert.deepEqual(answers(await client(...open, "write", file, "0", bytes, "commit", "read", file, "0", "64")), [
      ...["select ok", "auth ok", "write ok", "commit ok", `read ok ${bytes}`],
    ]);
    await inserted!.takeOut();

    const rig = new Rig({ settings: { transport_key: desk.TRANSPORT_KEY } });
    for (const card of [(await desk.commissioningCard()).card, kept()]) {
      rig.world.card.insert_card(card);
      rig.pass(3 * SECOND_MS);
      rig.world.card.remove();
    }
    assert.equal(rig.meter.account.balance_milli, 600_000);
  });

  it("lets a stranger with the meter's key read the voucher, and not write it, nor without MAC", async () => {
    const held = await issue();
    await insert();
    const file = `${FILE_VOUCHER}`;
    const forged = "01".repeat(VOUCHER_BYTES);
    const meter = ["select", CURBSTOP, "auth", `${KEY_METER}`, keyOf(held, KEY_METER)];
    assert.deepEqual(answers(await client(...meter, "read", file, "0", "64", "write", file, "0", forged, "commit")), [
      ...["select ok", "auth ok", `read ok ${"00".repeat(64)}`, `write ${AUTHENTICATION_ERROR}`],
      // 0x0C: there is nothing to commit.
      "commit 0c",
    ]);
    const desks = ["select", CURBSTOP, "auth", `${KEY_DESK}`, keyOf(held, KEY_DESK)];
    assert.deepEqual(answers(await client(...desks, "write_plain", file, "0", forged, "commit")), [
      // AF: the card waits for the MAC, and takes nothing else for it.
      ...["select ok", "auth ok", "write_plain af", "commit ca"],
    ]);
    assert.equal(answers(await client(...desks, "read", file, "0", "64")).at(-1), `read ok ${"00".repeat(64)}`);
    assert.equal(answers(await client("select", CURBSTOP, "auth", "1", keyOf(held, KEY_DESK))).at(-1), "auth ae");
    await inserted!.takeOut();
    const file_kept = kept().applications[1].files.find(({ number }) => number === FILE_VOUCHER);
    assert.ok(file_kept !== undefined && file_kept.kind !== "value");
    assert.equal(readVoucher(textBytes(file_kept.content)), "none");
  });
});
