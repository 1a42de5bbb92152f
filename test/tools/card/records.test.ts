/**
 * The desk's records: a crash at each step of the disk, with what was not forced to it kept, lost or torn, must leave
 * one sale where one was made.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import sinon from "sinon";
import type { DesfireCard } from "../../../sim/desfire/card";
import { finish } from "../../../tools/card/desk";
import { DeskError } from "../../../tools/card/desk_error";
import { topUp } from "../../../tools/card/sale";
import { temporaryFolder } from "../keys/samples";
import { METER, TestDesk, copyOf, emptyCard, refusal } from "./samples";

const STEPS = ["openSync", "ftruncateSync", "writeSync", "fsyncSync"] as const;
const AMOUNT = 500_000;
/** What a power cut leaves of what was written and not forced. */
const LEFT = { all: 1, none: 0, half: 0.5 };

interface Cut {
  readonly calls: string[];
  readonly restore: () => void;
}

/** The power goes at call `cut` of those that touch the records; half of a write may be on its way to the disk. */
function cutAt(file: string, cut: number, left: keyof typeof LEFT): Cut {
  const calls: string[] = [];
  const box = sinon.createSandbox();
  let descriptor: number | undefined;
  let forced_bytes = fs.statSync(file).size;
  for (const name of STEPS) {
    const real = fs[name] as (...words: unknown[]) => number;
    box.stub(fs, name as "openSync").callsFake((...words: unknown[]) => {
      const is_ours = name === "openSync" ? words[1] === "a" : words[0] === descriptor;
      if (!is_ours) return real(...words);
      calls.push(name);
      if (calls.length >= cut) {
        if (calls.length === cut && name === "writeSync") real(...words);
        const size = fs.statSync(file).size;
        if (size > forced_bytes) fs.truncateSync(file, forced_bytes + Math.floor((size - forced_bytes) * LEFT[left]));
        throw Object.assign(new Error("the power is off"), { code: "EIO" });
      }
      const result = real(...words);
      if (name === "openSync") descriptor = result;
      if (name === "fsyncSync") forced_bytes = fs.fstatSync(words[0] as number).size;
      return result;
    });
  }
  return { calls, restore: () => box.restore() };
}

