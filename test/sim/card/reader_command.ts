/**
 * `curbstop sim card` as a process of its own, as a person starts it, and a pair of serial devices for its reader.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";

const COMMAND = join(__dirname, "..", "..", "..", "tools", "bin", "curbstop.js");
const LOOK_MS = 20;

export interface InsertedCard {
  readonly child: ChildProcess;
  /** What the command has printed so far, an object a line. */
  lines(): string[];
  /** Takes the card out as Ctrl-C does; the exit code. */
  takeOut(): Promise<number | null>;
}

/** Starts the command, and resolves when it says that the card is in. */
export async function insertByCommand(...words: string[]): Promise<InsertedCard> {
  const child = spawn(process.execPath, [COMMAND, "sim", "card", ...words, "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  let wrong = "";
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  child.stderr.on("data", (data: Buffer) => (wrong += data.toString()));
  child.stdout.on("data", (data: Buffer) => (said += data.toString()));
  while (!said.includes("\n")) {
    await Promise.race([once(child.stdout, "data"), ended]);
    if (child.exitCode !== null) throw new Error(`the command ended: ${wrong}`);
  }
  return {
    child,
    lines: () => said.trim().split("\n"),
    takeOut: () => {
      child.kill("SIGINT");
      return ended;
    },
  };
}

export interface PtyPair {
  /** For the software that has a reader. */
  readonly host: string;
  /** For the reader. */
  readonly device: string;
  stop(): Promise<void>;
}

/** Two serial devices in a folder, each the other end of the other. */
export async function startPtyPair(folder: string): Promise<PtyPair> {
  const [host, device] = [join(folder, "H"), join(folder, "D")];
  const child = spawn("socat", [`PTY,link=${host},raw,echo=0`, `PTY,link=${device},raw,echo=0`], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  while (!existsSync(host) || !existsSync(device)) {
    if (child.exitCode !== null) throw new Error("socat ended at once");
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return {
    host,
    device,
    stop: () => {
      child.kill("SIGTERM");
      return ended;
    },
  };
}
