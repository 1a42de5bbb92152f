/**
 * Radio room: what a board with a modem adds to a meter that has booted and not been started: the modem, the station, and
 * updates where the board has two slots for its firmware. The nameplate says with which settings (radio_plate.ts).
 *
 * Whatever stands in the way leaves the meter as it is without a radio: it counts, sells and shuts off. `id` at the service
 * port says why, as does the event "radio_off_..." (there a setting is "settings", because codes of events are short):
 *   plate   the radio's part of the nameplate is not one that this firmware reads
 *   modem   the settings are for another kind of modem than the board has
 *   update  the journal has something of updates that this firmware does not read; the radio is on without them
 * or what openStation says: a setting that is out of bounds, "memory", "frames", "books". A radio whose interval is 0 is
 * off without a fault.
 *
 * A modem that does not answer is none of these: it is started again and again, and telegrams fail until it does.
 */
import type { FirmwareSlots } from "../hal/firmware_slots";
import type { Hal } from "../hal/hal";
import type { Radio } from "../hal/radio";
import { attachStation, openStation } from "./radio/station";
import type { Station } from "./radio/radio_state";
import type { ModemSettings, RadioPlate } from "./radio_plate";
import { keylessRadioPlate, readRadioPlate } from "./radio_plate";
import type { Meter } from "./state";
import { note } from "./state";
import { attachUpdater } from "./update/updater";

/** Faults that are no setting's. */
const NAMED: string[] = ["plate", "modem", "update", "memory", "frames", "books"];

/** What a board has for the radio. */
export interface Aerial {
  /** Name of the board, as manifests of updates have it. */
  board: string;
  /** Starts the modem; undefined where the settings are not for the one that is fitted. Called once. */
  modem: (settings: ModemSettings) => Radio | undefined;
  /** Undefined where the firmware has no second place. */
  slots: () => FirmwareSlots | undefined;
}

/** The same ports with a radio. */
function halWith(hal: Hal, radio: Radio): Hal {
  return {
    flow: hal.flow,
    valve: hal.valve,
    clock: hal.clock,
    timer: hal.timer,
    power: hal.power,
    tamper: hal.tamper,
    display: hal.display,
    keypad: hal.keypad,
    buzzer: hal.buzzer,
    service: hal.service,
    watchdog: hal.watchdog,
    random: hal.random,
    crypto: hal.crypto,
    nvm: hal.nvm,
    card: hal.card,
    radio: radio,
    engine: hal.engine,
  };
}

/** False when the journal has updates of another kind; without slots, or a key to trust, there is nothing to attach. */
function attachUpdates(station: Station, aerial: Aerial, plate: RadioPlate): boolean {
  const slots = plate.update_key === "" ? undefined : aerial.slots();
  if (slots === undefined) {
    return true;
  }
  return attachUpdater(station, slots, {
    board: aerial.board,
    update_key: plate.update_key,
    update_key_revision: plate.update_key_revision,
    update_key_next: plate.update_key_next,
  });
}

function attach(meter: Meter, aerial: Aerial, plate: RadioPlate): string {
  const radio = aerial.modem(plate.modem);
  if (radio === undefined) {
    return "modem";
  }
  meter.hal = halWith(meter.hal, radio);
  const opened = openStation(meter, plate.station);
  const station = opened.station;
  if (station === undefined) {
    return opened.fault;
  }
  const updates = attachUpdates(station, aerial, plate);
  attachStation(station);
  return updates ? "" : "update";
}

/** Attaches the radio as the nameplate's part of it says; "" is a meter without one. */
export function attachRadioRoom(meter: Meter, part: string, aerial: Aerial): void {
  if (part === "") {
    return;
  }
  meter.annex.settings_part = keylessRadioPlate(part);
  const plate = readRadioPlate(part);
  const off = plate !== undefined && plate.station.interval_s === 0;
  const fault = plate === undefined ? "plate" : off ? "" : attach(meter, aerial, plate);
  meter.annex.told = " radio=" + (fault !== "" ? fault : off ? "off" : "on");
  if (fault !== "") {
    note(meter, "radio_off_" + (NAMED.indexOf(fault) >= 0 ? fault : "settings"), 0);
  }
}
