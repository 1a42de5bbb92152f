/**
 * Upload: a bundle into the slot that is not in use, in the order that slots.ts argues for. Each part is read back from
 * the flash and compared before the next is sent; before the header makes it count, the whole is read back once more.
 */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Board } from "../build/board_schema";
import { readSlots, slotPart, storageAddress, type BoardState } from "./board_state";
import { BOOT_FILE, bootFileText } from "./boot_file";
import type { Console } from "./console";
import { FlashError } from "./flash_error";
import { printable } from "./link";
import {
  bodyText,
  fileBytes,
  HEADER_BYTES,
  headerText,
  SLOT_FILES,
  slotInFile,
  slotsInArea,
  type Header,
  type Slot,
} from "./slots";

const PART_BYTES = 512;
/** Erasing is slow (85 ms a page on nRF52); so many pages are one question. */
const ERASE_PAGES = 8;
const ERASE_LIMIT_MS = 20_000;
const WHOLE_LIMIT_MS = 60_000;
/** Of some 4 s: a start with a long journal to recover, and as long again. */
const RESTART_TRIES = 8;
/** What runs is known without a look at the flash. */
const RUNNING_LIMIT_MS = 10_000;
const RESTARTING_MS = 250;
const SHOWN_MAX = 120;

export interface Step {
  (doing: string, done_bytes: number): void;
}

/** Where a file's data begin, found by walking Storage's own headers: size and flags in 4 bytes, name in 28. */
function addressQuestion(file: string, start: number, total_bytes: number, page_bytes: number): string {
  return (
    `(function(){var F=require("Flash"),a=${start},e=a+${total_bytes},h,s,n,i;while(a+32<e){h=F.read(32,a);` +
    `s=h[0]+256*h[1]+65536*h[2];if(h[0]+h[1]+h[2]+h[3]==1020||s==0){if((a-${start})%${page_bytes}==0)return 0;` +
    `a+=${page_bytes}-(a-${start})%${page_bytes};continue;}n="";for(i=4;i<32&&h[i];i++)n+=String.fromCharCode(h[i]);` +
    `if(n=="${file}")return a+32;a+=32+4*Math.ceil(s/4);}return 0;})()`
  );
}

/** Makes the files that are not there yet; a first flashing that was cut short may have left one. */
async function makeFiles(console: Console, state: BoardState, board: Board, size_bytes: number): Promise<[Slot, Slot]> {
  const start = storageAddress(state, board);
  const page_bytes = await pageBytes(console, start);
  const slots: Slot[] = [];
  for (const file of SLOT_FILES) {
    if ((await fileLength(console, file)) !== size_bytes) {
      await console.ask("1", `require("Storage").write("${file}","\\xFF\\xFF\\xFF\\xFF",0,${size_bytes});`);
    }
    const question = addressQuestion(file, start, state.facts.total_bytes, page_bytes);
    const address = Number(await console.ask(question, "", WHOLE_LIMIT_MS));
    if (!(address > 0)) throw new FlashError(`the board's Storage is not where ${board.name} has it (see boards/)`);
    slots.push(slotInFile(file, address, size_bytes, page_bytes));
  }
  return [slots[0], slots[1]];
}

async function fileLength(console: Console, file: string): Promise<number> {
  return Number(await console.ask(`(require("Storage").read("${file}")||"").length`));
}

async function pageBytes(console: Console, address: number): Promise<number> {
  const page_bytes = Number(await console.ask(`require("Flash").getPage(${address}).length`));
  if (!Number.isSafeInteger(page_bytes) || page_bytes < 256)
    throw new FlashError("the board does not know its flash pages");
  return page_bytes;
}

