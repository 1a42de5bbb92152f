/**
 * What is on a NodeMCU board: its interpreter, its program, the slots, and whose books it keeps. Everything a board says is
 * checked before it is used: it may be another program's board, or no board at all.
 */
import type { Board } from "../../build/board_schema";
import { booksOf, type Found } from "../board_state";
import { FlashError } from "../flash_error";
import { printable } from "../link";
import { BOOT_FILE, BOOT_SIGN, OWN_FILES } from "./boot_file";
import type { NodemcuConsole } from "./console";
import { HASHED_FIRST, HEADER_BYTES, readSlotHeader, SLOT_FILES, type SlotHeader, type SlotName } from "./slot_file";
import { readUpdateSlot, textAt } from "./update_slot";

/** NodeMCU's modules that an upload and the boot file call; crypto and encoder are not in its usual build. */
const MODULES = ["file", "io", "node", "crypto", "encoder"] as const;
/** 2^40 as a 64-bit integer, and what single precision cannot hold. */
const NUMBERS = 'string.format("%d %d",1<<40,2^24+1)';
const NUMBERS_RIGHT = "1099511627776 16777217";
const WHOLE_LIMIT_MS = 60_000;
/** Of every form of our boot file; an earlier one is exchanged, because it passes over what came by radio. */
const EARLIER_SIGN = /^--curbstop boot [12]\n$/;

/** cs_h(name, from): SHA-256 of a file from a place on, read from the file system in parts. */
const HASH_HELPER = [
  'function cs_h(n,o)local f,m=assert(io.open(n,"r")),crypto.new_hash("SHA256")f:seek("set",o)',
  "for p in function()return f:read(512)end do m:update(p)end f:close()return encoder.toHex(m:finalize()):lower()end",
].join("");

export interface NodemcuState extends Found {
  readonly free_bytes: number;
  /** Of our own files, those that are there. */
  readonly own_bytes: Readonly<Partial<Record<string, number>>>;
  /** A boot file of ours, of the form that is written now. */
  readonly has_boot_file: boolean;
  /** Of the slots that are whole. */
  readonly headers: Readonly<Partial<Record<SlotName, SlotHeader>>>;
  /** What the boot file runs. */
  readonly running: SlotName | undefined;
}

/** SHA-256 of a file on the board, from a place on. */
export async function hashOf(console: NodemcuConsole, file: string, from: number): Promise<string> {
  return console.ask(`cs_h("${file}",${from})`, "", WHOLE_LIMIT_MS);
}

async function checkInterpreter(console: NodemcuConsole, board: Board, port: string): Promise<string> {
  const missing = MODULES.map((name) => `(${name} and""or"${name} ")`).join("..");
  const without = (await console.ask(missing)).trim();
  if (without !== "")
    throw new FlashError(`${port}: NodeMCU without its modules ${printable(without)} (build it anew)`);
  const version = await console.ask("_VERSION");
  const chip = await console.ask("node.chipmodel and node.chipmodel()or''");
  if (version !== `Lua ${board.lua?.target}` || chip.toLowerCase() !== board.chip.toLowerCase()) {
    const found = printable(`${version} on ${chip === "" ? "another chip" : chip}`);
    throw new FlashError(`${port}: this is ${found}, not the ${board.chip} of ${board.name} (see --board)`);
  }
  if ((await console.ask(NUMBERS)) !== NUMBERS_RIGHT)
    throw new FlashError(
      `${port}: its numbers have 32 bits (build NodeMCU with LUA_NUMBER_INT64 and LUA_NUMBER_DOUBLE)`,
    );
  const release = await console.ask('(node.info("sw_version")or{}).node_version');
  return printable(`NodeMCU ${release} ${chip}`).slice(0, 80);
}

/** Sizes of these files, in order; -1 for one that is not there. */
async function sizesOf(console: NodemcuConsole, files: readonly string[]): Promise<number[]> {
  const sizes: number[] = [];
  for (const file of files) sizes.push(Number(await console.ask(`file.list()["${file}"]or-1`)));
  if (sizes.every((size) => Number.isSafeInteger(size) && size >= -1)) return sizes;
  throw new FlashError("the board's file system does not answer as NodeMCU's does");
}

async function readHeaders(
  console: NodemcuConsole,
  own: NodemcuState["own_bytes"],
  running: string,
): Promise<NodemcuState["headers"]> {
  const headers: Partial<Record<SlotName, SlotHeader>> = {};
  for (const slot of SLOT_FILES) {
    if ((own[slot] ?? 0) < HEADER_BYTES) continue;
    const header = readSlotHeader(await textAt(console, slot, 0, HEADER_BYTES));
    if (header !== undefined && (await hashOf(console, slot, HASHED_FIRST)) === header.sha256) headers[slot] = header;
    const update = header === undefined ? await readUpdateSlot(console, slot, running) : undefined;
    if (update !== undefined) headers[slot] = update;
  }
  return headers;
}

/** Reads everything; nothing is changed. */
export async function readNodemcuState(
  console: NodemcuConsole,
  board: Board,
  port: string,
  service_identity: string | undefined,
): Promise<NodemcuState> {
  const interpreter = await checkInterpreter(console, board, port);
  await console.ask('""', HASH_HELPER);
  const free_bytes = Number(await console.ask("(file.fsinfo())"));
  if (!Number.isSafeInteger(free_bytes))
    throw new FlashError(`${port}: the board has no file system (format it first)`);
  const [program_bytes, ...sizes] = await sizesOf(console, [BOOT_FILE, ...OWN_FILES]);
  const there = OWN_FILES.map((file, index) => [file, sizes[index]] as const).filter(([, size]) => size >= 0);
  const own_bytes = Object.fromEntries(there);
  const sign = program_bytes > 0 ? await textAt(console, BOOT_FILE, 0, BOOT_SIGN.length) : "";
  const slot = await console.ask('curbstop_boot and curbstop_boot.slot or""');
  const headers = await readHeaders(console, own_bytes, slot);
  // A restart gives up what the program that runs now holds.
  const heap_bytes = Number(await console.ask('node.heap and math.floor(node.heap()+collectgarbage("count")*1024)'));
  const running = SLOT_FILES.find((name) => name === slot);
  const own = 'curbstop and curbstop.identity and curbstop.identity()or""';
  const identity = printable(service_identity ?? (await console.ask(own)));
  return {
    interpreter,
    program: program_bytes < 0 ? "none" : EARLIER_SIGN.test(sign) ? "curbstop" : "other",
    program_bytes: Math.max(program_bytes, 0),
    on_trial: running !== undefined && headers[running]?.confirmed === false && Object.keys(headers).length > 1,
    running_sequence: running === undefined ? undefined : headers[running]?.sequence,
    identity,
    books: booksOf(identity),
    memory: Number.isSafeInteger(heap_bytes) ? { unit: "bytes of heap", available: heap_bytes } : undefined,
    free_bytes,
    own_bytes,
    has_boot_file: sign === BOOT_SIGN,
    headers,
    running,
  };
}
