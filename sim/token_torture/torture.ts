/**
 * Torture: an entry is keyed in on a copy of a prepared memory; at every operation of that memory, and after each
 * number, forks in which the power fails go on aside.
 *
 *   fork   the meter boots, in three of ten forks to be cut again in its recovery; then it stands where it stood before
 *          the number or after it, and after it if a person has been told; what is left of the entry is keyed in, from
 *          its first number where it is a key change that is not through; then the meter stands where it must, once;
 *          the whole entry is keyed in again, and changes nothing
 *
 * Everything that varies is drawn from the seed, so that one combination can be found again.
 */
import type { Settings } from "../../firmware/settings";
import type { Meter } from "../../firmware/state";
import type { Tariff } from "../../firmware/credit/tariff";
import { NO_LIMIT_L } from "../../firmware/credit/tariff";
import { commission, takeCredit } from "../../firmware/index";
import { onKey } from "../../firmware/token/keypad";
import { tokenWait } from "../../firmware/token/lockout";
import { noTokens } from "../../firmware/token/settings";
import { SETTINGS, START_UTC_S } from "../card_torture/sessions";
import { createStand, freshSurroundings, letValveMove, powerUp, type Stand } from "../card_torture/stand";
import { passOn, type Surroundings } from "../torture/dock";
import { chance, numbersOf } from "../torture/numbers";
import { cloneNvm, createNvmTwin, type NvmOperation, type NvmTwin } from "../twins/nvm";
import { NVM_DAMAGES, damage } from "../twins/nvm_damage";
import { nvmGeometry } from "../twins/nvm_parts";
import { randomBelow, type RandomNumbers } from "../world/random_numbers";
import { FIRST_TID, KEY, OPENING_MILLI, PAYGO_KEY, PAYGO_START, type TokenEntry } from "./entries";

const AGAIN_PERMILLE = 300;
const RECOVERY_OPERATIONS = 14;
/** Longer than a search for an OpenPAYGO number, and than messages stay. */
const SEARCH_MS = 7000;
/** Longer than the first waits after wrong numbers. */
const WAIT_MS = 20_000;
const PAYGO_UNIT = 100;

const TARIFF: Tariff = { id: 1, start_utc_s: 0, standing_milli: 0, limits_l: [NO_LIMIT_L], prices_milli: [1000] };

const TOKEN_SETTINGS: Settings = {
  ...SETTINGS,
  tokens: {
    ...noTokens(),
    key: KEY,
    first_tid: FIRST_TID,
    paygo_key: PAYGO_KEY,
    paygo_start: PAYGO_START,
    paygo_unit: PAYGO_UNIT,
    repay_permille: 500,
  },
};

export interface TokenViolation {
  readonly id: string;
  readonly detail: string;
}

export interface TokenTorture {
  readonly entry: TokenEntry;
  readonly geometry: string;
  readonly seed: number;
  /** Commits before the entry, so that its own fall at another place of a sector. */
  readonly fill: number;
  readonly stands: Stand[];
  /** Where the meter must stand before the first number and after each. */
  readonly standings: string[];
  combinations: number;
  readonly violations: TokenViolation[];
}

/** All that tokens change, as a text. */
export function standingOf(meter: Meter): string {
  const { account, tokens, reasons } = meter;
  const { sts, tids, paygo, failures } = tokens.state.books;
  return JSON.stringify([
    [account.balance_milli, account.debt_milli, account.credited_milli, account.last_credit_milli],
    [sts?.key, sts?.revision, sts?.expiry, tids, failures, paygo?.count, paygo?.used],
    [tokens.flow_limit_l_h, tokens.credits, reasons.tamper],
  ]);
}

function meterOf(stand: Stand): Meter {
  if (stand.meter === undefined) throw new Error("the meter does not boot");
  if (stand.meter.keeper.storage !== "ok") throw new Error(`the memory is ${stand.meter.keeper.storage}`);
  return stand.meter;
}

/** Keys in a number and lets its search, its messages and the valve come to their ends. */
function keyIn(stand: Stand, digits: string): void {
  const meter = meterOf(stand);
  stand.beeps = [];
  for (const key of `${digits}#`) onKey(meter, key);
  if (meter.tokens.search !== undefined) passOn(stand.dock, SEARCH_MS);
  letValveMove(stand);
}

function tell(stand: Stand): boolean {
  return stand.beeps.length > 0;
}

/** What must hold whatever was cut; throws what does not. */
function judgeBetween(torture: TokenTorture, meter: Meter, place: number, told: boolean): void {
  const standing = standingOf(meter);
  const before = torture.standings[place];
  const after = torture.standings[place + 1];
  if (standing !== after && (told || standing !== before)) {
    throw new Error(
      `${told ? "told of, and " : ""}stands at ${standing}, not at ${told ? "" : `${before} or `}${after}`,
    );
  }
  const wait_s = meter.tokens.state.session.locked_until_s - Math.floor(meter.hal.timer.now_ms() / 1000);
  if (wait_s < tokenWait(meter.tokens.state.books.failures) - WAIT_MS / 1000)
    throw new Error("the wait is over too soon");
}

/** Places from which an entry goes on: a key change begins with its first part, for parts are forgotten. */
function resume(torture: TokenTorture, place: number): number {
  let first = place;
  while (first > 0 && torture.standings[first] === torture.standings[first - 1]) first -= 1;
  return first;
}

