/**
 * The bundles that most tests share, made before `npm test` begins: one program makes one after the other in a third of the
 * time that many take for one each, since it has the compiler at hand and the modules checked.
 *
 *   node -r ./tools/load_typescript.js test/bundles_ahead.ts espruino|lua
 *
 * A test finds them in the bundlers' cache (sim/bundle/cache.ts), and makes its own where it is run by itself. Which they are
 * is a matter of time alone: no test is any different for one that is missing here.
 */
import { join } from "node:path";
import { bundleEspruino } from "../sim/bundle/espruino";
import { bundleLua, bundleLuaPieces } from "../sim/bundle/lua";
import { boardNames, readBoard } from "../tools/build/board_file";
import { bundleBoard } from "../tools/build/bundle";
import { ENTRY } from "./same_on_engines";
import { standInBoard } from "./tools/flash/own_board";
import { mobileBoard } from "./tools/provision/mobile_rig";

const WORLD = join(__dirname, "..", "sim", "world", "main.ts");
const deviceEntry = (package_name: string, name: string): string =>
  join(__dirname, "boards", package_name, "device", name);

async function bundleBoards(engine: "espruino" | "lua"): Promise<void> {
  for (const board of boardNames().map(readBoard)) {
    if (board.engine === engine) await bundleBoard(board, { source_map: engine === "espruino" });
  }
}

async function forEspruino(): Promise<void> {
  for (const entry of [ENTRY, WORLD, deviceEntry("espruino", "entries.ts")]) await bundleEspruino(entry);
  await bundleBoards("espruino");
  for (const board of [standInBoard(), mobileBoard()]) await bundleBoard(board);
}

async function forLua(): Promise<void> {
  for (const target of ["5.3", "5.4", "JIT"] as const) bundleLua(ENTRY, target);
  bundleLua(deviceEntry("luatos", "entries.ts"), "5.3");
  const in_pieces = [
    deviceEntry("nodemcu", "entries.ts"),
    deviceEntry("nodemcu", "update_entry.ts"),
    deviceEntry("luatos", "update_entry.ts"),
  ];
  for (const entry of [WORLD, ...in_pieces]) bundleLuaPieces(entry);
  await bundleBoards("lua");
}

const engine = process.argv[2];
if (engine !== "espruino" && engine !== "lua") throw new Error(`there are no bundles for ${engine} (espruino or lua)`);
void (engine === "espruino" ? forEspruino() : forLua());
