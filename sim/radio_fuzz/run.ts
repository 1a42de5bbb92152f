/**
 * Fuzz of the radio: one meter, frame after frame. After each case the meter is compared with what it was before:
 *
 *   crash            an exception came out of the firmware
 *   changed          something changed, and nobody with a key has said so
 *   false_credit     money changed without a genuine voucher
 *   refused          a genuine voucher was not taken: the fuzz has broken the meter, or looks at nothing
 *
 * The cases of a run follow from its seed and their order: a fault is found again by running up to it.
 */
import { booksBalance } from "../../firmware/credit/account";
import { NO_LIMIT_L } from "../../firmware/credit/tariff";
import { settingsFault } from "../../firmware/settings";
import type { Meter } from "../../firmware/state";
import { readRadioBooks } from "../../firmware/radio/radio_books";
import { contentBytes } from "../../firmware/radio/signed";
import { drawsOf, type Draws } from "../card_fuzz/draws";
import { passOn } from "../torture/dock";
import { METER, REGION, UTILITY, createBench, passInterval, type Bench } from "./bench";
import { MASTER_KEY, VOUCHER_KEY, drawCase, genuineCredit, type FuzzCase, type Sender } from "./cases";
import { signedOnce } from "./sign";

const FAULTS_MAX = 20;
/** Cases between two windows, and between two genuine credits. */
const WINDOW_CASES = 7;
const CREDIT_CASES = 101;
/** A judgement's steps take no longer. */
const VERIFIED_MS = 5000;
const PROGRESS_CASES = 100_000;

export interface RadioFault {
  case: number;
  name: string;
  kind: "crash" | "changed" | "false_credit" | "refused";
  detail: string;
}

export interface RadioFuzzResult {
  seed: number;
  cases: number;
  by_name: Record<string, number>;
  credits_taken: number;
  telegrams_sent: number;
  faults: RadioFault[];
  violations: number;
  cases_per_s: number;
}

/** Money, apart from what runs through: no water runs. */
function moneyOf({ account }: Meter): string {
  const { balance_milli, credited_milli, charged_milli, debt_milli } = account;
  return [balance_milli, credited_milli, charged_milli, debt_milli].join();
}

/** All that a message could change; counters of telegrams and hours go on by themselves. */
function standingOf(meter: Meter): string {
  const books = readRadioBooks(meter.annex.kept);
  const { books: card, last_result } = meter.card;
  const { remote_lock, tamper, customer_lock, not_commissioned, storage } = meter.reasons;
  return JSON.stringify([
    moneyOf(meter),
    meter.account.tariff,
    meter.account.pending ?? null,
    [card.sequence, card.cumulative_milli, card.order_sequence, card.hot_list, last_result],
    [remote_lock, tamper, customer_lock, not_commissioned, storage],
    meter.tokens.flow_limit_l_h,
    meter.settings,
    { ...books, reserved: 0, service_h: 0 },
  ]);
}

function beginSender(draws: Draws): { sender: Sender; region_key: string } {
  const tariff = { id: 8, start_utc_s: 0, standing_milli: 0, limits_l: [NO_LIMIT_L], prices_milli: [5000] };
  const content = contentBytes({
    utility: UTILITY,
    region: REGION,
    key_revision: 1,
    version: 8,
    start_utc_s: 0,
    scope: "meter",
    group: 0,
    meter: METER,
    tariff,
    friendly: undefined,
    holidays: [20_000],
    lifeline: undefined,
    emergency_milli: 5000,
  });
  const { region_key, content: signed } = signedOnce(draws, content);
  const sender: Sender = { counter: 0, request: 0, sequence: 0, cumulative_milli: 0, signed, replays: [] };
  return { sender, region_key };
}

/** What is wrong after a case, or "". */
function faultOf(meter: Meter, one: FuzzCase, before: string, money: string): [RadioFault["kind"], string] | undefined {
  if (moneyOf(meter) !== money) return ["false_credit", `${money} -> ${moneyOf(meter)}`];
  if (one.allowed === "nothing" && standingOf(meter) !== before)
    return ["changed", `${before} -> ${standingOf(meter)}`];
  const fault = settingsFault(meter.settings, 65_536);
  if (fault !== "" || !booksBalance(meter.account)) return ["changed", `books or setting ${fault}`];
  return undefined;
}

function play(bench: Bench, one: FuzzCase): void {
  for (const frame of one.frames) bench.arrive(frame);
  if (one.verifies) passOn(bench.dock, VERIFIED_MS);
}

/** A genuine voucher in a fresh window is taken. */
function proveAlive(bench: Bench, sender: Sender): boolean {
  passInterval(bench);
  const credited_milli = bench.meter.account.credited_milli;
  bench.arrive(genuineCredit(sender));
  return bench.meter.account.credited_milli === credited_milli + 1000;
}

export function fuzzRadio(seed: number, cases: number, on_progress?: (text: string) => void): RadioFuzzResult {
  const draws = drawsOf(seed, 0);
  const { sender, region_key } = beginSender(draws);
  const radio = {
    interval_s: 300,
    master_key: Buffer.from(MASTER_KEY).toString("hex"),
    region_key,
    region_key_revision: 1,
    region_key_next: "",
    group: 5,
    listen_minute: 0,
    listen_s: 0,
  };
  const bench = createBench(radio, VOUCHER_KEY);
  const result: RadioFuzzResult = {
    seed,
    cases: 0,
    by_name: {},
    credits_taken: 0,
    telegrams_sent: 0,
    faults: [],
    violations: 0,
    cases_per_s: 0,
  };
  const note = (name: string, kind: RadioFault["kind"], detail: string): void => {
    result.violations += 1;
    if (result.faults.length < FAULTS_MAX) result.faults.push({ case: result.cases, name, kind, detail });
  };
  const begun_ms = performance.now();
  for (; result.cases < cases; result.cases++) {
    if (result.cases % CREDIT_CASES === 0) {
      if (proveAlive(bench, sender)) result.credits_taken += 1;
      else note("credit", "refused", `sequence ${sender.sequence}`);
    }
    if (result.cases % WINDOW_CASES === 0) passInterval(bench);
    const one = drawCase(draws, sender);
    const before = standingOf(bench.meter);
    const money = moneyOf(bench.meter);
    try {
      play(bench, one);
      const fault = faultOf(bench.meter, one, before, money);
      if (fault !== undefined) note(one.name, fault[0], fault[1]);
    } catch (error) {
      note(one.name, "crash", error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    result.by_name[one.name] = (result.by_name[one.name] ?? 0) + 1;
    if ((result.cases + 1) % PROGRESS_CASES === 0) {
      on_progress?.(`${result.cases + 1} cases, ${result.violations} violations`);
    }
  }
  result.telegrams_sent = bench.sent;
  result.cases_per_s = Math.round((cases * 1000) / Math.max(1, performance.now() - begun_ms));
  return result;
}
