/**
 * The view: what a person, an expectation or a page can see of a running world, by name.
 *
 * Numbers: volume_l reverse_l balance_milli debt_milli charged_milli standing_milli credited_milli lifeline_l month_l
 *   flow_l_h events alarms tariff unit_price_milli supply_mv leak_h burst_h dry_h reverse_h voucher_sequence
 *   voucher_cumulative_milli card_wait_s delivered_ml token_wait_s flow_limit_l_h
 * Texts: valve (open closed between unknown), wanted (open close), display (8 characters, spaces shown as "_"),
 *   annunciators ("-" when none), shut_by (reasons joined by "+", "-" when none), info (codes joined by "+", "-"),
 *   last_event (code of the newest event, "-"), sensor (ok, cable_cut, impossible_rate), boot (ok, off, or the refusal),
 *   said (the last line at the service port, spaces shown as "_"), card (what came of the last card since the boot,
 *   firmware/card/results.ts, none), token (what came of the last number that was keyed in since the boot, none)
 */
import { assert } from "../../firmware/assert";
import { alarmed } from "../../firmware/display/pages";
import { eventAt } from "../../firmware/event_log";
import { flowNow } from "../../firmware/metrology/flow";
import { CODE_BURST, CODE_DRY, CODE_LEAK, CODE_REVERSE, activeHours } from "../../firmware/metrology/info_codes";
import { describeCodes } from "../../firmware/service/read_out";
import type { Meter } from "../../firmware/state";
import { decimal } from "../../firmware/text";
import { takesTokens } from "../../firmware/token/settings";
import { describeReasons } from "../../firmware/valve/reasons";
import { deliveredMl } from "../twins/flow_sensor";
import { truePosition } from "../twins/valve";
import { numberField, textField } from "./trace";
import type { World } from "./world";

export const NUMBER_FIELDS = [
  "volume_l",
  "reverse_l",
  "balance_milli",
  "debt_milli",
  "charged_milli",
  "standing_milli",
  "credited_milli",
  "lifeline_l",
  "month_l",
  "flow_l_h",
  "events",
  "alarms",
  "tariff",
  "unit_price_milli",
  "supply_mv",
  "leak_h",
  "burst_h",
  "dry_h",
  "reverse_h",
  "voucher_sequence",
  "voucher_cumulative_milli",
  "card_wait_s",
  "delivered_ml",
  "token_wait_s",
  "flow_limit_l_h",
] as const;

export const TEXT_FIELDS = [
  "valve",
  "wanted",
  "display",
  "annunciators",
  "shut_by",
  "info",
  "last_event",
  "sensor",
  "boot",
  "said",
  "card",
  "token",
] as const;

/** Fields of a meter with tokens; a trace ends with them only where there is one. */
export const TOKEN_FIELDS: string[] = ["token_wait_s", "flow_limit_l_h", "token"];

const MILLISECONDS = 1000;

function visible(text: string): string {
  let shown = "";
  for (let i = 0; i < text.length; i++) {
    const character = text.substring(i, i + 1);
    shown = shown + (character === " " ? "_" : character);
  }
  return shown.length === 0 ? "-" : shown;
}

function accountNumber(meter: Meter, name: string): number {
  const account = meter.account;
  switch (name) {
    case "balance_milli":
      return account.balance_milli;
    case "debt_milli":
      return account.debt_milli;
    case "charged_milli":
      return account.charged_milli;
    case "standing_milli":
      return account.standing_milli;
    case "credited_milli":
      return account.credited_milli;
    case "lifeline_l":
      return account.lifeline_l;
    case "month_l":
      return account.month_l;
    case "tariff":
      return account.tariff.id;
    default:
      assert(name === "unit_price_milli", "an expectation names a field that exists");
      return account.unit_price_milli;
  }
}