describe("card desk: records", function () {
  const folder = temporaryFolder();
  let names = 0;
  const freshDesk = (): TestDesk => new TestDesk(folder.file(`${++names}.records`));

  /** A sale in a process that may die; whether the receipt was out. */
  async function sellUntil(desk: TestDesk, card: DesfireCard): Promise<boolean> {
    let is_told = false;
    await desk
      .visit(card, async (at) => {
        const { account } = await topUp(at, { amount_milli: AMOUNT, expiry_utc_s: 0, point_of_sale: 0 });
        is_told = true;
        finish(at, account);
      })
      .catch((error: unknown) => assert.ok(error instanceof DeskError && error.code === "records_file", String(error)));
    return is_told;
  }

  /** What a clerk does without a receipt: finishes the open sale, and sells when there is none. */
  async function again(desk: TestDesk, card: DesfireCard): Promise<void> {
    try {
      await desk.retry(card);
    } catch (error) {
      refusal("nothing_unfinished")(error);
      await desk.sell(card, AMOUNT);
    }
  }

  for (const left of Object.keys(LEFT) as (keyof typeof LEFT)[]) {
    it(`a crash at each step of the disk leaves exactly one sale (${left} of what was not forced is left)`, async () => {
      const desk = freshDesk();
      const origin = await desk.issued();
      const before = fs.readFileSync(desk.records);
      const steps: string[] = [];
      for (let cut = 1; ; cut++) {
        fs.writeFileSync(desk.records, before);
        const card = copyOf(origin);
        const power = cutAt(desk.records, cut, left);
        const is_told = await sellUntil(desk, card).finally(power.restore);
        const was_cut = power.calls.length >= cut;
        if (was_cut) steps.push(power.calls[cut - 1]);
        if (!is_told) await again(desk, card);
        const { paid_milli, voucher } = await desk.account();
        const on_card = await desk.voucher(card);
        assert.ok(on_card !== "none" && on_card !== undefined);
        assert.deepEqual(
          [paid_milli, voucher!.sequence, on_card.sequence, on_card.cumulative_milli],
          [AMOUNT, 1, 1, AMOUNT],
          `cut at ${cut}: ${steps.join(" ")}`,
        );
        if (!was_cut) break;
      }
      assert.deepEqual(steps, [
        ...["openSync", "ftruncateSync", "fsyncSync"],
        ...["writeSync", "fsyncSync", "writeSync", "fsyncSync"],
      ]);
    });
  }

  it("a sale is on the disk before the card's voucher changes", async () => {
    const desk = freshDesk();
    const card = await desk.issued();
    const seen: boolean[] = [];
    await desk.visit(card, async (at) => {
      const { transport } = at.link;
      const transmit = (apdu: number[]): Promise<number[]> => {
        // WriteData and CommitTransaction.
        if ([0x3d, 0xc7].includes(apdu[1])) seen.push(fs.readFileSync(desk.records, "utf8").includes('"kind":"sold"'));
        return transport.transmit(apdu);
      };
      const link = { ...at.link, transport: { ...transport, transmit } };
      await topUp({ ...at, link }, { amount_milli: AMOUNT, expiry_utc_s: 0, point_of_sale: 0 });
    });
    assert.deepEqual([seen.length > 1, seen.includes(false)], [true, false]);
  });

  it("are for their owner alone, and refused when others can read them", async () => {
    const desk = freshDesk();
    await desk.issued();
    assert.equal(fs.statSync(desk.records).mode & 0o777, 0o600);
    fs.chmodSync(desk.records, 0o644);
    await assert.rejects(desk.account(), /its mode is 644 \(chmod 600 .*\)$/);
  });

  it("a line that was changed, lost or moved is found, and named", async () => {
    const desk = freshDesk();
    const card = await desk.issued();
    await desk.sell(card, AMOUNT);
    await desk.sell(card, AMOUNT);
    const text = fs.readFileSync(desk.records, "utf8");
    const lines = text.trimEnd().split("\n");
    const spoiled: [string, number][] = [
      [text.replace('"amount_milli":500000', '"amount_milli":100000'), 4],
      [[...lines.slice(0, 3), ...lines.slice(4), ""].join("\n"), 4],
      [[lines[1], lines[0], ...lines.slice(2), ""].join("\n"), 1],
      [text.replace("600100", "600101"), 1],
      [`${text}\n`, lines.length + 1],
      [`${text}{"kind":"finished"}\n`, lines.length + 1],
      [`${text}[]\n`, lines.length + 1],
    ];
    for (const [bad, line] of spoiled) {
      fs.writeFileSync(desk.records, bad);
      await assert.rejects(desk.account(), refusal("records_damaged", new RegExp(`records:${line}: this line is not`)));
      assert.equal(fs.readFileSync(desk.records, "utf8"), bad, "it is left as it was");
    }
    fs.writeFileSync(desk.records, text);
    assert.equal((await desk.account()).paid_milli, 2 * AMOUNT);
  });

  it("an old copy sells nothing on a card that knows a later voucher", async () => {
    const desk = freshDesk();
    const card = await desk.issued();
    await desk.sell(card, AMOUNT);
    const old = fs.readFileSync(desk.records);
    await desk.sell(card, AMOUNT);
    fs.writeFileSync(desk.records, old);
    await assert.rejects(
      desk.sell(card, AMOUNT),
      refusal("records_behind", /it knows voucher 2, these records end at 1/),
    );
    assert.deepEqual(fs.readFileSync(desk.records), old);
  });

  it("two clerks at once sell two sales", async () => {
    const desk = freshDesk();
    const card = await desk.issued();
    const other = emptyCard();
    await Promise.all([desk.sell(card, AMOUNT), desk.issue(other, "600727000000000017"), desk.account()]);
    assert.equal((await desk.account()).paid_milli, AMOUNT);
    assert.equal((await desk.account("600727000000000017")).open, undefined);
    assert.equal((await desk.account(METER)).open, undefined);
  });
});