/** Finds room for two slots. */
async function layOut(console: Console, state: BoardState, board: Board, least_bytes: number): Promise<[Slot, Slot]> {
  const start = storageAddress(state, board);
  const page_bytes = await pageBytes(console, start);
  const { free_bytes, total_bytes, areas } = state.facts;
  const left_bytes = await fileLength(console, SLOT_FILES[0]);
  const size_bytes = left_bytes > 0 ? left_bytes : fileBytes(free_bytes, page_bytes, least_bytes);
  if (size_bytes >= least_bytes + page_bytes) return makeFiles(console, state, board, size_bytes);
  for (const area of areas) {
    const apart = area.addr + area.length <= start || area.addr >= start + total_bytes;
    const slots = apart ? slotsInArea(area, page_bytes, least_bytes) : undefined;
    if (slots !== undefined) return slots;
  }
  const needs = (2 * least_bytes).toLocaleString("en");
  throw new FlashError(
    `${board.name}: no room for two copies, so a pulled cable could leave none (it takes ${needs} bytes, ` +
      `${free_bytes.toLocaleString("en")} of Storage are free: leave rooms out, or erase what else is there)`,
  );
}

function base64(text: string): string {
  return Buffer.from(text, "latin1").toString("base64");
}

/** Writes text at an address and has it read back. */
async function writePart(console: Console, address: number, text: string): Promise<void> {
  const back = `E.CRC32(require("Flash").read(${text.length},${address}))`;
  const answer = await console.ask(back, `require("Flash").write(atob("${base64(text)}"),${address});`);
  if (Number(answer) !== crc32(Buffer.from(text, "latin1"))) {
    throw new FlashError(`the flash at ${address} does not keep what is written (the board has what it had before)`);
  }
}

async function eraseSlot(console: Console, slot: Slot, needed_bytes: number): Promise<void> {
  const page_bytes = await pageBytes(console, slot.address);
  const pages = Math.ceil(needed_bytes / page_bytes);
  // The first page alone and first: it holds the header.
  await erasePages(console, slot.address, 1, page_bytes);
  for (let page = 1; page < pages; page += ERASE_PAGES) {
    await erasePages(console, slot.address + page * page_bytes, Math.min(ERASE_PAGES, pages - page), page_bytes);
  }
}

async function erasePages(console: Console, address: number, pages: number, page_bytes: number): Promise<void> {
  const erase = `for(var i=0;i<${pages};i++)require("Flash").erasePage(${address}+i*${page_bytes});`;
  await console.ask("1", erase, ERASE_LIMIT_MS);
}

/** What the whole bundle must give, read from the slot in the way in which it will be run. */
async function checkWhole(console: Console, slot: Slot, bundle: string, with_sha256: boolean): Promise<void> {
  const part = slotPart(slot, HEADER_BYTES, bundle.length);
  const crc = await console.ask(`E.CRC32(${part})`, "", WHOLE_LIMIT_MS);
  const bytes = Buffer.from(bundle, "latin1");
  let same = Number(crc) === crc32(bytes);
  if (same && with_sha256) {
    const digest = await console.ask(`btoa(require("crypto").SHA256(${part}))`, "", WHOLE_LIMIT_MS);
    same = digest === createHash("sha256").update(bytes).digest("base64");
  }
  if (!same)
    throw new FlashError("what was read back is not what was sent (the board has what it had before; try again)");
}

/** The slot that the boot file would not run, and the sequence that comes after all there are. */
function target(
  state: BoardState,
  slots: readonly [Slot, Slot],
  headers: readonly (Header | undefined)[],
): { slot: Slot; sequence: number } {
  const sequences = headers.map((header) => header?.sequence ?? 0);
  // What runs may be an update on trial, which has no header here.
  const newest = Math.max(0, ...sequences, state.running?.sequence ?? 0);
  const running = state.running?.slot ?? (newest > 0 ? sequences.indexOf(newest) : 1);
  return { slot: slots[running === 0 ? 1 : 0], sequence: newest + 1 };
}

async function writeBootFile(console: Console, text: string): Promise<void> {
  for (let offset = 0; offset < text.length; offset += PART_BYTES) {
    const part = base64(text.slice(offset, offset + PART_BYTES));
    await console.ask("1", `require("Storage").write("${BOOT_FILE}",atob("${part}"),${offset},${text.length});`);
  }
  const back = await console.ask(`E.CRC32(require("Storage").read("${BOOT_FILE}"))`);
  if (Number(back) !== crc32(text))
    throw new FlashError("the boot file does not read back as it was written (try again)");
}

