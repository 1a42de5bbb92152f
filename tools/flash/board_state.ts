/**
 * What is on a board: its interpreter, its program, the slots, and whose books it keeps. Everything a board says is
 * checked before it is used: it may be another program's board, or no board at all.
 */
import { z } from "zod";
import type { Board } from "../build/board_schema";
import { BOOT_FILE, slotsOfBootFile } from "./boot_file";
import type { Console } from "./console";
import { FlashError } from "./flash_error";
import { printable } from "./link";
import type { Memory } from "./memory";
import { HEADER_BYTES, readHeader, type Header, type Slot } from "./slots";
import { FRONT_BYTES, updateIn, type UpdateInSlot } from "./update_slot";

/** What the interpreter on a desktop calls itself; it stands in for any board in tests. */
const STAND_IN = "LINUX";
const PART_BYTES = 512;
const BOOT_FILE_MAX_BYTES = 4096;
/** What of a header is not padding. */
const HEADER_SHOWN = 36;
const WHOLE_LIMIT_MS = 60_000;

const whole = z.int().min(0);
const factsSchema = z.object({
  board: z.string().max(40),
  version: z.string().max(40),
  serial: z.string().max(80),
  free_bytes: whole,
  total_bytes: whole,
  boot_file_bytes: whole,
  areas: z.array(z.object({ addr: whole, length: whole })).max(16),
  memory: z.object({ free: whole, total: whole }),
});

const bootSchema = z.object({ slot: z.int(), sequence: whole, crc: whole, fault: z.string().max(500) });

export type BoardFacts = z.output<typeof factsSchema>;

/** What a program says it is to who asks at the console, "" where there is none. */
export const OWN_IDENTITY = 'typeof curbstop!="undefined"&&curbstop.identity?curbstop.identity():""';

/** Whose books a board keeps, as the firmware says; "" where it does not say. */
export interface Books {
  readonly meter: string;
  readonly region: string;
}

/** What a board of any interpreter says before it is flashed. */
export interface Found {
  /** Its name and version, fit for a terminal. */
  readonly interpreter: string;
  /** "none", "curbstop", or another program. */
  readonly program: "none" | "curbstop" | "other";
  /** Of what it runs at its start. */
  readonly program_bytes: number;
  /** An update by radio is being tried, and the next start goes back to what the other slot holds. */
  readonly on_trial: boolean;
  /** Of the firmware that runs. */
  readonly running_sequence: number | undefined;
  /** The firmware's answer to `id`, "" without one. */
  readonly identity: string;
  readonly books: Books | undefined;
  /** Undefined where the interpreter makes itself more of it. */
  readonly memory: Memory | undefined;
}

export interface BoardState extends Found {
  readonly facts: BoardFacts;
  /** Of the boot file when it is ours. */
  readonly slots: readonly [Slot, Slot] | undefined;
  /** What the boot file runs; undefined when nothing runs. */
  readonly running: { readonly slot: number; readonly sequence: number; readonly crc: number } | undefined;
  /** Of the slots that are whole and, where an update filled them, confirmed. */
  readonly headers: readonly (Header | undefined)[];
}

const FACTS = `(function(){var S=require("Storage"),t=S.getStats(),b=S.read("${BOOT_FILE}"),v=process.env;
return{board:v.BOARD,version:v.VERSION,serial:v.SERIAL||"",free_bytes:t.freeBytes,total_bytes:t.totalBytes,
boot_file_bytes:b===undefined?0:b.length,areas:require("Flash").getFree(),memory:process.memory()};})()`.replaceAll(
  "\n",
  "",
);

/** A part of a text on the board, character by character as it stands there. */
export async function readText(
  board: Console,
  source: (offset: number, length: number) => string,
  length: number,
): Promise<string> {
  let text = "";
  for (let offset = 0; offset < length; offset += PART_BYTES) {
    const part = source(offset, Math.min(PART_BYTES, length - offset));
    text += Buffer.from(await board.ask(`btoa(${part})`), "base64").toString("latin1");
  }
  return text;
}

/** Where the text of a slot's bytes comes from, as an expression of the board. */
export function slotPart(slot: Slot, offset: number, length: number): string {
  if (slot.file === "") return `E.memoryArea(${slot.from + offset},${length})`;
  return `require("Storage").read("${slot.file}",${slot.from + offset},${length})`;
}

async function readFacts(board: Console): Promise<BoardFacts> {
  const parsed = factsSchema.safeParse(await board.askValue(FACTS));
  if (!parsed.success) throw new FlashError("this is no Espruino that can be flashed (its Storage does not answer)");
  return parsed.data;
}

