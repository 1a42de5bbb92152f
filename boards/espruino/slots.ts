/// <reference path="./espruino.d.ts" />
/**
 * Firmware slots on Espruino: the two that `curbstop flash` has laid out, as the boot file tells them (tools/flash).
 *
 * A slot lies in a file of Storage or in plain flash. It is read, programmed and erased by the module Flash either way; only
 * the hash takes it as one text, in the way in which the boot file reads it, so that nothing of it is copied to RAM.
 */
import type { FirmwareSlots } from "../../hal/firmware_slots";
import type { Nvm } from "../../hal/nvm";
import type { NvmGuard } from "../drivers/guarded_nvm";
import { createMcuFlash } from "../drivers/mcu_flash";
import { arrayOf } from "./bytes";
import { createFlashPages } from "./chip";

/** Of all chips here: words of 4 bytes, and runs that need no page of their own. */
const WORD_BYTES = 4;
const RUN_BYTES = 256;
/** n_WRITE of the nRF52; the others take more. */
const PROGRAMS_PER_ERASE = 2;
const ERASE_LIMIT = 10000;

function memoryOf(slot: EspruinoSlot, guard: NvmGuard): Nvm {
  const sector_bytes = require("Flash").getPage(slot.address).length;
  const geometry = {
    size_bytes: slot.size_bytes,
    sector_bytes: sector_bytes,
    page_bytes: RUN_BYTES,
    word_bytes: WORD_BYTES,
    programs_per_erase: PROGRAMS_PER_ERASE,
    erase_limit: ERASE_LIMIT,
  };
  return createMcuFlash(createFlashPages(sector_bytes), geometry, slot.address, guard);
}

function textIn(slot: EspruinoSlot, at: number, length: number): string {
  if (slot.file === "") {
    return E.memoryArea(slot.from + at, length);
  }
  const text = require("Storage").read(slot.file, slot.from + at, length);
  return text === undefined ? "" : text;
}

/** What the boot file has said; without one, reading the name throws. */
function bootFileSays(): EspruinoBoot | undefined {
  try {
    return curbstop_boot;
  } catch {
    return undefined;
  }
}

/** Undefined where no boot file of ours has run: what came otherwise cannot be exchanged by radio. */
export function createSlots(guard: NvmGuard): FirmwareSlots | undefined {
  const said = bootFileSays();
  if (said === undefined || said.slot < 0 || said.slots === undefined) {
    return undefined;
  }
  const spare = said.slots[1 - said.slot];
  return {
    running: memoryOf(said.slots[said.slot], guard),
    spare: memoryOf(spare, guard),
    sequence: said.sequence,
    spare_sha256: function (address, length) {
      return arrayOf(require("crypto").SHA256(textIn(spare, address, length)), 0);
    },
    restart: function () {
      // Not load(): the watchdog would run on, and a start may outlast what is left of its 8 s: some six are reckoned for
      // an RAK5010 with an empty journal, memory and boot file not yet in them. A trial that is reset was in vain.
      E.reboot();
    },
  };
}
