/**
 * Memory watch: what is really programmed into the part and erased from it, whatever the firmware counts; and the power
 * that fails in the middle of an operation.
 */
import { layoutOf } from "../../firmware/journal/layout";
import type { RandomNumbers } from "../world/random_numbers";
import { randomBelow } from "../world/random_numbers";
import { cutPower } from "../world/power_cut";
import type { NvmOperation } from "../twins/nvm";
import { NVM_DAMAGES, damage } from "../twins/nvm_damage";
import type { World } from "../world/world";

const RECORD_MAGIC = 0xc5;
const MARK_MAGIC = 0xa7;
const MARK_BYTES = 8;

export class MemoryWatch {
  commits = 0;
  marks = 0;
  /** Records of events, hours, months and tariffs. */
  records = 0;
  /** Power cuts in the middle of an operation. */
  cuts = 0;
  private operations_left = 0;
  private off_ms = 0;
  private readonly block_bytes: number;
  private readonly ring_end: number;

  constructor(
    private readonly world: World,
    private readonly random: RandomNumbers,
  ) {
    const { geometry } = world.nvm;
    const layout = layoutOf(geometry);
    this.block_bytes = layout?.block_bytes ?? geometry.sector_bytes;
    this.ring_end = (layout?.ring_sectors ?? 0) * geometry.sector_bytes;
    world.nvm.before = (operation) => this.take(operation);
  }

  /** The power fails in one of the next operations, and is gone for so long. */
  arm(operations: number, off_ms: number): void {
    this.operations_left = operations;
    this.off_ms = off_ms;
  }

  erases(): number[] {
    return this.world.nvm.sectors.map((sector) => sector.erases);
  }

  private take(operation: NvmOperation): void {
    if (this.operations_left > 0 && --this.operations_left === 0) {
      this.cuts += 1;
      const kind = NVM_DAMAGES[randomBelow(this.random, NVM_DAMAGES.length)];
      damage(this.world.nvm, operation, kind, this.random);
      cutPower(this.world, this.off_ms);
    } else if (operation.kind === "program") {
      this.countProgram(operation);
    }
  }

  private countProgram({ address, bytes }: NvmOperation): void {
    if (bytes.length === MARK_BYTES && bytes.charCodeAt(3) === MARK_MAGIC) {
      this.marks += 1;
    } else if (address % this.block_bytes === 0 && bytes.charCodeAt(0) === RECORD_MAGIC) {
      if (address < this.ring_end) this.commits += 1;
      else this.records += 1;
    }
  }
}
