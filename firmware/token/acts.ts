/**
 * Acts: what a token that was found good does to the meter. All it does is one commit with the books in which it is
 * used up, made before anyone is told of it; what cannot be stored has not happened, and the token is good for another
 * time. A wrong number is committed in the same way, so that pulling the battery never makes the guesses fewer.
 */
import { clearCredit, creditRoom, lend, takeIn } from "../credit/ledger";
import { PAGE_FLOW, PAGE_FIRMWARE, PAGE_REGISTER, pageText } from "../display/pages";
import { commitOrLock } from "../keeping";
import { onTamper } from "../requests";
import type { Meter } from "../state";
import { note } from "../state";
import { tell } from "../supervision";
import { alignRight, creditField, decimal, padded } from "../text";
import { withCredit } from "./credit_list";
import type { TokenEffect, TokenJudgement, TokenMoment } from "./judgement";
import type { TokenAnswer } from "./meter_tokens";
import { tokenResultText } from "./results";
import type { MeterTest } from "./tests";
import { beforeToken, undoToken } from "./undo";

/** What a judgement has to know of the meter. */
export function tokenMoment(meter: Meter, now_ms: number): TokenMoment {
  return { now_s: Math.floor(now_ms / 1000), room: creditRoom(meter.account) };
}

/** Litres or milli-units that an effect lends; 0 when the settings are asked, and lend nothing, and at a standpipe. */
function lentBy(meter: Meter, effect: TokenEffect): number {
  if (effect.kind !== "lend" || meter.settings.standpipe_step_l > 0) {
    return 0;
  }
  return effect.amount > 0 ? effect.amount : Math.min(meter.settings.emergency_milli, creditRoom(meter.account));
}

/** Why a good token cannot be carried out by this meter now; "" when it can. */
function obstacle(meter: Meter, effect: TokenEffect): TokenAnswer | "" {
  switch (effect.kind) {
    case "credit_volume":
    case "credit_money":
    case "clear_credit":
      if (meter.reasons.not_commissioned) {
        return "not_commissioned";
      }
      // A standpipe keeps no credit: it would open to anybody, and go with the next card.
      return meter.settings.standpipe_step_l > 0 ? "range" : "";
    case "lend":
      if (meter.reasons.not_commissioned) {
        return "not_commissioned";
      }
      return lentBy(meter, effect) === 0 ? "range" : "";
    default:
      return "";
  }
}

function takeCredit(meter: Meter, amount: number): void {
  takeIn(meter.account, amount);
  meter.tokens.credits = withCredit(meter.tokens.credits, amount);
  note(meter, "credit_accepted", amount);
}

/** Does what is kept of an effect; what is not, like showing a test, comes after the commit. */
function change(meter: Meter, effect: TokenEffect): void {
  switch (effect.kind) {
    case "credit_volume":
      takeCredit(meter, effect.volume_l);
      break;
    case "credit_money":
      takeCredit(meter, effect.amount_milli);
      break;
    case "lend":
      lend(meter.account, lentBy(meter, effect));
      note(meter, "emergency_granted", meter.account.debt_milli);
      break;
    case "clear_credit":
      note(meter, "credit_cleared", meter.account.balance_milli);
      clearCredit(meter.account);
      break;
    case "clear_tamper":
      meter.reasons.tamper = false;
      note(meter, "tamper_cleared", meter.register.volume_l);
      break;
    case "limit_flow":
      meter.tokens.flow_limit_l_h = effect.flow_l_h;
      note(meter, "flow_limit", effect.flow_l_h);
      break;
    case "change_key":
      note(meter, effect.rolls_over ? "key_rolled_over" : "key_changed", effect.region);
      break;
    default:
      break;
  }
}

function testText(meter: Meter, test: MeterTest, now_ms: number): string {
  const key = meter.tokens.state.books.sts;
  switch (test) {
    case "register":
      return pageText(meter, PAGE_REGISTER, now_ms);
    case "key_revision":
      return "KRN" + alignRight(key === undefined ? "-" : decimal(key.revision), 5);
    case "tariff_index":
      return "TI" + alignRight(key === undefined ? "-" : padded(key.tariff_index, 2), 6);
    case "flow_limit":
      return "L" + alignRight(decimal(meter.tokens.flow_limit_l_h), 7);
    case "tamper":
      return meter.reasons.tamper ? "TAMPER" : "NO TAMP";
    case "flow":
      return pageText(meter, PAGE_FLOW, now_ms);
    case "firmware":
      return pageText(meter, PAGE_FIRMWARE, now_ms);
    default:
      return "88888888";
  }
}

