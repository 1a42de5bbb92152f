/**
 * Firmware slots: the two places in a board's flash that a firmware can stand in, and a restart. Only a board that takes
 * updates by radio has this port, so it is no part of `Hal` (hal.ts): it is handed to the room that needs it.
 *
 * The boot code runs one of the two (firmware/update/slot.ts says which) and is no part of the firmware: it is written
 * once, before there is anything to lose. Each slot is a memory of its own whose address 0 is the slot's first byte, with
 * the preconditions of hal/nvm.ts.
 */
import type { Nvm } from "./nvm";

export interface FirmwareSlots {
  /** The slot that the boot code has run. */
  readonly running: Nvm;
  /** The other one. Nothing runs from it, so it may be erased at any time. */
  readonly spare: Nvm;
  /** Sequence of what runs, as in its slot's header. */
  readonly sequence: number;
  /** SHA-256 of bytes of the spare slot where the board computes it natively, in less than three seconds. */
  readonly spare_sha256: ((address: number, length: number) => number[]) | undefined;
  /** Starts the board anew, boot code first. It may return; whoever calls it does nothing more. */
  restart(): void;
}
