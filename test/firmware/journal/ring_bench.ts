/** A ring alone on a part that tears: opened, written and filled as journal.ts does it. */
import assert from "node:assert/strict";
import type { Layout } from "../../../firmware/journal/layout";
import { layoutOf } from "../../../firmware/journal/layout";
import type { Ring } from "../../../firmware/journal/ring";
import { commitRing, openRing, readyRing } from "../../../firmware/journal/ring";
import { createWear } from "../../../firmware/journal/wear";
import type { TearingNvm } from "./tearing_nvm";
import { GEOMETRIES } from "./tearing_nvm";

export const nor = GEOMETRIES["nor"];
export const layout: Layout = layoutOf(nor)!;

export function open(nvm: TearingNvm): Ring {
  nvm.powerUp();
  return openRing(nvm.port, layout, createWear(layout));
}

/** A commit as journal.ts makes it, without own part and without trying again. */
export function put(ring: Ring, payload: string, supply_good = true): string {
  const ready = readyRing(ring, payload.length, supply_good);
  return ready === "ok" ? commitRing(ring, payload) : ready;
}

/** One commit after another up to the end of the first sector, where lanes do not fit any more. */
export function fillSector(ring: Ring): void {
  put(ring, "before");
  for (let i = 3; i < 16; i++) assert.equal(put(ring, "before", false), "ok");
  assert.deepEqual([ring.sector, ring.place], [0, 16]);
}
