/**
 * Requests: what people and the utility ask of the meter. Those of the utility have been authenticated by their carrier
 * (card, token, radio message) before they come here; each changes everything it means or nothing, and is logged. What
 * a power cut could take back is not acknowledged: a change is committed first, and then told ("not_stored" when it
 * cannot be).
 */
import { assert } from "./assert";
import type { TariffResult } from "./credit/billing_time";
import { acceptTariff } from "./credit/billing_time";
import type { Credit, CreditResult } from "./credit/ledger";
import { acceptCredit, creditInRange, grantEmergency } from "./credit/ledger";
import { readyForTariff, stateBefore, storeChange, storeTariff } from "./keeping";
import { crossBoundary, measure } from "./metering";
import type { Meter } from "./state";
import { note } from "./state";
import { settle, tell } from "./supervision";
import { creditField } from "./text";
import type { Tariff } from "./credit/tariff";

/**
 * Puts the meter into service with an opening credit. Water that ran before is in the register but on no one's account.
 * The opening credit has sequence 0, so the first credit sold has sequence 1.
 */
export function commission(meter: Meter, opening_milli: number): CreditResult | "commissioned_before" | "not_stored" {
  if (!meter.reasons.not_commissioned) {
    return "commissioned_before";
  }
  if (meter.reasons.storage) {
    return "not_stored";
  }
  if (!creditInRange(opening_milli)) {
    note(meter, "commission_refused", opening_milli);
    return "out_of_range";
  }
  const now_ms = meter.hal.timer.now_ms();
  measure(meter, now_ms);
  const before = stateBefore(meter);
  meter.reasons.not_commissioned = false;
  note(meter, "commissioned", opening_milli);
  // The time first: whether these are friendly hours decides what it means to have no opening credit.
  crossBoundary(meter, now_ms);
  meter.account.credit_sequence = -1;
  const result = acceptCredit(meter.account, { sequence: 0, amount_milli: opening_milli });
  assert(result === "accepted", "empty books take any credit in range");
  const stored = storeChange(meter, before);
  settle(meter, now_ms);
  return stored ? result : "not_stored";
}

type CreditAnswer = CreditResult | "not_commissioned" | "not_stored";

/** Books a credit and commits it. */
function bookCredit(meter: Meter, credit: Credit): CreditAnswer {
  if (meter.reasons.not_commissioned) {
    return "not_commissioned";
  }
  const before = stateBefore(meter);
  const result = acceptCredit(meter.account, credit);
  if (result !== "accepted") {
    return result;
  }
  note(meter, "credit_accepted", credit.amount_milli);
  return storeChange(meter, before) ? result : "not_stored";
}

/** Takes a credit. Water drawn before it is charged first. */
export function takeCredit(meter: Meter, credit: Credit): CreditAnswer {
  const now_ms = meter.hal.timer.now_ms();
  measure(meter, now_ms);
  const result = bookCredit(meter, credit);
  if (result === "accepted") {
    meter.hal.buzzer.beep("good");
    tell(meter, "+" + creditField(meter.account.volume, credit.amount_milli, 7), now_ms);
  } else {
    note(meter, "credit_refused", credit.sequence);
    meter.hal.buzzer.beep("bad");
    tell(meter, "REFUSED", now_ms);
  }
  settle(meter, now_ms);
  return result;
}

/** Takes a tariff; it holds from its start, or at once. Water drawn before is charged at the old price. */
export function takeTariff(meter: Meter, tariff: Tariff): TariffResult | "not_stored" {
  const now_ms = meter.hal.timer.now_ms();
  measure(meter, now_ms);
  // A tariff whose time has come holds before a newer one can take its place.
  crossBoundary(meter, now_ms);
  readyForTariff(meter);
  const before = stateBefore(meter);
  const result = acceptTariff(meter.account, tariff);
  note(meter, result === "accepted" ? "tariff_accepted" : "tariff_refused", tariff.id);
  crossBoundary(meter, now_ms);
  const stored = result !== "accepted" || storeTariff(meter, before);
  settle(meter, now_ms);
  return stored ? result : "not_stored";
}

/** Locks or unlocks the valve. An unlocking that cannot be stored leaves it shut by reason `storage`. */
export function lockRemotely(meter: Meter, locked: boolean): void {
  meter.reasons.remote_lock = locked;
  note(meter, locked ? "remote_lock_on" : "remote_lock_off", meter.register.volume_l);
  settle(meter, meter.hal.timer.now_ms());
}

/** Clears the tamper latch. What is still active latches again at once. */
export function clearTamper(meter: Meter): void {
  meter.reasons.tamper = false;
  note(meter, "tamper_cleared", meter.register.volume_l);
  onTamper(meter);
}

/** Latches active tamper inputs; the handler of the tamper port. */
export function onTamper(meter: Meter): void {
  const tamper = meter.hal.tamper;
  const now_ms = meter.hal.timer.now_ms();
  const open = tamper.active("case");
  const magnet = tamper.active("magnet");
  const reader = tamper.active("reader");
  if (open || magnet || reader) {
    // The value names the inputs: 1 case, 2 magnet, 4 reader.
    note(meter, "tamper", (open ? 1 : 0) + (magnet ? 2 : 0) + (reader ? 4 : 0));
    if (meter.settings.tamper_shuts) {
      meter.reasons.tamper = true;
    }
    meter.hal.buzzer.beep("bad");
  }
  if (meter.sensor === "cable_cut" && meter.settings.tamper_shuts) {
    meter.reasons.tamper = true;
  }
  settle(meter, now_ms);
}

export function bookEmergency(meter: Meter): boolean {
  if (meter.reasons.not_commissioned) {
    return false;
  }
  const before = stateBefore(meter);
  if (grantEmergency(meter.account, meter.settings) !== "granted") {
    return false;
  }
  note(meter, "emergency_granted", meter.account.debt_milli);
  return storeChange(meter, before);
}
