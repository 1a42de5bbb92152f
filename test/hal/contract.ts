/**
 * Contract: what every implementation of a port must keep, a twin and a board's driver alike.
 *
 *   describePortContract("valve", "twin", () => bench)   in a *.contract.test.ts
 */
import type { Benches, PortName } from "./benches";
import { CARD_RADIO_SUITES } from "./suites/card_and_radio";
import { DEVICE_SUITES } from "./suites/devices";
import { ENGINE_SUITES } from "./suites/engine";
import { FIRMWARE_SLOTS_SUITES } from "./suites/firmware_slots";
import { MEMORY_SUITES } from "./suites/memory_and_bytes";
import { PEOPLE_SUITES } from "./suites/people";
import { TIME_SUITES } from "./suites/time";

export type Suites = { [Name in PortName]: (make: () => Benches[Name]) => void };

const SUITES: Suites = {
  ...DEVICE_SUITES,
  ...TIME_SUITES,
  ...PEOPLE_SUITES,
  ...MEMORY_SUITES,
  ...CARD_RADIO_SUITES,
  ...ENGINE_SUITES,
  ...FIRMWARE_SLOTS_SUITES,
};

export const PORT_NAMES = Object.keys(SUITES) as PortName[];

/** Runs a port's contract; `make` gives a fresh bench each time. */
export function describePortContract<Name extends PortName>(
  port: Name,
  implementation: string,
  make: () => Benches[Name],
): void {
  describe(`contract of the ${port} port, kept by the ${implementation}`, () => {
    SUITES[port](make);
  });
}
