/**
 * A board at the end of a line: the Espruino interpreter for Linux in a folder of its own, behind socat. Each connection
 * is a power-up: it starts an interpreter on the flash that the last one left. When the connection ends, so does it.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { espruinoMissing, findEspruino } from "../../../sim/engines/espruino";
import { findOnPath } from "../../../sim/engines/child";
import { readBoard } from "../../../tools/build/board_file";
import { FlashError } from "../../../tools/flash/flash_error";
import type { BoardState } from "../../../tools/flash/board_state";
import { flashBoard, type Flashed, type FlashOrder } from "../../../tools/flash/session";

export function standInMissing(): string | undefined {
  if (findOnPath("socat") === undefined) return "socat is not on PATH (apt-get install socat)";
  return espruinoMissing();
}

/** The cores that this process may have, as the system lists them: `0-1,4`. */
function allowedCores(): number[] {
  const listed = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  return listed.split(",").flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, place) => first + place);
  });
}

/**
 * The interpreter on one core. Its build for Linux reads its console in a thread of its own, which lengthens an event that
 * the other thread may just be taking out (jshPushIOCharEvent, src/jsdevices.c): now and then it crashes on what comes
 * fast. A chip takes it out with interrupts off. On one core the two rarely meet.
 */
export function onOneCore(program: string): string {
  if (findOnPath("taskset") === undefined) return program;
  const cores = allowedCores();
  return `taskset -c ${cores[process.pid % cores.length]} ${program}`;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

export class StandIn {
  private constructor(
    readonly folder: string,
    readonly port: string,
    private readonly socat: ChildProcess,
  ) {}

  /** `program` is what each connection starts: an interpreter, unless it is said. */
  static async start(program = onOneCore(findEspruino() ?? "espruino")): Promise<StandIn> {
    const folder = mkdtempSync(join(tmpdir(), "curbstop-board-"));
    const number = await freePort();
    // Without nodelay each short answer waits 40 ms for the acknowledgement of the one before.
    const listen = `TCP-LISTEN:${number},bind=127.0.0.1,reuseaddr,nodelay,fork`;
    const socat = spawn("socat", [listen, `EXEC:${program},pty,raw,echo=0`], {
      cwd: folder,
      stdio: "ignore",
      detached: true,
    });
    return new StandIn(folder, `tcp://127.0.0.1:${number}`, socat).listening(number);
  }

  private async listening(number: number): Promise<this> {
    // /proc/net/tcp tells without connecting, which would start an interpreter.
    const wanted = `0100007F:${number.toString(16).toUpperCase().padStart(4, "0")} 00000000:0000 0A`;
    for (let tries = 0; !readFileSync("/proc/net/tcp", "utf8").includes(wanted); tries++) {
      if (tries > 200) throw new Error("socat does not listen");
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    return this;
  }

  /** The interpreters that run in this folder. */
  private interpreters(): number[] {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((id) => {
        try {
          const is_here = readlinkSync(`/proc/${id}/cwd`) === this.folder;
          return is_here && basename(readlinkSync(`/proc/${id}/exe`)) !== "socat";
        } catch {
          return false;
        }
      })
      .filter((id) => id !== process.pid);
  }

  /** Power cut. */
  cutPower(): void {
    for (const id of this.interpreters()) {
      try {
        process.kill(id, "SIGKILL");
      } catch {
        // It has ended by itself meanwhile.
      }
    }
  }

  /** Until the last interpreter has let go of the flash; it is given a moment to do what it was told. */
  async powerDown(): Promise<void> {
    for (let tries = 0; this.interpreters().length > 0; tries++) {
      if (tries > 8) this.cutPower();
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  async stop(): Promise<void> {
    this.socat.kill("SIGKILL");
    this.cutPower();
    await this.powerDown();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A small firmware that says who it is, and cannot say so when a byte of it is missing. */
export function sampleFirmware(version: string, meter: string): string {
  const filler = Array.from({ length: 30 }, (_, i) => `"${(i * 7919).toString(36).repeat(12)}${version}"`).join(",");
  const identity = `firmware=${version}${meter === "" ? "" : ` meter=${meter} region=600100`}`;
  return (
    `var curbstop=(function(e){var t=[${filler}];e.identity=function(){var n=0,i;for(i=0;i<t.length;i++)n+=t[i].length;` +
    `return "${identity} parts="+t.length+" letters="+n;};return e;})({});`
  );
}

/** What the sample answers when all of it is there. */
export function sampleIdentity(version: string, meter: string): string {
  const letters = Array.from({ length: 30 }, (_, i) => (i * 7919).toString(36).length * 12 + version.length);
  const sum = letters.reduce((total, one) => total + one, 0);
  return `firmware=${version}${meter === "" ? "" : ` meter=${meter} region=600100`} parts=30 letters=${sum}`;
}

/** Flashes in this process; once more when the interpreter has crashed, which leaves the board as a cut cable does. */
export async function flashTo(
  port: string,
  bundle: string,
  more: Partial<FlashOrder> = {},
): Promise<Flashed<BoardState>> {
  try {
    return await flashOnce(port, bundle, more);
  } catch (error) {
    if (!(error instanceof FlashError) || !error.message.includes("closed the connection")) throw error;
    return flashOnce(port, bundle, more);
  }
}

function flashOnce(port: string, bundle: string, more: Partial<FlashOrder>): Promise<Flashed<BoardState>> {
  return flashBoard({
    board: readBoard("espruino-rak5010"),
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