/** Brings `bundle` onto the board. After it returns the next boot runs it. */
export async function upload(
  console: Console,
  state: BoardState,
  board: Board,
  bundle: string,
  step: Step,
): Promise<Header> {
  const needed_bytes = HEADER_BYTES + bodyText(bundle).length;
  step("finding room", 0);
  const slots = state.slots ?? (await layOut(console, state, board, needed_bytes));
  // Where the boot file was lost, the slots may be there still.
  const headers = state.slots === undefined ? await readSlots(console, slots) : state.headers;
  const { slot, sequence } = target(state, slots, headers);
  if (slot.size_bytes < needed_bytes) {
    throw new FlashError(
      `${board.name}: a slot has ${slot.size_bytes.toLocaleString("en")} bytes, the firmware takes ` +
        `${needed_bytes.toLocaleString("en")} (leave rooms out, or erase the board's Storage and flash again)`,
    );
  }
  // With nothing on the board the boot file goes first: an interpreter erases a Storage that is empty but not blank.
  if (state.program === "none") await writeBootFile(console, bootFileText(slots, board));
  step("erasing", 0);
  await eraseSlot(console, slot, needed_bytes);
  const body = bodyText(bundle);
  for (let offset = 0; offset < body.length; offset += PART_BYTES) {
    step("writing", offset);
    await writePart(console, slot.address + HEADER_BYTES + offset, body.slice(offset, offset + PART_BYTES));
  }
  step("reading back", body.length);
  await checkWhole(console, slot, bundle, board.native_crypto.includes("sha256"));
  const header = { sequence, length_bytes: bundle.length, crc: crc32(Buffer.from(bundle, "latin1")) };
  await writePart(console, slot.address, headerText(header));
  if (state.program === "other") await writeBootFile(console, bootFileText(slots, board));
  return header;
}

/** A global that ends with the program: where it is still there, the board has not started anew yet. */
const EARLIER = "curbstop_earlier";
const RUNNING =
  `typeof ${EARLIER}!="undefined"?"${EARLIER}":` +
  'typeof curbstop_boot=="undefined"?"no boot file":' +
  'curbstop_boot.sequence+" "+curbstop_boot.crc+" "+curbstop_boot.fault';

/** A firmware that keeps the line proves nothing: what is new does not tell itself from what was there before. */
export function unknownWhich(identity: string): FlashError {
  return new FlashError(
    "it is written and read back, but which firmware runs is not known: one holds the line, and says " +
      `${printable(identity).slice(0, SHOWN_MAX)} (open the case, then flash again)`,
  );
}

/** What runs behind a restart: a board that begins late still answers as before it, and one that starts may lose a line. */
async function runningAfterRestart(console: Console): Promise<string> {
  const end_ms = performance.now() + WHOLE_LIMIT_MS;
  do {
    const { answers, identity } = await console.reach(RESTART_TRIES);
    if (!answers && identity !== undefined) throw unknownWhich(identity);
    if (!answers) throw new FlashError("the board does not answer after its restart (turn it off and on)");
    const answer = (await console.askOnce(RUNNING, RUNNING_LIMIT_MS))?.trim();
    if (answer !== undefined && answer !== EARLIER) return answer;
    await new Promise((resolve) => setTimeout(resolve, RESTARTING_MS));
  } while (performance.now() < end_ms);
  throw new FlashError("it is written and read back, but the board does not start anew (turn it off and on)");
}

/** Starts the board anew and waits until the boot file runs what was uploaded; what the firmware says of itself, if anything. */
export async function restart(console: Console, header: Header): Promise<string> {
  console.tell(`${EARLIER}=1;load()`);
  const answer = await runningAfterRestart(console);
  if (answer !== `${header.sequence} ${header.crc}`) {
    throw new FlashError(
      `the board does not run the new firmware (${answer.slice(0, SHOWN_MAX)}); it has the old one, if any`,
    );
  }
  return console.ask('curbstop.identity?curbstop.identity():""');
}
