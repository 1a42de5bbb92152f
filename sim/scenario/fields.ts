/**
 * Fields of the view (sim/world/view.ts) that an expectation may name, and what each can be.
 *
 * The list is written out here because the view itself is portable code that answers any name at run time, and a
 * misspelt field has to be found before the run. A test compares the list with the view's end line.
 */
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
  "delivered_ml",
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
] as const;

/** Texts of which there are only so many. */
export const FIELD_VALUES: Readonly<Record<string, readonly string[]>> = {
  valve: ["open", "closed", "between", "unknown"],
  wanted: ["open", "close"],
  sensor: ["ok", "cable_cut", "impossible_rate"],
};

/** Fields in which the view shows a space as "_"; a scenario writes the space. */
export const SPACED_FIELDS: readonly string[] = ["display", "said"];

export const DISPLAY_CHARACTERS = 8;

export function isNumberField(field: string): boolean {
  return (NUMBER_FIELDS as readonly string[]).includes(field);
}
