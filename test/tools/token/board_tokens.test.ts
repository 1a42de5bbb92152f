/**
 * What a board gets for its tokens: the exported keys become settings, a nameplate and a meter, and that meter takes
 * what the desk sells, under EA11 and EA07, with the operator's tables too.
 */
import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import type { StaTables } from "../../../firmware/crypto/sta";
import { nameplateBytes, readNameplate } from "../../../firmware/nameplate";
import { judgeToken, type TokenEffect } from "../../../firmware/token/judgement";
import { createMeterTokens } from "../../../firmware/token/meter_tokens";
import type { TokenResult } from "../../../firmware/token/results";
import { tokenSettingsFault } from "../../../firmware/token/settings";
import { boardKeysIn, boardKeysOf, foreignKeys, sealBoardKeys, type BoardTokenOrder } from "../../../tools/keys/board";
import { BOARD_FORMAT, openEnvelope } from "../../../tools/keys/envelope";
import { KeyRing, withRegion } from "../../../tools/keys/ring";
import { firstTid, tokenSettings } from "../../../tools/token/board_tokens";
import { testSheet } from "../../../tools/token/sheet";
import { tablesIn } from "../../../tools/token/tables_file";
import { VendingDesk, type Order, type VendingOptions } from "../../../tools/token/vending";
import { blocks, settings } from "../../firmware/samples";
import { METER, NOON, PASSPHRASE, REGION, STS, WEAK, temporaryFolder } from "../keys/samples";
import { refusal } from "./samples";

/** Made for this test: nobody's tables. */
const TABLES: StaTables = {
  first: Array.from({ length: 16 }, (_, place) => (place * 7 + 3) % 16),
  second: Array.from({ length: 16 }, (_, place) => (place * 5 + 9) % 16),
  permutation: Array.from({ length: 64 }, (_, place) => (place * 11 + 5) % 64),
};
const checksum = (bytes: string): number => crc32(Buffer.from(bytes, "latin1"));