/** The header of a slot that is whole, as the boot file sees it; of an update's, one that is confirmed. */
async function readSlot(console: Console, slot: Slot): Promise<Header | undefined> {
  if ((await console.ask(`typeof ${slotPart(slot, 0, HEADER_SHOWN)}`)) !== "string") return undefined;
  const header = readHeader(await readText(console, (at, length) => slotPart(slot, at, length), HEADER_SHOWN));
  if (header === undefined) return readConfirmed(console, slot);
  if (HEADER_BYTES + header.length_bytes > slot.size_bytes) return undefined;
  const crc = await console.ask(`E.CRC32(${slotPart(slot, HEADER_BYTES, header.length_bytes)})`, "", WHOLE_LIMIT_MS);
  return Number(crc) === header.crc ? header : undefined;
}

/** The headers of slots that are whole. */
export async function readSlots(console: Console, slots: readonly Slot[]): Promise<(Header | undefined)[]> {
  const headers: (Header | undefined)[] = [];
  for (const slot of slots) headers.push(await readSlot(console, slot));
  return headers;
}

async function readUpdate(console: Console, slot: Slot): Promise<UpdateInSlot | undefined> {
  if ((await console.ask(`typeof ${slotPart(slot, 0, FRONT_BYTES)}`)) !== "string") return undefined;
  const front = await readText(console, (at, length) => slotPart(slot, at, length), FRONT_BYTES);
  return updateIn(front, slot.size_bytes);
}

async function readConfirmed(console: Console, slot: Slot): Promise<Header | undefined> {
  const update = await readUpdate(console, slot);
  if (update === undefined || !update.confirmed) return undefined;
  const { sequence, image_first, image_bytes, crc } = update;
  const image = slotPart(slot, image_first, image_bytes);
  const found = await console.ask(`E.CRC32(${image})%2147483648`, "", WHOLE_LIMIT_MS);
  return Number(found) === crc ? { sequence, length_bytes: image_bytes, crc } : undefined;
}

/** Whether what runs is being tried, and the next start would run the other slot, by cable or confirmed. */
async function isOnTrial(console: Console, state: Pick<BoardState, "slots" | "running" | "headers">): Promise<boolean> {
  const { slots, running, headers } = state;
  if (slots === undefined || running === undefined || headers[running.slot] !== undefined) return false;
  const own = await readUpdate(console, slots[running.slot]);
  return own !== undefined && !own.confirmed && headers[running.slot === 0 ? 1 : 0] !== undefined;
}

function wholeOf(identity: string, name: string): string {
  return new RegExp(`(?:^| )${name}=(\\d{1,18})(?: |$)`).exec(identity)?.[1] ?? "";
}

/** Whose books a firmware with this identity keeps. */
export function booksOf(identity: string): Books | undefined {
  const meter = wholeOf(identity, "meter");
  return meter === "" ? undefined : { meter, region: wholeOf(identity, "region") };
}

/** The desktop's interpreter takes more from its machine when it needs more. */
function memoryOf({ board, boot_file_bytes, memory }: BoardFacts): Memory | undefined {
  if (board === STAND_IN) return undefined;
  return { unit: "variables", available: boot_file_bytes === 0 ? memory.free : memory.total };
}

/** Reads everything; nothing is changed. */
export async function readBoardState(console: Console, service_identity: string | undefined): Promise<BoardState> {
  const facts = await readFacts(console);
  let slots: [Slot, Slot] | undefined;
  if (facts.boot_file_bytes > 0 && facts.boot_file_bytes <= BOOT_FILE_MAX_BYTES) {
    const part = (offset: number, length: number) => `require("Storage").read("${BOOT_FILE}",${offset},${length})`;
    slots = slotsOfBootFile(await readText(console, part, facts.boot_file_bytes));
  }
  const headers = await readSlots(console, slots ?? []);
  const boot = bootSchema.safeParse(
    await console.askValue('typeof curbstop_boot=="undefined"?undefined:curbstop_boot'),
  );
  const running = boot.success && boot.data.slot >= 0 ? boot.data : undefined;
  const identity = printable(service_identity ?? (await console.ask(OWN_IDENTITY)));
  return {
    facts,
    slots,
    interpreter: printable(`${facts.board} ${facts.version}`),
    program: facts.boot_file_bytes === 0 ? "none" : slots === undefined ? "other" : "curbstop",
    program_bytes: facts.boot_file_bytes,
    running,
    on_trial: await isOnTrial(console, { slots, running, headers }),
    running_sequence: running?.sequence,
    headers,
    identity,
    books: booksOf(identity),
    memory: memoryOf(facts),
  };
}

/** Refuses a port that is another kind of board. */
export function checkKind(state: BoardState, board: Board, port: string): void {
  const { board: found } = state.facts;
  if (found === board.interpreter || found === STAND_IN) return;
  throw new FlashError(
    `${port}: this is a ${printable(found)}, not the ${board.interpreter} of ${board.name} (see --board)`,
  );
}

/** Address of the first byte of Storage. */
export function storageAddress(state: BoardState, board: Board): number {
  const area = state.facts.areas[0];
  if (state.facts.board === STAND_IN && area !== undefined) return area.addr;
  return board.storage?.address ?? 0;
}
