/**
 * Journals that a boot may find, as images of a board's own memory, made by a meter on Node with the board's geometry:
 *
 *   empty   never written
 *   usual   ten days of a household
 *   full    every sector of the journal written, commits and both archives, but for the one that the ring erases ahead
 *   torn    the full one, in which no commit but the oldest holds its checksum: all are read before one is found, the
 *           most that a recovery can have to do
 *
 * Beside them stands the nameplate of the meter that wrote them. Its case is opened four times a day, or the archive of
 * events would take years to fill.
 */
import { layoutOf, type Layout } from "../../firmware/journal/layout";
import { KIND_COMMIT, readHeader } from "../../firmware/journal/record";
import { nameplateBytes } from "../../firmware/nameplate";
import type { Nvm, NvmGeometry } from "../../hal/nvm";
import { compileScenario } from "../../sim/scenario/compile";
import { scenarioSchema } from "../../sim/scenario/schema";
import { createNvmTwin } from "../../sim/twins/nvm";
import { setTamper } from "../../sim/twins/tamper";
import { openWorld, runUntil } from "../../sim/world/main";
import { bootWorld, type World } from "../../sim/world/world";
import { plateCrc } from "../provision/settings_file";

const HOUR_MS = 3_600_000;
const TAMPER_EACH_MS = 6 * HOUR_MS;
const USUAL_MS = 240 * HOUR_MS;
const FULL_MAX_DAYS = 2000;
const DAY_MS = 24 * HOUR_MS;
const BLANK = "\xff";

export const JOURNALS = ["empty", "usual", "full", "torn"] as const;
export type JournalName = (typeof JOURNALS)[number];

export interface Journals {
  readonly nameplate: string;
  /** The sectors of the journal, without the rest of the part. */
  readonly images: Readonly<Record<JournalName, string>>;
}

function scenarioLines(): string[] {
  const scenario = scenarioSchema.parse({
    name: "journal",
    description: "The built-in household with ample credit.",
    start: 1_546_297_200,
    tariff: {
      id: 1,
      standing_milli: 10_007,
      blocks: [{ up_to_l: 5000, price_milli: 120_011 }, { price_milli: 480_999 }],
    },
    // An open case must not shut the valve for good.
    meter: { tamper_shuts: false },
    opening_credit_milli: 1_000_000_000_000,
    household: true,
    end: `${FULL_MAX_DAYS + 1}d`,
  });
  return [...compileScenario({ scenario, file: "boot", trace: false })];
}

/** A household's meter on a memory of this geometry. */
function openMeter(geometry: NvmGeometry): World {
  const lines = scenarioLines();
  const world = openWorld({ read_line: () => lines.shift(), write_line: () => undefined });
  world.nvm = createNvmTwin(geometry);
  bootWorld(world);
  return world;
}

/** Lets time pass, with a case that is opened now and then. */
function live(world: World, from_ms: number, until_ms: number): void {
  for (let now_ms = from_ms; now_ms < until_ms; now_ms += TAMPER_EACH_MS) {
    runUntil(world, now_ms + TAMPER_EACH_MS / 2);
    setTamper(world.tamper, world.trace, "case", true);
    runUntil(world, now_ms + TAMPER_EACH_MS);
    setTamper(world.tamper, world.trace, "case", false);
  }
}

/** Whether every sector holds something, but for one that the ring may have erased ahead. */
function isFull(nvm: Nvm, layout: Layout): boolean {
  const { image_first, ring_sectors, sector_blocks } = layout;
  const sectors = Array.from({ length: image_first }, (_, sector) => sector);
  const blank = sectors.filter((sector) => readHeader(nvm, layout, sector * sector_blocks) === undefined);
  return blank.length <= 1 && blank.every((sector) => sector < ring_sectors);
}

/** The image in which no commit but the oldest holds. */
function tear(nvm: Nvm, layout: Layout, image: string): string {
  const commits: { block: number; sequence: number }[] = [];
  for (let block = 0; block < layout.ring_sectors * layout.sector_blocks; block++) {
    const header = readHeader(nvm, layout, block);
    if (header?.kind === KIND_COMMIT) commits.push({ block, sequence: header.sequence });
  }
  commits.sort((one, other) => one.sequence - other.sequence);
  const bytes = Buffer.from(image, "latin1");
  for (const { block } of commits.slice(1)) bytes[block * layout.block_bytes + 20] ^= 1;
  return bytes.toString("latin1");
}

/** A meter after the days of a usual journal, and how much of its memory is journal. */
function usualWorld(geometry: NvmGeometry): { world: World; layout: Layout; bytes: number; nameplate: string } {
  const layout = layoutOf(geometry);
  if (layout === undefined) throw new Error("a board's memory holds a journal");
  const world = openMeter(geometry);
  const nameplate = nameplateBytes({ settings: world.settings, tariff: world.tariff, radio: "" }, plateCrc);
  live(world, 0, USUAL_MS);
  return { world, layout, bytes: layout.image_first * geometry.sector_bytes, nameplate };
}

/** Makes the usual one alone, which takes a moment; the full one takes years of a meter's life. */
export function makeUsualJournal(geometry: NvmGeometry): { nameplate: string; image: string } {
  const { world, bytes, nameplate } = usualWorld(geometry);
  return { nameplate, image: world.nvm.port.read(0, bytes) };
}

/** Makes all of them. */
export function makeJournals(geometry: NvmGeometry): Journals {
  const { world, layout, bytes, nameplate } = usualWorld(geometry);
  const nvm = world.nvm.port;
  const usual = nvm.read(0, bytes);
  let days = USUAL_MS / DAY_MS;
  for (; !isFull(nvm, layout); days++) {
    if (days >= FULL_MAX_DAYS) throw new Error(`a journal is not full after ${days} days`);
    live(world, days * DAY_MS, (days + 1) * DAY_MS);
  }
  const full = nvm.read(0, bytes);
  return { nameplate, images: { empty: BLANK.repeat(bytes), usual, full, torn: tear(nvm, layout, full) } };
}