function cardNumber(meter: Meter, name: string): number {
  const card = meter.card;
  switch (name) {
    case "voucher_sequence":
      return card.books.sequence;
    case "voucher_cumulative_milli":
      return card.books.cumulative_milli;
    case "card_wait_s":
      return Math.floor((Math.max(0, card.wait_until_ms - meter.hal.timer.now_ms()) + MILLISECONDS - 1) / MILLISECONDS);
    case "token_wait_s":
      return Math.max(
        0,
        meter.tokens.state.session.locked_until_s - Math.floor(meter.hal.timer.now_ms() / MILLISECONDS),
      );
    case "flow_limit_l_h":
      return meter.tokens.flow_limit_l_h;
    default:
      return accountNumber(meter, name);
  }
}

function meterNumber(meter: Meter, name: string): number {
  switch (name) {
    case "volume_l":
      return meter.register.volume_l;
    case "reverse_l":
      return meter.register.reverse_l;
    case "flow_l_h":
      return flowNow(meter.flow, meter.hal.timer.now_ms(), meter.register);
    case "events":
      return meter.log.count;
    case "alarms":
      return alarmed(meter) ? 1 : 0;
    case "leak_h":
      return activeHours(meter.info, CODE_LEAK);
    case "burst_h":
      return activeHours(meter.info, CODE_BURST);
    case "dry_h":
      return activeHours(meter.info, CODE_DRY);
    case "reverse_h":
      return activeHours(meter.info, CODE_REVERSE);
    default:
      return cardNumber(meter, name);
  }
}

/** A number of the view; 0 for all that only a meter knows when the boot was refused, and while it is off. */
export function viewNumber(world: World, name: string): number {
  switch (name) {
    case "supply_mv":
      return world.power.supply_mv;
    case "delivered_ml":
      return deliveredMl(world.flow, world.settings.pulse_litres);
    default:
      return world.meter === undefined ? 0 : meterNumber(world.meter, name);
  }
}

function meterText(meter: Meter, name: string): string {
  const newest = eventAt(meter.log, meter.log.count);
  switch (name) {
    case "wanted":
      return meter.supervisor.wanted;
    case "shut_by":
      return describeReasons(meter.reasons);
    case "info":
      return describeCodes(meter);
    case "sensor":
      return meter.sensor;
    case "card":
      return meter.card.last_result;
    case "token":
      return meter.tokens.last_result;
    default:
      assert(name === "last_event", "an expectation names a field that exists");
      return newest === undefined ? "-" : newest.code;
  }
}

/** A text of the view, without spaces; "-" when there is none. */
function viewText(world: World, name: string): string {
  switch (name) {
    case "valve":
      return truePosition(world.valve);
    case "display":
      return visible(world.display.text);
    case "annunciators":
      return visible(world.display.annunciators);
    case "boot":
      return visible(world.boot);
    case "said":
      return visible(world.service.said);
    default:
      return world.meter === undefined ? "-" : meterText(world.meter, name);
  }
}

function isTokenField(name: string): boolean {
  return TOKEN_FIELDS.indexOf(name) >= 0;
}

export function isNumberField(name: string): boolean {
  for (const field of NUMBER_FIELDS) {
    if (field === name) {
      return true;
    }
  }
  return false;
}

/** Any field of the view as text; numbers in decimal. */
export function viewField(world: World, name: string): string {
  return isNumberField(name) ? decimal(viewNumber(world, name)) : viewText(world, name);
}

/** Every field, as the fields of a trace line. */
export function viewFields(world: World): string {
  const tokens = takesTokens(world.settings.tokens);
  let fields = "";
  for (const name of NUMBER_FIELDS) {
    if (tokens || !isTokenField(name)) {
      fields = fields + numberField(name, viewNumber(world, name));
    }
  }
  for (const name of TEXT_FIELDS) {
    if (tokens || !isTokenField(name)) {
      fields = fields + textField(name, viewText(world, name));
    }
  }
  return fields;
}
