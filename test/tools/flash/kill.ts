/**
 * An upload that ends in the middle: the board loses its power, or the laptop its cable.
 */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { LOADER } from "../../typescript_child";
import type { StandIn } from "./stand_in";

const ROOT = join(__dirname, "..", "..", "..");

function startUpload(port: string, file: string, board: string): ChildProcess {
  const child = join(__dirname, "upload_child.ts");
  const words = [...LOADER, child, port, file, board];
  return spawn(process.execPath, words, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
}

/** Ends one side so many milliseconds after the first step: the board by a power cut, or the laptop. */
export async function uploadAndKill(
  board: StandIn,
  file: string,
  after_ms: number,
  cuts_power: boolean,
  name = "espruino-rak5010",
): Promise<void> {
  const child = startUpload(board.port, file, name);
  const ended = new Promise((resolve) => child.once("close", resolve));
  let said = "";
  const started = new Promise<void>((resolve) => {
    child.stdout?.on("data", (text: Buffer) => {
      said += text.toString();
      if (said.includes("started")) resolve();
    });
  });
  await Promise.race([started, ended]);
  assert.match(said, /started/, "the upload has begun");
  await Promise.race([new Promise((resolve) => setTimeout(resolve, after_ms)), ended]);
  if (cuts_power) board.cutPower();
  else child.kill("SIGKILL");
  await ended;
  await board.powerDown();
}
