/**
 * Upload: a bundle into the slot file that is not in use, in the order that slot_file.ts argues for. Each block is answered
 * with its SHA-256 and sent again where that is wrong; the whole is read back from the file system before its name makes
 * it count.
 *
 * Blocks go as base64 in console lines, as NodeMCU-Tool sends them (github.com/AndiDittrich/NodeMCU-Tool,
 * docs/TransferEncoding.md), but each line says its place in the file: a line that was sent twice does no harm. The
 * transfer of nodemcu-uploader, bytes by uart.on("data"), is not for this branch: its console turns CR into LF.
 */
import type { Board } from "../../build/board_schema";
import { FlashError } from "../flash_error";
import { unknownWhich, type Step } from "../upload";
import { BOOT_FILE, bootFileText, NEW_BOOT_FILE, OWN_FILES } from "./boot_file";
import type { NodemcuConsole } from "./console";
import { NEW_FILE, sha256Hex, SLOT_FILES, slotText, type SlotHeader, type SlotName } from "./slot_file";
import { hashOf, type NodemcuState } from "./state";

/** Becomes a third more in a line, which has room for 250 characters. */
const BLOCK_BYTES = 144;
const TRIES = 4;
const BLOCK_LIMIT_MS = 5_000;
/** Removing and writing may make SPIFFS collect garbage first. */
const FILE_LIMIT_MS = 60_000;
const SHOWN_MAX = 120;
/** A board hashes and compiles its firmware before it listens. */
const RESTART_GREETINGS = 3;
/** Left to the file system for its own pages and for what provisioning keeps: a tenth of a file, and this. */
const RESERVE_BYTES = 8192;

/** cs_w(offset, base64): writes a block into the open file; the first half of its SHA-256. */
const WRITE_HELPER = [
  'function cs_w(o,s)s=encoder.fromBase64(s)cs_f:seek("set",o)assert(cs_f:write(s))',
  'local m=crypto.new_hash("SHA256")m:update(s)return encoder.toHex(m:finalize()):lower():sub(1,32)end',
].join("");

/** What a file of so many bytes takes of the file system. */
function roomFor(size_bytes: number): number {
  return Math.ceil(size_bytes * 1.1) + RESERVE_BYTES;
}

async function writeBlock(console: NodemcuConsole, offset: number, text: string): Promise<void> {
  const wanted = sha256Hex(text).slice(0, 32);
  const line = `cs_w(${offset},"${Buffer.from(text, "latin1").toString("base64")}")`;
  for (let tries = 1; ; tries++) {
    let answer: string;
    try {
      answer = await console.ask(line, "", BLOCK_LIMIT_MS);
    } catch (error) {
      if (!(error instanceof FlashError)) throw error;
      answer = error.message;
    }
    if (answer === wanted) return;
    if (tries < TRIES && (await console.greet())) continue;
    const why = answer.length === wanted.length ? "the line loses characters" : answer.slice(0, SHOWN_MAX);
    throw new FlashError(`byte ${offset} cannot be written: ${why} (the board has what it had before)`);
  }
}

/** Writes a file and reads it back; it must not exist. */
async function writeFile(console: NodemcuConsole, file: string, text: string, step: Step | undefined): Promise<void> {
  await console.ask('""', `cs_f=assert(io.open("${file}","w"))`, FILE_LIMIT_MS);
  for (let offset = 0; offset < text.length; offset += BLOCK_BYTES) {
    step?.("writing", offset);
    await writeBlock(console, offset, text.slice(offset, offset + BLOCK_BYTES));
  }
  await console.ask('""', "assert(cs_f:close())cs_f=nil", FILE_LIMIT_MS);
  step?.("reading back", text.length);
  if ((await hashOf(console, file, 0)) !== sha256Hex(text))
    throw new FlashError("what was read back is not what was sent (the board has what it had before; try again)");
}

async function remove(console: NodemcuConsole, file: string): Promise<void> {
  const gone = await console.ask(`file.exists("${file}")`, `file.remove("${file}")`, FILE_LIMIT_MS);
  if (gone !== "false") throw new FlashError(`the board does not let go of its file ${file} (format its file system)`);
}

