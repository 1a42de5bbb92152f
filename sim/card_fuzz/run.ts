/**
 * Run: cases of the fuzz, each a card held up to a meter, and what must hold of every one:
 *
 *   no_crash          nothing throws
 *   comes_to_an_end   the session ends within EXCHANGES_MAX exchanges, and the meter is ready for the next card
 *   refusal           without a good beep nothing has changed but counts and logs
 *   false_credit      credit comes only from a voucher that the card truly holds, genuine, for this meter and card, and
 *                     newer than what was taken; and exactly as much as it says
 *   false_order       whatever else changes comes from a genuine order
 *   false_word        a good beep has a genuine voucher or order behind it
 *   not_vacuous       a case without any mutation ends as its card deserves
 *   books_balance     the meter's money adds up
 */
import type { DesfireCard } from "../desfire/card";
import { cloneCard } from "../desfire/card";
import { respond } from "../desfire/respond";
import type { Random } from "../../hal/random";
import { FIRST_TARIFF, SESSION_TYPES, SETTINGS, START_UTC_S } from "../card_torture/sessions";
import { createStand, freshSurroundings, powerUp } from "../card_torture/stand";
import type { Standing } from "../card_torture/standing";
import { booksBalance, standingOf } from "../card_torture/standing";
import { createNvmTwin } from "../twins/nvm";
import { NVM_DEFAULT, nvmGeometry } from "../twins/nvm_parts";
import type { Bench } from "./bench";
import { bootBench, createBench, hold } from "./bench";
import type { BenchName, DeckCard } from "./deck";
import { makeDeck } from "./deck";
import type { Draws } from "./draws";
import { below, bytesOf, chance, drawsOf, pick } from "./draws";
import type { Link } from "./link";
import { drawMutations } from "./link";
import { alterMemory, fromImage } from "./memory";
import { trueOrder, trueVoucher } from "./truth";

/** Type of a transfer card (firmware/card/files.ts). */
const TRANSFER = 5;
/** Cases without any mutation, on a bench that is not the card's own, under lock-out, with altered memory, from an image. */
const PLAIN_PERMILLE = 20;
const OTHER_BENCH_PERMILLE = 100;
const LOCKED_PERMILLE = 5;
const MEMORY_PERMILLE = 350;
const IMAGE_PERMILLE = 150;
/** Altered cards that have altered answers as well. */
const BOTH_PERMILLE = 150;

export interface CaseFault {
  number: number;
  invariant: string;
  detail: string;
}

export interface Fuzz {
  seed: number;
  deck: DeckCard[];
  benches: Record<BenchName, Bench>;
  memory: number[][];
  cases: number;
  /** Sessions that ended well; images that made no card. */
  good: number;
  refused_images: number;
  faults: CaseFault[];
}

function benchAt(name: string): Bench {
  const type = SESSION_TYPES.find((one) => one.name === name);
  if (type === undefined) throw new Error(`there is no session ${name}`);
  const around = freshSurroundings(SETTINGS, START_UTC_S);
  const nvm = createNvmTwin(nvmGeometry(NVM_DEFAULT));
  const stand = createStand(around, SETTINGS, FIRST_TARIFF, nvm);
  powerUp(stand, around, nvm, 1);
  type.prepare(stand);
  return createBench(nvm, stand.dock);
}

/** Some genuine answers of another session. */
function answersBefore(deck: DeckCard[]): number[][] {
  const card = cloneCard(deck[0].card, { bytes: (length) => new Array<number>(length).fill(7) });
  const commands = [
    [0x90, 0x5a, 0, 0, 3, 0x70, 0xb5, 0xc5, 0],
    [0x90, 0xbd, 0, 0, 7, 1, 0, 0, 0, 16, 0, 0, 0],
    [0x90, 0xaa, 0, 0, 1, 1, 0],
    [0x90, 0xbd, 0, 0, 7, 2, 0, 0, 0, 64, 0, 0, 0],
  ];
  return commands.map((command) => respond(card, command));
}

export function createFuzz(seed: number): Fuzz {
  const deck = makeDeck();
  return {
    seed,
    deck,
    benches: { rich: benchAt("taken_already"), poor: benchAt("emergency"), fresh: benchAt("commissioning") },
    memory: answersBefore(deck),
    cases: 0,
    good: 0,
    refused_images: 0,
    faults: [],
  };
}

const BENCH_NAMES: readonly BenchName[] = ["rich", "poor", "fresh"];

