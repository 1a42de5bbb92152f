/**
 * Quantities by VIF (EN 13757-3, 6.3 and 6.4): the table of primary VIFs and those of the extensions FD and FB that
 * water meters send. A run of VIFs has one quantity and an exponent that rises by one with each.
 */

/** What a value is. "maker": the maker's own; "unknown": not in these tables. */
export type Quantity =
  | "energy"
  | "volume"
  | "mass"
  | "on_time"
  | "operating_time"
  | "power"
  | "volume_flow"
  | "mass_flow"
  | "flow_temperature"
  | "return_temperature"
  | "temperature_difference"
  | "external_temperature"
  | "pressure"
  | "date"
  | "date_time"
  | "heat_cost_allocation"
  | "averaging_duration"
  | "actuality_duration"
  | "fabrication_number"
  | "enhanced_identification"
  | "bus_address"
  | "credit"
  | "debit"
  | "access_number"
  | "medium"
  | "manufacturer"
  | "parameter_set"
  | "model_version"
  | "hardware_version"
  | "firmware_version"
  | "software_version"
  | "customer_location"
  | "customer"
  | "error_flags"
  | "error_mask"
  | "digital_output"
  | "digital_input"
  | "duration_since_readout"
  | "duration_of_tariff"
  | "dimensionless"
  | "voltage"
  | "current"
  | "reset_counter"
  | "cumulation_counter"
  | "special_supplier_information"
  | "remaining_battery"
  | "relative_humidity"
  | "text"
  | "any"
  | "maker"
  | "unknown";

/** How the bytes of the value are meant, where the data field alone does not say it. */
export type Kind = "number" | "date" | "bits";

export interface Meaning {
  readonly quantity: Quantity;
  readonly unit: string;
  /** Power of ten. */
  readonly exponent: number;
  readonly kind: Kind;
}

interface Run extends Meaning {
  readonly first: number;
  readonly last: number;
}

function run(first: number, last: number, quantity: Quantity, unit: string, exponent = 0, kind: Kind = "number"): Run {
  return { first, last, quantity, unit, exponent, kind };
}

const DURATIONS = ["s", "min", "h", "d"];

/** Four VIFs of one duration: seconds, minutes, hours, days. */
function durations(first: number, quantity: Quantity): Run[] {
  return DURATIONS.map((unit, index) => run(first + index, first + index, quantity, unit));
}

const PRIMARY: readonly Run[] = [
  run(0x00, 0x07, "energy", "Wh", -3),
  run(0x08, 0x0f, "energy", "J", 0),
  run(0x10, 0x17, "volume", "m3", -6),
  run(0x18, 0x1f, "mass", "kg", -3),
  ...durations(0x20, "on_time"),
  ...durations(0x24, "operating_time"),
  run(0x28, 0x2f, "power", "W", -3),
  run(0x30, 0x37, "power", "J/h", 0),
  run(0x38, 0x3f, "volume_flow", "m3/h", -6),
  run(0x40, 0x47, "volume_flow", "m3/min", -7),
  run(0x48, 0x4f, "volume_flow", "m3/s", -9),
  run(0x50, 0x57, "mass_flow", "kg/h", -3),
  run(0x58, 0x5b, "flow_temperature", "C", -3),
  run(0x5c, 0x5f, "return_temperature", "C", -3),
  run(0x60, 0x63, "temperature_difference", "K", -3),
  run(0x64, 0x67, "external_temperature", "C", -3),
  run(0x68, 0x6b, "pressure", "bar", -3),
  run(0x6c, 0x6c, "date", "", 0, "date"),
  run(0x6d, 0x6d, "date_time", "", 0, "date"),
  run(0x6e, 0x6e, "heat_cost_allocation", ""),
  ...durations(0x70, "averaging_duration"),
  ...durations(0x74, "actuality_duration"),
  run(0x78, 0x78, "fabrication_number", ""),
  run(0x79, 0x79, "enhanced_identification", ""),
  run(0x7a, 0x7a, "bus_address", ""),
];

/** Behind FD. */
const EXTENSION_FD: readonly Run[] = [
  run(0x00, 0x03, "credit", "currency", -3),
  run(0x04, 0x07, "debit", "currency", -3),
  run(0x08, 0x08, "access_number", ""),
  run(0x09, 0x09, "medium", "", 0, "bits"),
  run(0x0a, 0x0a, "manufacturer", "", 0, "bits"),
  run(0x0b, 0x0b, "parameter_set", "", 0, "bits"),
  run(0x0c, 0x0c, "model_version", "", 0, "bits"),
  run(0x0d, 0x0d, "hardware_version", "", 0, "bits"),
  run(0x0e, 0x0e, "firmware_version", "", 0, "bits"),
  run(0x0f, 0x0f, "software_version", "", 0, "bits"),
  run(0x10, 0x10, "customer_location", ""),
  run(0x11, 0x11, "customer", ""),
  run(0x17, 0x17, "error_flags", "", 0, "bits"),
  run(0x18, 0x18, "error_mask", "", 0, "bits"),
  run(0x1a, 0x1a, "digital_output", "", 0, "bits"),
  run(0x1b, 0x1b, "digital_input", "", 0, "bits"),
  ...durations(0x2c, "duration_since_readout"),
  run(0x31, 0x31, "duration_of_tariff", "min"),
  run(0x32, 0x32, "duration_of_tariff", "h"),
  run(0x33, 0x33, "duration_of_tariff", "d"),
  run(0x3a, 0x3a, "dimensionless", ""),
  run(0x40, 0x4f, "voltage", "V", -9),
  run(0x50, 0x5f, "current", "A", -12),
  run(0x60, 0x60, "reset_counter", ""),
  run(0x61, 0x61, "cumulation_counter", ""),
  run(0x67, 0x67, "special_supplier_information", "", 0, "bits"),
  run(0x74, 0x74, "remaining_battery", "d"),
];

/** Behind FB. */
const EXTENSION_FB: readonly Run[] = [
  run(0x00, 0x01, "energy", "MWh", -1),
  run(0x08, 0x09, "energy", "GJ", -1),
  run(0x1a, 0x1b, "relative_humidity", "%", -1),
];

const UNKNOWN: Meaning = { quantity: "unknown", unit: "", exponent: 0, kind: "bits" };

function meaningIn(runs: readonly Run[], vif: number): Meaning {
  const found = runs.find(({ first, last }) => vif >= first && vif <= last);
  if (found === undefined) return UNKNOWN;
  return { ...found, exponent: found.exponent + vif - found.first };
}

/** Meaning of a VIF without its extension bit; of FD and FB that of the VIFE behind it. */
export function meaningOf(vif: number, extension: number | undefined): Meaning {
  if (vif === 0x7d && extension !== undefined) return meaningIn(EXTENSION_FD, extension);
  if (vif === 0x7b && extension !== undefined) return meaningIn(EXTENSION_FB, extension);
  if (vif === 0x7c) return { ...UNKNOWN, quantity: "text", kind: "number" };
  if (vif === 0x7e) return { ...UNKNOWN, quantity: "any", kind: "number" };
  if (vif === 0x7f) return { ...UNKNOWN, quantity: "maker" };
  return meaningIn(PRIMARY, vif);
}