async function rename(console: NodemcuConsole, from: string, to: string): Promise<void> {
  if ((await console.ask(`file.rename("${from}","${to}")`, "", FILE_LIMIT_MS)) === "true") return;
  throw new FlashError(`the board does not rename ${from} to ${to} (try again)`);
}

/** The slot that the boot file would not run, and the sequence that comes after all there are. */
function target({ headers, running }: NodemcuState): { slot: SlotName; sequence: number } {
  const [a, b] = SLOT_FILES.map((slot) => headers[slot]?.sequence ?? 0);
  const kept = running ?? (b > a ? SLOT_FILES[1] : SLOT_FILES[0]);
  const slot = a === 0 && b === 0 ? SLOT_FILES[0] : kept === SLOT_FILES[0] ? SLOT_FILES[1] : SLOT_FILES[0];
  return { slot, sequence: Math.max(a, b) + 1 };
}

/** Throws where two copies have no room: there is then no safe way. */
function checkRoom(state: NodemcuState, board: Board, slot: SlotName, size_bytes: number): void {
  const has_old = Object.keys(state.headers).length > 0;
  const freed = OWN_FILES.filter((file) => !(file in state.headers) || file === slot);
  const room_bytes = freed.reduce((sum, file) => sum + (state.own_bytes[file] ?? 0), state.free_bytes);
  const needs_bytes = has_old ? roomFor(size_bytes) : 2 * roomFor(size_bytes);
  if (room_bytes >= needs_bytes) return;
  const [needs, has] = [needs_bytes, room_bytes].map((number) => number.toLocaleString("en"));
  throw new FlashError(
    `${board.name}: no room for two copies, so a pulled cable could leave none (it takes ${needs} bytes, ${has} are ` +
      "free: build NodeMCU with a larger storage partition, or remove what else is there)",
  );
}

/** Brings `bundle` onto the board. After it returns the next boot runs it. */
export async function uploadNodemcu(
  console: NodemcuConsole,
  state: NodemcuState,
  board: Board,
  bundle: string,
  step: Step,
): Promise<SlotHeader> {
  step("finding room", 0);
  const { slot, sequence } = target(state);
  const text = slotText(bundle, sequence);
  checkRoom(state, board, slot, text.length);
  await console.ask('""', WRITE_HELPER);
  step("erasing", 0);
  for (const file of OWN_FILES) {
    const is_kept = file in state.headers && file !== slot;
    if (file in state.own_bytes && !is_kept) await remove(console, file);
  }
  await writeFile(console, NEW_FILE, text, step);
  await rename(console, NEW_FILE, slot);
  if (!state.has_boot_file) {
    await writeFile(console, NEW_BOOT_FILE, bootFileText(board.name), undefined);
    // The one moment at which a cut leaves neither: what was there has gone, and ours is not named yet.
    if (state.program !== "none") await remove(console, BOOT_FILE);
    await rename(console, NEW_BOOT_FILE, BOOT_FILE);
  }
  return { sequence, sha256: text.slice(13, 77) };
}

/** Starts the board anew and waits until the boot file runs what was uploaded; what the firmware says of itself. */
export async function restartNodemcu(console: NodemcuConsole, header: SlotHeader): Promise<string> {
  console.tell("node.restart()");
  for (let tries = 1; !(await console.greet()); tries++) {
    const identity = await console.askService("id");
    if (identity !== undefined) throw unknownWhich(identity);
    if (tries >= RESTART_GREETINGS)
      throw new FlashError("the board does not answer after its restart (turn it off and on)");
  }
  const runs = 'curbstop_boot and curbstop_boot.sequence.." "..curbstop_boot.sha256.." "..curbstop_boot.fault';
  const answer = (await console.ask(`${runs} or"no boot file"`)).trim();
  if (answer !== `${header.sequence} ${header.sha256}`) {
    throw new FlashError(
      `the board does not run the new firmware (${answer.slice(0, SHOWN_MAX)}); it has the old one, if any`,
    );
  }
  return console.ask('curbstop.identity and curbstop.identity()or""');
}