interface Case {
  number: number;
  bench: Bench;
  from: DeckCard;
  card: DesfireCard;
  link: Link;
  plain: boolean;
  locked: boolean;
}

/** Draws a case; undefined when its image makes no card. */
function drawCase(fuzz: Fuzz, number: number): Case | undefined {
  const draws: Draws = drawsOf(fuzz.seed, number);
  const random: Random = { bytes: (length) => bytesOf(draws, length) };
  const from = pick(draws, fuzz.deck);
  const plain = chance(draws, PLAIN_PERMILLE);
  const kind = plain ? 999 : below(draws, 1000);
  const other = !plain && chance(draws, OTHER_BENCH_PERMILLE);
  const bench = fuzz.benches[other ? pick(draws, BENCH_NAMES) : from.bench];
  bench.draws = draws;
  let card: DesfireCard | undefined;
  if (kind < IMAGE_PERMILLE) {
    card = fromImage(draws, from.image, random);
    if (card === undefined) return undefined;
  } else {
    card = cloneCard(from.card, random);
    if (kind < IMAGE_PERMILLE + MEMORY_PERMILLE) alterMemory(draws, card, fuzz.deck);
  }
  const linked = !plain && (kind >= IMAGE_PERMILLE + MEMORY_PERMILLE || chance(draws, BOTH_PERMILLE));
  const mutations = linked ? drawMutations(draws) : [];
  const stranger = mutations.some(({ name }) => name === "stranger");
  const link: Link = {
    draws,
    card,
    stranger: stranger ? cloneCard(pick(draws, fuzz.deck).card, random) : card,
    mutations,
    exchanges: 0,
    answers: [],
    memory: fuzz.memory,
  };
  return { number, bench, from, card, link, plain, locked: !plain && chance(draws, LOCKED_PERMILLE) };
}

interface Seen {
  standing: Standing;
  text: string;
}

/** All that a refusal must leave: account, books without the failures, reasons. */
function look(bench: Bench): Seen {
  const { account, reasons, card } = bench.meter;
  const standing = standingOf(bench.meter);
  const { charged_milli, standing_milli, credit_sequence, last_credit_milli, month_l, day, month, cut } = account;
  const rest = [charged_milli, standing_milli, credit_sequence, last_credit_milli, month_l, day, month, cut];
  const shut = [reasons.no_credit, reasons.customer_lock, reasons.battery, reasons.storage];
  const names = [card.books.region, card.books.meter, card.books.voucher_key, card.books.card_key];
  return {
    standing,
    text: [...(Object.values(standing) as (string | number | boolean)[]), ...rest, ...shut, ...names].join("|"),
  };
}

/** A transfer takes the meter out of service and its balance along, no more and no less. */
function judgeTransfer(before: Standing, after: Standing, sequence: number): string {
  const obeyed = sequence > before.order_sequence && after.order_sequence === sequence && !after.commissioned;
  const taken_milli = before.credited_milli - after.credited_milli;
  const whole = after.balance_milli === 0 && after.debt_milli === 0;
  const exact = taken_milli === before.balance_milli - before.debt_milli;
  if (after.cumulative_milli !== before.cumulative_milli || !whole || !exact) return "false_credit";
  return obeyed ? "" : "false_order";
}

/**
 * Why this change, or this good beep, has no right to be; "" when it has one. Behind it is the card, or the one that
 * answers in its place: of two with the same UID and keys a meter cannot tell which it speaks with.
 */
function judgeAnswered({ card, link }: Case, judge: (card: DesfireCard) => string): string {
  const why = judge(card);
  return why !== "" && link.stranger.uid.join() === card.uid.join() ? judge(link.stranger) : why;
}

/** The same for a change, were this the card. */
function judgeChange(one: Case, card: DesfireCard, before: Standing, after: Standing): string {
  const added_milli = after.credited_milli - before.credited_milli;
  const utc_s = one.bench.meter.hal.clock.now_utc_s();
  if (after.sequence !== before.sequence && before.commissioned) {
    const held = trueVoucher(card, card.uid);
    const allowed =
      held !== undefined &&
      held.sequence > before.sequence &&
      held.sequence === after.sequence &&
      held.generation >= before.generation &&
      (held.expiry_utc_s === 0 || held.expiry_utc_s >= utc_s) &&
      held.cumulative_milli === after.cumulative_milli &&
      held.cumulative_milli - before.cumulative_milli === added_milli;
    return allowed && after.order_sequence === before.order_sequence ? "" : "false_credit";
  }
  const { may, type, sequence } = trueOrder(card, card.uid);
  if (!before.commissioned) return may === "commissions" ? "" : "false_order";
  if (type === TRANSFER && may === "acts") return judgeTransfer(before, after, sequence);
  if (added_milli !== 0 || after.cumulative_milli !== before.cumulative_milli) return "false_credit";
  const acted = may === "acts" && [4, 6, 7].includes(type) && sequence > before.order_sequence;
  return acted && sequence === after.order_sequence ? "" : "false_order";
}

