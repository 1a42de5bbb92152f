/**
 * A board with NodeMCU at the end of a line: `board.lua` in the desktop's lua5.3, behind socat as ../stand_in.ts has it.
 * Each connection is a power-up; what is in the folder `flash` stays.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findOnPath } from "../../../../sim/engines/child";
import { readBoard } from "../../../../tools/build/board_file";
import { Link } from "../../../../tools/flash/link";
import { NodemcuConsole } from "../../../../tools/flash/nodemcu/console";
import { flashNodemcu } from "../../../../tools/flash/nodemcu/session";
import type { NodemcuState } from "../../../../tools/flash/nodemcu/state";
import type { Flashed, FlashOrder } from "../../../../tools/flash/session";
import { StandIn } from "../stand_in";

export function nodemcuMissing(): string | undefined {
  if (findOnPath("socat") === undefined) return "socat is not on PATH (apt-get install socat)";
  return findOnPath("lua5.3") === undefined ? "lua5.3 is not on PATH (apt-get install lua5.3)" : undefined;
}

export function startNodemcu(): Promise<StandIn> {
  return StandIn.start(`lua5.3 ${join(__dirname, "board.lua")}`);
}

type Setting = "case" | "chip" | "cut" | "free" | "heap" | "modem" | "noise" | "numbers" | "without";

/** What the board is, beyond the usual: names and contents of the files that board.lua reads. */
export function set(board: StandIn, name: Setting, text: string): void {
  if (text === "") rmSync(join(board.folder, name), { force: true });
  else writeFileSync(join(board.folder, name), text);
}

/** All files of the board's file system. */
export function filesOf(board: StandIn): Record<string, string> {
  const folder = join(board.folder, "flash");
  mkdirSync(folder, { recursive: true });
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "latin1")]));
}

/** The file system has these files and no others. */
export function putFiles(board: StandIn, files: Readonly<Record<string, string>>): void {
  const folder = join(board.folder, "flash");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), Buffer.from(text, "latin1"));
}

/** A small firmware that says who it is, and cannot say so when a byte of it is missing. */
export function sampleLua(version: string, meter: string): string {
  const filler = Array.from({ length: 12 }, (_, i) => `"${(i * 7919).toString(36).repeat(12)}${version}"`).join(",");
  const whose = meter === "" ? "" : ` meter=${meter} region=600100`;
  return `local parts = {${filler}}
return {
  identity = function()
    local letters = 0
    for _, part in ipairs(parts) do letters = letters + #part end
    return "firmware=${version}${whose} letters=" .. letters
  end,
}
`;
}

/** What the sample answers when all of it is there. */
export function sampleAnswer(version: string, meter: string): string {
  const letters = Array.from({ length: 12 }, (_, i) => (i * 7919).toString(36).length * 12 + version.length);
  const whose = meter === "" ? "" : ` meter=${meter} region=600100`;
  return `firmware=${version}${whose} letters=${letters.reduce((sum, one) => sum + one, 0)}`;
}

/** Flashes in this process. */
export function flashPort(
  port: string,
  bundle: string,
  more: Partial<FlashOrder> = {},
): Promise<Flashed<NodemcuState>> {
  return flashNodemcu({
    board: readBoard("lua-esp32"),
    bundle,
    port,
    baud_rate: 115_200,
    books: "keep",
    meter: undefined,
    ask: () => Promise.resolve(true),
    step: () => undefined,
    ...more,
  });
}

/** The same; the board is powered down afterwards. */
export async function flashTo(
  board: StandIn,
  bundle: string,
  more: Partial<FlashOrder> = {},
): Promise<Flashed<NodemcuState>> {
  try {
    return await flashPort(board.port, bundle, more);
  } finally {
    await board.powerDown();
  }
}

/** Powers the board up for as long as `use` takes. */
export async function withConsole<Value>(
  board: StandIn,
  use: (console: NodemcuConsole, link: Link) => Promise<Value>,
): Promise<Value> {
  const link = await Link.open(board.port, 115_200);
  try {
    const console = new NodemcuConsole(link);
    if (!(await console.greet())) throw new Error("no console answers");
    return await use(console, link);
  } finally {
    link.close();
    await board.powerDown();
  }
}

/** What a board runs after a power-up, or why it runs nothing. */
export function bootedAnswer(board: StandIn): Promise<string> {
  const running = 'curbstop and curbstop.identity()or curbstop_boot and curbstop_boot.fault or"no boot file"';
  return withConsole(board, (console) => console.ask(running));
}
