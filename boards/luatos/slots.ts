/// <reference path="./luatos.d.ts" />
/**
 * Firmware slots on LuatOS: two parts of the memory that has the journal, behind it, which main.lua's boot code chooses
 * between (tools/build/luatos_main.ts), beside the firmware of the package. While that one runs there is no slot of it: what
 * stands for it is blank and takes nothing, and the first of the two is spare.
 *
 * A W25Q counts no programs of a page; what the journal holds itself to is its own caution (boards/drivers/guarded_nvm.ts).
 */
import { assert } from "../../firmware/assert";
import { hexBytes } from "../../firmware/card/bytes";
import type { FirmwareSlots } from "../../hal/firmware_slots";
import type { Nvm, NvmGeometry } from "../../hal/nvm";
import { PROGRAMS_UNLIMITED } from "../../hal/nvm";
import type { Delay, SpiDevice } from "../drivers/bus";
import type { NvmGuard } from "../drivers/guarded_nvm";
import { filled } from "../drivers/guarded_nvm";
import { createW25q } from "../drivers/w25q";
import type { LuatosBoard } from "./board";

const BLANK = 255;
const SHA256 = "SHA256";
/** Hashed at once. */
const PART_BYTES = 1024;

/** So much of a memory from one of its sectors on, as a memory. */
function partOf(memory: Nvm, first: number, geometry: NvmGeometry): Nvm {
  assert(first % geometry.sector_bytes === 0, "a slot begins at a sector");
  return {
    geometry: geometry,
    read: function (address, length) {
      const outside = address < 0 || length < 1 || address + length > geometry.size_bytes;
      return outside ? "" : memory.read(first + address, length);
    },
    program: function (address, bytes) {
      const outside = address < 0 || address + bytes.length > geometry.size_bytes;
      return outside ? "range" : memory.program(first + address, bytes);
    },
    erase: function (sector) {
      const outside = sector < 0 || sector * geometry.sector_bytes >= geometry.size_bytes;
      return outside ? "range" : memory.erase(Math.floor(first / geometry.sector_bytes) + sector);
    },
    crc32: memory.crc32,
  };
}

/** Where nothing is and nothing can be. */
function nothing(geometry: NvmGeometry): Nvm {
  return {
    geometry: geometry,
    read: function (_address, length) {
      return filled(BLANK, length);
    },
    program: function () {
      return "refused";
    },
    erase: function () {
      return "refused";
    },
    crc32: undefined,
  };
}

function hashOf(slot: Nvm, address: number, length: number): number[] {
  const stream = crypto.hash_init(SHA256);
  for (let done = 0; done < length; done += PART_BYTES) {
    crypto.hash_update(stream, slot.read(address + done, Math.min(PART_BYTES, length - done)));
  }
  const hash = crypto.hash_finish(stream);
  return hash === undefined ? [] : hexBytes(hash);
}

/** Undefined where no boot code has run that can try an update. `spi` is the memory's. */
export function createSlots(
  board: LuatosBoard,
  spi: SpiDevice,
  delay: Delay,
  guard: NvmGuard,
): FirmwareSlots | undefined {
  const said = curbstop_boot;
  const place = board.update_slots;
  if (said === undefined || place === undefined) {
    return undefined;
  }
  const part = board.geometry;
  const geometryOf = function (size_bytes: number): NvmGeometry {
    return {
      size_bytes: size_bytes,
      sector_bytes: part.sector_bytes,
      page_bytes: part.page_bytes,
      word_bytes: part.word_bytes,
      programs_per_erase: PROGRAMS_UNLIMITED,
      erase_limit: part.erase_limit,
    };
  };
  const slot_bytes = place.slot_bytes;
  const first = place.first + part.sector_bytes;
  const memory = createW25q(spi, delay, geometryOf(first + 2 * slot_bytes), guard);
  const slots = [
    partOf(memory, first, geometryOf(slot_bytes)),
    partOf(memory, first + slot_bytes, geometryOf(slot_bytes)),
  ];
  const spare = slots[said.slot === "a" ? 1 : 0];
  return {
    running: said.slot === "" ? nothing(geometryOf(slot_bytes)) : slots[said.slot === "a" ? 0 : 1],
    spare: spare,
    sequence: said.sequence,
    spare_sha256: function (address, length) {
      return hashOf(spare, address, length);
    },
    restart: function () {
      rtos.reboot();
    },
  };
}