function judgeCase(one: Case, before: Seen, ended: boolean): string {
  if (!ended) return "comes_to_an_end";
  const { meter, beeps } = one.bench;
  const after = look(one.bench);
  const good = beeps.includes("good");
  const changed = before.text !== after.text;
  if (!booksBalance(meter)) return "books_balance";
  if (changed && !good) return "refusal";
  if (changed) return judgeAnswered(one, (card) => judgeChange(one, card, before.standing, after.standing));
  const said = (card: DesfireCard): string =>
    ["reads", "acts"].includes(trueOrder(card, card.uid).may) ? "" : "false_word";
  if (good && judgeAnswered(one, said) !== "") return "false_word";
  return one.locked && one.link.exchanges > 0 ? "refusal" : "";
}

/** The hour of the lock-out is over, and no failure is remembered. */
function forgive(bench: Bench): void {
  bench.meter.card.wait_until_ms = 0;
  bench.meter.card.books.failures = 0;
}

/** What a range of cases came to. */
export interface FuzzResult {
  seed: number;
  from: number;
  cases: number;
  crashes: number;
  false_credits: number;
  /** All that did not hold, these two among them. */
  violations: number;
  good_sessions: number;
  refused_images: number;
  cases_per_s: number;
  /** The first of them. */
  faults: CaseFault[];
}

const FAULTS_SHOWN = 20;
const PROGRESS_EVERY = 100_000;

/** Plays cases `from` to `from + cases - 1`; a long run is gone on with behind the last one that was told of. */
export function runRange(
  seed: number,
  from: number,
  cases: number,
  on_progress: (next: number, violations: number) => void = () => undefined,
): FuzzResult {
  const fuzz = createFuzz(seed);
  const begun_ms = performance.now();
  for (let number = from; number < from + cases; number++) {
    runCase(fuzz, number);
    if ((number + 1) % PROGRESS_EVERY === 0) on_progress(number + 1, fuzz.faults.length);
  }
  const count = (name: string): number => fuzz.faults.filter(({ invariant }) => invariant === name).length;
  return {
    seed,
    from,
    cases: fuzz.cases,
    crashes: count("no_crash"),
    false_credits: count("false_credit"),
    violations: fuzz.faults.length,
    good_sessions: fuzz.good,
    refused_images: fuzz.refused_images,
    cases_per_s: Math.round((cases * 1000) / Math.max(1, performance.now() - begun_ms)),
    faults: fuzz.faults.slice(0, FAULTS_SHOWN),
  };
}

/** Plays one case and judges it; the meter is as before afterwards. */
export function runCase(fuzz: Fuzz, number: number): void {
  fuzz.cases += 1;
  let bench: Bench | undefined;
  let invariant: string;
  let detail: string;
  try {
    const one = drawCase(fuzz, number);
    if (one === undefined) {
      fuzz.refused_images += 1;
      return;
    }
    bench = one.bench;
    forgive(bench);
    if (one.locked) bench.meter.card.wait_until_ms = bench.dock.queue.now_ms + 1000;
    const before = look(bench);
    invariant = judgeCase(one, before, hold(bench, one.card, one.card.uid, one.link));
    const good = bench.beeps.includes("good");
    if (one.plain && invariant === "" && good !== (one.from.beep === "good")) invariant = "not_vacuous";
    detail = `${one.from.name} ${one.link.mutations.map(({ name, at }) => `${name}@${at}`).join("+")}`;
    fuzz.good += good ? 1 : 0;
    if (good || invariant !== "") bootBench(bench);
  } catch (error) {
    invariant = "no_crash";
    detail = error instanceof Error ? `${error.message} ${String(error.stack).split("\n")[1]}` : String(error);
    for (const name of BENCH_NAMES) bootBench(fuzz.benches[name]);
  }
  if (invariant !== "") fuzz.faults.push({ number, invariant, detail });
}
