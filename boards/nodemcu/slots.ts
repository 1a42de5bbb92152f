/// <reference path="./nodemcu.d.ts" />
/**
 * Firmware slots on NodeMCU: the two files that init.lua chooses between (tools/flash/nodemcu), each as a memory.
 *
 * A file is a memory like this: what lies behind its end is blank, an erase writes ones over a sector, and a program
 * writes over what stands there. The sector that begins at the file's end is appended by its erase, so a file grows by a
 * sector a step, and never for seconds at once. What came by cable is a file of another form: the first erase removes it.
 *
 * Each operation opens the file and closes it, because only closing brings what was written through the caches of the C
 * library and of SPIFFS into the flash. A cut leaves what a cut leaves of a program: init.lua believes no image without
 * its SHA-256, and SPIFFS writes the pages of no other file but the one that is written to, and whole pages that it moves.
 */
import { textBytes } from "../../firmware/card/bytes";
import type { FirmwareSlots } from "../../hal/firmware_slots";
import type { Nvm } from "../../hal/nvm";
import { PROGRAMS_UNLIMITED } from "../../hal/nvm";
import type { NvmGuard } from "../drivers/guarded_nvm";
import { createGuardedNvm, filled } from "../drivers/guarded_nvm";

const FIRST_FILE = "curbstop.a";
const SECOND_FILE = "curbstop.b";
const BLANK = 255;
const SECTOR_BYTES = 4096;
const RUN_BYTES = 256;
/** Of a part behind SPIFFS, which levels wear. */
const ERASE_LIMIT = 100000;
/** Hashed at once. */
const PART_BYTES = 1024;
/** How the text begins of what came by cable. */
const CABLE_SIGN = "--";

/** Bytes of a file from a place on, as many of them as there are. */
function textIn(name: string, address: number, length: number): string {
  const found = io.open(name, "r");
  if (found === undefined) {
    return "";
  }
  const end = found.seek("end", 0);
  let text: string | undefined = "";
  if (end > address) {
    found.seek("set", address);
    text = found.read(Math.min(length, end - address));
  }
  found.close();
  return text === undefined ? "" : text;
}

function readCells(name: string, address: number, length: number): string {
  const text = textIn(name, address, length);
  return text + filled(BLANK, length - text.length);
}

/** The file to be written, which is made where there is none. */
function openToWrite(name: string): NodemcuFile | undefined {
  const opened = io.open(name, "r+");
  return opened === undefined ? io.open(name, "w") : opened;
}

/** Writes ones from where the file stands; in runs, because a long text is made piece by piece. */
function writeBlank(opened: NodemcuFile, length: number): boolean {
  const run = filled(BLANK, Math.min(RUN_BYTES, length));
  let written = true;
  for (let left = length; left > 0 && written; left -= RUN_BYTES) {
    written = opened.write(run.substring(0, Math.min(RUN_BYTES, left))) !== undefined;
  }
  return written;
}

/** Writes over what stands there; what is missing before it becomes blank. False when the file system did not take it. */
function writeCells(name: string, address: number, bytes: string): boolean {
  const opened = openToWrite(name);
  if (opened === undefined) {
    return false;
  }
  const gap = Math.max(address - opened.seek("end", 0), 0);
  opened.seek("set", address - gap);
  const written = writeBlank(opened, gap) && opened.write(bytes) !== undefined;
  opened.close();
  return written;
}

function eraseCells(name: string, address: number): boolean {
  if (textIn(name, 0, CABLE_SIGN.length) === CABLE_SIGN) {
    file.remove(name);
  }
  const opened = openToWrite(name);
  if (opened === undefined) {
    return false;
  }
  let written = true;
  if (address <= opened.seek("end", 0)) {
    opened.seek("set", address);
    written = writeBlank(opened, SECTOR_BYTES);
  }
  opened.close();
  return written;
}

function memoryOf(name: string, size_bytes: number, guard: NvmGuard): Nvm {
  const geometry = {
    size_bytes: size_bytes,
    sector_bytes: SECTOR_BYTES,
    page_bytes: RUN_BYTES,
    word_bytes: 1,
    programs_per_erase: PROGRAMS_UNLIMITED,
    erase_limit: ERASE_LIMIT,
  };
  return createGuardedNvm(
    geometry,
    {
      read: function (address, length) {
        return readCells(name, address, length);
      },
      program: function (address, bytes) {
        return writeCells(name, address, bytes);
      },
      erase: function (address) {
        return eraseCells(name, address);
      },
    },
    guard,
  );
}

function hashOf(name: string, address: number, length: number): number[] {
  const hash = crypto.new_hash("SHA256");
  const found = io.open(name, "r");
  if (found !== undefined) {
    found.seek("set", address);
    let left = length;
    while (left > 0) {
      const part = found.read(Math.min(PART_BYTES, left));
      left = part === undefined ? 0 : left - part.length;
      hash.update(part === undefined ? "" : part);
    }
    found.close();
  }
  return textBytes(hash.finalize());
}

/** Undefined where no boot file has run that can try an update. */
export function createSlots(guard: NvmGuard): FirmwareSlots | undefined {
  const said = curbstop_boot;
  if (said === undefined || said.slot_bytes === undefined || said.slot === "") {
    return undefined;
  }
  const spare = said.slot === FIRST_FILE ? SECOND_FILE : FIRST_FILE;
  return {
    running: memoryOf(said.slot, said.slot_bytes, guard),
    spare: memoryOf(spare, said.slot_bytes, guard),
    sequence: said.sequence,
    spare_sha256: function (address, length) {
      return hashOf(spare, address, length);
    },
    restart: function () {
      node.restart();
    },
  };
}