describe("tokens of an exported board", function () {
  const folder = temporaryFolder();
  const ring = withRegion(new KeyRing(), REGION, STS, NOON);
  let number = 0;

  /** Through the envelope and the nameplate, as a meter gets them; it is on NOON's day. */
  async function meterOf(order: BoardTokenOrder, mode: "volume" | "currency" = "volume") {
    const first_tid = firstTid(ring.current(REGION, "vending"), NOON);
    const board = boardKeysOf(ring, REGION, METER, {}, { ...order, first_tid });
    const text = await sealBoardKeys(board, PASSPHRASE, WEAK.scrypt_n);
    const opened = await openEnvelope(text, [BOARD_FORMAT], PASSPHRASE, "board", WEAK.scrypt_n);
    const read = boardKeysIn(opened.content, "board");
    assert.deepEqual(foreignKeys(read, ring), []);
    assert.ok(read.tokens !== undefined);
    const given = settings({ tokens: tokenSettings(read.tokens, mode) });
    assert.equal(tokenSettingsFault(given.tokens), "");
    const plate = readNameplate(
      nameplateBytes({ settings: given, tariff: blocks([[0, 1000]]), radio: "" }, checksum),
      checksum,
    );
    assert.ok(plate !== undefined);
    const { terms, state: begun } = createMeterTokens(plate.settings.tokens);
    let state = begun;
    return (token: string): TokenEffect | TokenResult => {
      const judgement = judgeToken(terms, state, token, { now_s: 0, room: 10 ** 9 });
      state = judgement.state;
      return judgement.result === "accepted" ? judgement.effect : judgement.result;
    };
  }

  const desk = (options: VendingOptions = {}, records = folder.file(`desk-${(number += 1)}`)) =>
    new VendingDesk(ring, records, { now: () => NOON, ...options });
  const order = (change: Partial<Order> = {}): Order => ({
    ...{ request: "r1", region: REGION, meter: METER, use: "water", amount: 10, reason: "" },
    ...change,
  });

  it("open what the desk sells under EA11, with another tariff index only what is sold with it", async () => {
    const { issued } = await desk().issue(order());
    assert.deepEqual((await meterOf({}))(issued.tokens[0]), { kind: "credit_volume", volume_l: 1000 });
    assert.equal((await meterOf({ ti: "07" }))(issued.tokens[0]), "crc");
    const other = await desk({ first: { ti: "07" } }).issue(order());
    assert.deepEqual((await meterOf({ ti: "07" }))(other.issued.tokens[0]), { kind: "credit_volume", volume_l: 1000 });
  });

  it("open EA07 tokens with the sample tables, and with the operator's, and never with the other ones", async () => {
    const sample = await desk({ first: { ea: 7 } }).issue(order());
    const own = await desk({ first: { ea: 7 }, tables: TABLES }).issue(order());
    const credit = { kind: "credit_volume", volume_l: 1000 };
    assert.deepEqual((await meterOf({ ea: 7 }))(sample.issued.tokens[0]), credit);
    assert.deepEqual((await meterOf({ ea: 7, tables: TABLES }))(own.issued.tokens[0]), credit);
    assert.equal((await meterOf({ ea: 7 }))(own.issued.tokens[0]), "crc");
    assert.equal((await meterOf({ ea: 7, tables: TABLES }))(sample.issued.tokens[0]), "crc");
  });

  it("are changed by two tokens under EA07, which stay under its tables", async () => {
    const at = desk({ first: { ea: 7 }, tables: TABLES });
    const take = await meterOf({ ea: 7, tables: TABLES });
    await at.issue(order());
    const { issued } = await at.changeKey({ request: "k", region: REGION, meter: METER, reason: "", ti: "02" });
    assert.equal(issued.tokens.length, 2);
    assert.equal(take(issued.tokens[0]), "first_kct");
    assert.equal((take(issued.tokens[1]) as TokenEffect).kind, "change_key");
    const next = await at.issue(order({ request: "r2" }));
    assert.deepEqual(take(next.issued.tokens[0]), { kind: "credit_volume", volume_l: 1000 });
  });

  it("are sold under the tables of the first sale, or not at all", async () => {
    const records = folder.file("tables");
    await desk({ first: { ea: 7 }, tables: TABLES }, records).issue(order());
    await assert.rejects(desk({}, records).issue(order({ request: "r2" })), refusal("wrong_tables", /give --tables/));
    const swapped = { ...TABLES, first: TABLES.second };
    const other = desk({ tables: swapped }, records).issue(order({ request: "r3" }));
    await assert.rejects(other, refusal("wrong_tables"));
  });

  it("bring OpenPAYGO where it is asked for, and nothing of it where it is not", async () => {
    const { issued } = await desk().issue(order({ paygo: { unit: 100 } }));
    const take = await meterOf({ paygo_unit: 100 });
    assert.deepEqual(take(issued.tokens[0]), { kind: "credit_volume", volume_l: 1000 });
    assert.equal((await meterOf({}))(issued.tokens[0]), "format");
  });

  it("are exported before their base date and after its end as well, for meters that are sold to later or never", () => {
    for (const [base_date, first_tid] of [
      [2035, 0],
      [1993, 2 ** 24 - 1],
    ] as const) {
      const other = withRegion(new KeyRing(), REGION, { ...STS, base_date }, NOON);
      assert.equal(firstTid(other.current(REGION, "vending"), NOON), first_tid);
      assert.equal(boardKeysOf(other, REGION, METER).tokens?.first_tid, first_tid);
    }
  });

  it("are noticed when they are another store's", () => {
    const board = boardKeysOf(ring, REGION, METER, {}, { paygo_unit: 100 });
    const other = withRegion(new KeyRing(), REGION, STS, NOON);
    assert.ok(foreignKeys(board, other).includes("tokens"));
    const tokens = board.tokens;
    assert.ok(tokens !== undefined);
    assert.deepEqual(foreignKeys({ ...board, tokens: { ...tokens, krn: 2 } }, ring), ["tokens"]);
  });

  it("are for a sheet of money too, whose steps a meter of money answers as it says", async () => {
    for (const ea of [7, 11] as const) {
      const at = desk({ first: { ea } });
      const vended = await at.issue(order({ use: "money", amount: 1000 }));
      const sheet = testSheet(vended, at.tokenKey(METER, vended.key));
      const take = await meterOf({ ea }, "currency");
      const { steps } = sheet.json as { steps: { token: string; qr: string; shows: string }[] };
      assert.deepEqual(
        steps.slice(-4).map(({ token }) => take(token)),
        ["crc", { kind: "credit_money", amount_milli: 1000 }, "used", "format"],
      );
      assert.match(sheet.text, /\[ \] ACCEPTED: 0\.01 more\n/);
      assert.deepEqual([sheet.codes.length, steps.every(({ qr, token }) => qr === token)], [steps.length, true]);
    }
  });

  it("come with tables only from a file in which every place stands once", () => {
    const text = (tables: object) => JSON.stringify(tables);
    assert.deepEqual(tablesIn(text(TABLES), "t"), TABLES);
    const twice = { ...TABLES, permutation: [...TABLES.permutation.slice(1), TABLES.permutation[1]] };
    assert.throws(() => tablesIn(text(twice), "t"), refusal("bad_input", /^t: permutation: every place/));
    assert.throws(() => tablesIn(text({ ...TABLES, first: [1] }), "t"), refusal("bad_input", /16, 16 and 64/));
    assert.throws(() => tablesIn("{", "t"), refusal("bad_file", /not JSON/));
    assert.throws(
      () => boardKeysOf(ring, REGION, METER, {}, { tables: TABLES }),
      refusal("bad_input", /belong to EA07/),
    );
  });
});
