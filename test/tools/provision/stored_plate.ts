/** What a stand-in with Espruino keeps, out of the file of its flash. */
import fs from "node:fs";
import path from "node:path";
import { NAMEPLATE_MAX_BYTES, readNameplate, type Nameplate } from "../../../firmware/nameplate";
import { plateCrc } from "../../../tools/provision/settings_file";
import type { StandIn } from "../flash/stand_in";

export const flashFile = (of: StandIn): string => path.join(of.folder, "espruino.flash");

/** The nameplate in a stand-in's flash, found by its number. */
export function storedPlate(of: StandIn, meter: string): Nameplate | undefined {
  const flash = fs.readFileSync(flashFile(of), "latin1");
  const found = flash.lastIndexOf(meter);
  for (let first = found - 4; first < found; first++) {
    for (let end = found; end < found + NAMEPLATE_MAX_BYTES; end++) {
      const plate = readNameplate(flash.slice(first, end), plateCrc);
      if (plate !== undefined) return plate;
    }
  }
  return undefined;
}