/** Shows what a test token asks for, one after another; the valve is moved as in its monthly exercise, or not at all. */
function runTests(meter: Meter, tests: MeterTest[], now_ms: number): void {
  for (const test of tests) {
    if (test !== "valve") {
      meter.shown.queued.push(testText(meter, test, now_ms));
    } else if (meter.supervisor.phase === "resting" && meter.supervisor.wanted === "open") {
      // A shut valve is not tested: opening it would give water away.
      meter.supervisor.exercising = true;
      note(meter, "valve_exercise", meter.register.volume_l);
    }
  }
}

/** What follows a commit. */
function follow(meter: Meter, effect: TokenEffect, now_ms: number): void {
  const volume = meter.account.volume;
  switch (effect.kind) {
    case "credit_volume":
      meter.shown.queued.push("+" + creditField(volume, effect.volume_l, 7));
      break;
    case "credit_money":
      meter.shown.queued.push("+" + creditField(volume, effect.amount_milli, 7));
      break;
    case "clear_tamper":
      // What is still active latches again.
      onTamper(meter);
      break;
    case "run_tests":
      runTests(meter, effect.tests, now_ms);
      break;
    default:
      break;
  }
}

/** Commits the books after a judgement, with all that it does, and what the carrier of the token keeps of it. */
function keep(meter: Meter, judgement: TokenJudgement, also: () => void): boolean {
  const tokens = meter.tokens;
  const before = beforeToken(meter);
  tokens.state = judgement.state;
  change(meter, judgement.effect);
  if (judgement.result !== "accepted") {
    note(meter, "token_" + judgement.result, judgement.state.books.failures);
  }
  also();
  if (commitOrLock(meter)) {
    return true;
  }
  undoToken(meter, before);
  if (judgement.effect.kind === "none") {
    // The wait for a wrong number holds all the same.
    tokens.state = { books: before.state.books, session: judgement.state.session };
  }
  return false;
}

/** Carries out a judgement. */
function carryOut(meter: Meter, judgement: TokenJudgement, also: () => void): TokenAnswer {
  const tokens = meter.tokens;
  const result = judgement.result;
  const hindered = obstacle(meter, judgement.effect);
  if (hindered !== "") {
    note(meter, "token_" + hindered, 0);
    return hindered;
  }
  if (judgement.state.books !== tokens.state.books) {
    return keep(meter, judgement, also) ? result : "not_stored";
  }
  tokens.state = judgement.state;
  // Anyone can type what is no token, and during a wait: neither may push other events out of the log.
  if (result !== "accepted" && result !== "format" && result !== "lockout") {
    note(meter, "token_" + result, tokens.state.books.failures);
  }
  return result;
}

function answerText(answer: TokenAnswer): string {
  if (answer === "not_commissioned") {
    return "NOT INST";
  }
  return answer === "not_stored" ? "ERR MEM" : tokenResultText(answer);
}

/** Whether it is what the person at the keypad hoped for. */
function answerGood(answer: TokenAnswer): boolean {
  return (
    answer === "accepted" ||
    answer === "first_kct" ||
    answer === "second_kct" ||
    answer === "third_kct" ||
    answer === "fourth_kct"
  );
}

/**
 * Does what was judged, and tells of it. The caller has measured before, and settles after. `also` is done within the
 * commit that uses the token up, where there is one.
 */
export function actOnToken(meter: Meter, judgement: TokenJudgement, now_ms: number, also: () => void): TokenAnswer {
  const answer = carryOut(meter, judgement, also);
  meter.tokens.last_result = answer;
  const is_good = answerGood(answer);
  meter.hal.buzzer.beep(is_good ? "good" : "bad");
  meter.shown.queued = [];
  tell(meter, answerText(answer), now_ms);
  if (answer === "accepted") {
    follow(meter, judgement.effect, now_ms);
  }
  return answer;
}
