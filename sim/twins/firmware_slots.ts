/**
 * Firmware slots twin: two memories, and the boot code that chooses between them as firmware/update/slot.ts says it must.
 *
 * Faults are those of its memories (nvm.ts): cuts at any operation with all that they leave behind, worn sectors, a
 * supply that is too low. `throws` names the slot whose firmware throws while it starts.
 * Not modelled: the image as a program. Who drives the twin runs what stands for it.
 */
import { assert } from "../../firmware/assert";
import {
  MARK_CONFIRMED,
  MARK_PENDING,
  MARK_TRIED,
  imageWhole,
  markSet,
  markTouched,
  readHead,
  setMark,
} from "../../firmware/update/slot";
import type { FirmwareSlots } from "../../hal/firmware_slots";
import type { Nvm, NvmGeometry } from "../../hal/nvm";
import type { NvmTwin } from "./nvm";
import { createNvmTwin } from "./nvm";

export interface FirmwareSlotsTwin {
  slots: NvmTwin[];
  /** The slot that the boot code has run last; -1 before, and when nothing could be run. */
  running: number;
  /** The slot whose firmware throws at its start; -1 for none. */
  throws: number;
  /** Called by the firmware's restart. */
  on_restart: () => void;
}

export function createFirmwareSlotsTwin(geometry: NvmGeometry): FirmwareSlotsTwin {
  return {
    slots: [createNvmTwin(geometry), createNvmTwin(geometry)],
    running: -1,
    throws: -1,
    on_restart: function () {
      return;
    },
  };
}

/** Sequence of a slot that is whole; -1 of another one. */
function wholeSequence(nvm: Nvm): number {
  const head = readHead(nvm);
  return head !== undefined && imageWhole(nvm, head) ? head.sequence : -1;
}

/** Whether the boot code may run a slot now; what is tried is marked first. */
function mayRun(nvm: Nvm): boolean {
  const head = readHead(nvm);
  if (head === undefined || head.by_cable || markSet(nvm, MARK_CONFIRMED)) {
    return head !== undefined;
  }
  if (!markSet(nvm, MARK_PENDING) || markTouched(nvm, MARK_TRIED)) {
    return false;
  }
  setMark(nvm, MARK_TRIED);
  return markTouched(nvm, MARK_TRIED);
}

/** The boot code: the slot that runs now, -1 for none. A cut may come in the middle of it. */
export function bootSlots(twin: FirmwareSlotsTwin): number {
  const sequences = [wholeSequence(twin.slots[0].port), wholeSequence(twin.slots[1].port)];
  const newer = sequences[1] > sequences[0] ? 1 : 0;
  twin.running = -1;
  for (const slot of [newer, 1 - newer]) {
    const runs = twin.running < 0 && sequences[slot] >= 0 && mayRun(twin.slots[slot].port);
    twin.running = runs && slot !== twin.throws ? slot : twin.running;
  }
  for (const slot of [newer, 1 - newer]) {
    // Nothing is good: what was tried and failed is more than nothing.
    const head = readHead(twin.slots[slot].port);
    const last_resort = head !== undefined && sequences[slot] >= 0 && markTouched(twin.slots[slot].port, MARK_TRIED);
    twin.running = twin.running < 0 && last_resort && slot !== twin.throws ? slot : twin.running;
  }
  return twin.running;
}

/** The port of the firmware that runs now. */
export function slotsPort(twin: FirmwareSlotsTwin): FirmwareSlots {
  assert(twin.running >= 0, "a firmware runs");
  const running = twin.slots[twin.running].port;
  const head = readHead(running);
  return {
    running: running,
    spare: twin.slots[1 - twin.running].port,
    sequence: head === undefined ? 0 : head.sequence,
    spare_sha256: undefined,
    restart: function () {
      twin.on_restart();
    },
  };
}