function finish(torture: TokenTorture, stand: Stand, place: number): void {
  const { entry, standings } = torture;
  const meter = meterOf(stand);
  const done = standingOf(meter) === standings[place + 1] && standings[place + 1] !== standings[place];
  const end = standings[standings.length - 1];
  if (entry.result === "crc") return;
  for (let next = done ? place + 1 : resume(torture, place); next < entry.numbers.length; next++) {
    keyIn(stand, entry.numbers[next]);
    if (meter.tokens.last_result === "crc") throw new Error(`number ${next} is wrong all at once`);
  }
  if (standingOf(meter) !== end) throw new Error(`ends at ${standingOf(meter)}, not at ${end}`);
  const { balance_milli, credited_milli, debt_milli } = meter.account;
  for (const digits of entry.numbers) {
    keyIn(stand, digits);
    if (meter.tokens.last_result === "accepted") throw new Error("a number is taken a second time");
  }
  const { account } = meter;
  if (
    account.balance_milli !== balance_milli ||
    account.credited_milli !== credited_milli ||
    account.debt_milli !== debt_milli
  ) {
    throw new Error("numbers that were taken change the account");
  }
}

interface Cut {
  readonly place: number;
  readonly numbers: RandomNumbers;
  readonly told: boolean;
}

/** A meter comes back on this memory, perhaps to be cut again. */
function recover(torture: TokenTorture, depth: number, from: Surroundings, nvm: NvmTwin, cut: Cut): void {
  const stand = torture.stands[depth];
  const at = nvm.operations + 1 + randomBelow(cut.numbers, RECOVERY_OPERATIONS);
  const problems: unknown[] = [];
  if (depth === 1 && chance(cut.numbers, AGAIN_PERMILLE)) {
    nvm.before = (operation) => {
      if (operation.number !== at) return;
      const inner = cloneNvm(nvm);
      damage(inner, operation, NVM_DAMAGES[randomBelow(cut.numbers, NVM_DAMAGES.length)], cut.numbers);
      torture.combinations += 1;
      try {
        recover(torture, depth + 1, stand.dock, inner, cut);
      } catch (problem) {
        problems.push(problem);
      }
    };
  }
  powerUp(stand, from, nvm, at);
  const meter = meterOf(stand);
  judgeBetween(torture, meter, cut.place, cut.told);
  letValveMove(stand);
  // A cut that comes later would meet another number than this one.
  nvm.before = () => undefined;
  finish(torture, stand, cut.place);
  if (problems.length > 0) throw problems[0];
}

function fork(
  torture: TokenTorture,
  nvm: NvmTwin,
  at: string,
  number: number,
  cut: Omit<Cut, "numbers">,
  operation?: NvmOperation,
): void {
  NVM_DAMAGES.forEach((name, kind) => {
    if (operation === undefined && kind > 0) return;
    const numbers = numbersOf(
      torture.seed,
      ((torture.fill * 1009 + number) * 31 + cut.place) * NVM_DAMAGES.length + kind,
    );
    const copy = cloneNvm(nvm);
    torture.combinations += 1;
    try {
      if (operation !== undefined) damage(copy, operation, name, numbers);
      recover(torture, 1, torture.stands[0].dock, copy, { ...cut, numbers });
    } catch (problem) {
      const { entry, geometry, seed, fill } = torture;
      const id = `tokens:entry=${entry.name}:geometry=${geometry}:seed=${seed}:fill=${fill}:number=${cut.place}:at=${at}.${name}`;
      torture.violations.push({ id, detail: problem instanceof Error ? problem.message : String(problem) });
    }
  });
}

/** A memory with a meter in service that has keyed in what comes before the entry, and committed so often. */
function prepare(entry: TokenEntry, stand: Stand, nvm: NvmTwin, fill: number): void {
  powerUp(stand, freshSurroundings(TOKEN_SETTINGS, START_UTC_S), nvm, 1);
  const meter = meterOf(stand);
  commission(meter, OPENING_MILLI);
  letValveMove(stand);
  for (const digits of entry.before) keyIn(stand, digits);
  for (let i = 0; i < fill; i++) takeCredit(meter, { sequence: meter.account.credit_sequence + 1, amount_milli: 0 });
}

/** The standings of an entry without any cut, held against what the entry says by hand. */
function trial(torture: TokenTorture, stand: Stand): void {
  const { entry, standings } = torture;
  const meter = meterOf(stand);
  const { balance_milli, debt_milli } = meter.account;
  standings.push(standingOf(meter));
  for (const digits of entry.numbers) {
    keyIn(stand, digits);
    standings.push(standingOf(meter));
  }
  const { account, tokens } = meter;
  if (
    account.balance_milli - balance_milli !== entry.added_milli ||
    account.debt_milli - debt_milli !== entry.lent_milli ||
    tokens.last_result !== entry.result
  ) {
    throw new Error(`${entry.name}: without a cut it comes to ${standingOf(meter)}, ${tokens.last_result}`);
  }
}

/** Keys one entry in, and cuts the power wherever it can fail. */
export function tortureEntry(entry: TokenEntry, geometry: string, seed: number, fill: number): TokenTorture {
  const around = freshSurroundings(TOKEN_SETTINGS, START_UTC_S);
  const base = createNvmTwin(nvmGeometry(geometry));
  const stands = [0, 1, 2].map(() => createStand(around, TOKEN_SETTINGS, TARIFF, base));
  const torture: TokenTorture = { entry, geometry, seed, fill, stands, standings: [], combinations: 0, violations: [] };
  prepare(entry, stands[0], base, fill);
  trial(torture, stands[0]);
  const nvm = createNvmTwin(nvmGeometry(geometry));
  prepare(entry, stands[0], nvm, fill);
  let number = 0;
  entry.numbers.forEach((digits, place) => {
    stands[0].beeps = [];
    nvm.before = (operation) => {
      number += 1;
      fork(torture, nvm, String(number), number, { place, told: tell(stands[0]) }, operation);
    };
    keyIn(stands[0], digits);
    number += 1;
    fork(torture, nvm, "end", number, { place, told: true });
  });
  return torture;
}
