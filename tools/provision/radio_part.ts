/**
 * Radio's part of a nameplate (firmware/radio_plate.ts) at the desk: what a settings file says of it, with the keys of one
 * meter and its group beside it.
 *
 *   radio     {interval_s, group, listen} as a scenario's meter has them (sim/scenario/settings_schema.ts), and
 *     mode      C or T, in which a wireless M-Bus modem sends and hears
 *     mobile    network and broker of a BG96, or of a module's own modem (mobile_part.ts); it has no mode
 *     lorawan   network, EUIs and group of a RAK3172 (lorawan_part.ts); nor has that
 *   left out of a settings file for a meter without radio
 *
 * Where the region has no signing key, or no update key, the meter takes no signed message, or no update.
 */
import { z } from "zod";
import { radioPlateBytes, type ModemSettings } from "../../firmware/radio_plate";
import { radioSettingsFault, type RadioSettings } from "../../firmware/radio/radio_settings";
import { radioSchema } from "../../sim/scenario/settings_schema";
import { UserError } from "../../sim/scenario/user_error";
import type { Board } from "../build/board_schema";
import { hex } from "../hex";
import { LORAWAN_OF_FILE, lorawanSettings } from "./lorawan_part";
import type { MeterRadio } from "./meter_keys";
import { MOBILE_OF_FILE, mobileSettings, readPasswords } from "./mobile_part";

const HOUR_MINUTES = 60;
/** Modems that can be set up here, and the part of the settings that is for one of them alone. */
const MODEMS: Readonly<Record<string, "mobile" | "lorawan" | undefined>> = {
  im871a: undefined,
  bg96: "mobile",
  module: "mobile",
  rak3172: "lorawan",
};
/** What such a part tells the modem, and what a modem of another kind knows nothing of. */
const TELLS = { mobile: ["network and broker", "broker"], lorawan: ["network and EUIs", "LoRaWAN"] } as const;

export const RADIO_OF_FILE = radioSchema
  .omit({ master_key: true, region_key: true, region_key_revision: true, region_key_next: true })
  .extend({
    mode: z.enum(["C", "T"]).default("C").describe("Mode of a wireless M-Bus modem."),
    mobile: MOBILE_OF_FILE.optional(),
    lorawan: LORAWAN_OF_FILE.optional(),
  })
  .describe("A meter with a radio; its keys are derived when they are given.");

export type RadioOfFile = z.output<typeof RADIO_OF_FILE>;

function stationSettings(radio: RadioOfFile, keys: MeterRadio, group: number | undefined): RadioSettings {
  const [hour, minute] = (radio.listen?.at ?? "00:00").split(":").map(Number);
  return {
    interval_s: radio.interval_s,
    master_key: hex(keys.key.bytes()),
    region_key: keys.signing?.public_key ?? "",
    region_key_revision: keys.signing?.revision ?? 1,
    region_key_next: keys.signing?.next ?? "",
    group: group ?? radio.group,
    listen_minute: hour * HOUR_MINUTES + minute,
    listen_s: radio.listen?.seconds ?? 0,
  };
}

function modemSettings({ mode, mobile, lorawan }: RadioOfFile, meter: string, keys: MeterRadio): ModemSettings {
  if (lorawan !== undefined && keys.lorawan === undefined) throw new Error("keys were made for these settings");
  return {
    wmbus: mobile === undefined && lorawan === undefined ? { mode } : undefined,
    lorawan: lorawan && keys.lorawan ? lorawanSettings(lorawan, keys.lorawan) : undefined,
    bg96: mobile === undefined ? undefined : mobileSettings(mobile, meter),
  };
}

/** The part's bytes for a meter. They hold its key, and passwords. */
export function radioPartOf(radio: RadioOfFile, meter: string, keys: MeterRadio, group: number | undefined): string {
  const station = stationSettings(radio, keys, group);
  const fault = radioSettingsFault(station);
  if (fault !== "") throw new Error(`radio.${fault}: settings and keys that were checked are refused`);
  return radioPlateBytes({
    station,
    update_key: keys.update?.public_key ?? "",
    update_key_revision: keys.update?.revision ?? 1,
    update_key_next: keys.update?.next ?? "",
    modem: modemSettings(radio, meter, keys),
  });
}

/** Refuses settings with a radio for a board that has none, or whose modem cannot be set up here. */
export function checkRadio(board: Board, radio: RadioOfFile | undefined, file: string): void {
  if (radio === undefined) return;
  if (!board.rooms.includes("radio"))
    throw new UserError(`${file}: meter.radio: ${board.name} has no radio (leave it out, or take another board)`);
  const refuse = (words: string) => new UserError(`${file}: meter.radio: the modem of ${board.name} ${words}`);
  if (!(board.parts.radio in MODEMS)) throw refuse("cannot be set up here yet (leave it out)");
  for (const part of ["mobile", "lorawan"] as const) {
    const is_wanted = MODEMS[board.parts.radio] === part;
    const [wants, lacks] = TELLS[part];
    if (is_wanted && radio[part] === undefined) throw refuse(`has to know ${wants} (add "${part}")`);
    if (!is_wanted && radio[part] !== undefined) throw refuse(`knows no ${lacks} (leave out "${part}")`);
  }
  if (board.parts.radio === "module" && (radio.mobile?.edrx_s !== 0 || radio.mobile.psm_period_s !== 0))
    throw new UserError(
      `${file}: meter.radio.mobile: the modem of ${board.name} has no power saving (leave out edrx_s and psm_...)`,
    );
  // A list of passwords that cannot be read is known before the first meter.
  if (radio.mobile?.passwords_file !== undefined) readPasswords(radio.mobile.passwords_file);
}
