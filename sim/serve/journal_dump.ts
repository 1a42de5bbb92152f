/**
 * Journal dump: what stands in the memory of a meter, record by record, as firmware/journal reads it.
 *
 * The content of a commit is not in it, for a meter keeps its keys there; the archives (events, hours, months, tariffs)
 * hold none and are shown whole. It is read from a copy of the part: reading cells in doubt draws from the seed, and
 * looking must not change what the run does next.
 */
import { layoutOf, type Layout } from "../../firmware/journal/layout";
import {
  blocksOf,
  KIND_COMMIT,
  KIND_EVENTS,
  KIND_HOURS,
  KIND_IMAGE,
  KIND_MONTHS,
  KIND_TARIFF,
  readHeader,
  readRecord,
} from "../../firmware/journal/record";
import { cloneNvm, type NvmTwin } from "../twins/nvm";

const KINDS: Readonly<Record<number, string>> = {
  [KIND_COMMIT]: "commit",
  [KIND_EVENTS]: "events",
  [KIND_HOURS]: "hours",
  [KIND_MONTHS]: "months",
  [KIND_TARIFF]: "tariff",
  [KIND_IMAGE]: "image",
};
const WITHOUT_KEYS = [KIND_EVENTS, KIND_HOURS, KIND_MONTHS, KIND_TARIFF];
/** Of the whole dump; the rest is counted. */
const RECORDS_MAX = 2000;

export interface DumpedRecord {
  block: number;
  kind: string;
  sequence: number;
  payload_bytes: number;
  /** Whether the checksum holds. */
  is_whole: boolean;
  /** Hexadecimal; only of kinds in which no key can stand. */
  payload?: string;
}

export interface DumpedSector {
  sector: number;
  region: "ring" | "events" | "history" | "image" | "rest";
  erases: number;
  records: DumpedRecord[];
}

export interface JournalDump {
  part: { size_bytes: number; sector_bytes: number; page_bytes: number };
  block_bytes: number;
  sectors: DumpedSector[];
  records_left_out: number;
}

function regionOf(layout: Layout, sector: number): DumpedSector["region"] {
  const starts = [
    ["ring", layout.ring_first, layout.ring_sectors],
    ["events", layout.events_first, layout.events_sectors],
    ["history", layout.history_first, layout.history_sectors],
    ["image", layout.image_first, layout.image_sectors],
  ] as const;
  return starts.find(([, first, count]) => sector >= first && sector < first + count)?.[0] ?? "rest";
}

function dumpedSector(nvm: NvmTwin, layout: Layout, sector: number): DumpedSector {
  const records: DumpedRecord[] = [];
  const end = (sector + 1) * layout.sector_blocks;
  let block = sector * layout.sector_blocks;
  while (block < end) {
    const header = readHeader(nvm.port, layout, block);
    if (header === undefined) {
      block++;
      continue;
    }
    const { kind, sequence, length } = header;
    const record = readRecord(nvm.port, layout, block);
    const shown = record !== undefined && WITHOUT_KEYS.includes(record.header.kind) ? record.payload : undefined;
    records.push({
      ...{ block, kind: KINDS[kind], sequence, payload_bytes: length, is_whole: record !== undefined },
      ...(shown === undefined ? {} : { payload: Buffer.from(shown, "latin1").toString("hex") }),
    });
    block += record === undefined ? 1 : blocksOf(layout, length);
  }
  return { sector, region: regionOf(layout, sector), erases: nvm.sectors[sector].erases, records };
}

/** Undefined for a part on which no journal can live. */
export function journalDump(twin: NvmTwin): JournalDump | undefined {
  const nvm = cloneNvm(twin);
  const { geometry } = nvm;
  const layout = layoutOf(geometry);
  if (layout === undefined) return undefined;
  let room = RECORDS_MAX;
  let records_left_out = 0;
  const sectors = nvm.sectors.map((_, sector) => {
    const dumped = dumpedSector(nvm, layout, sector);
    const records = dumped.records.slice(0, room);
    room -= records.length;
    records_left_out += dumped.records.length - records.length;
    return { ...dumped, records };
  });
  const { size_bytes, sector_bytes, page_bytes } = geometry;
  return { part: { size_bytes, sector_bytes, page_bytes }, block_bytes: layout.block_bytes, sectors, records_left_out };
}
