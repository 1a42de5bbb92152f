/**
 * A pcscd with the driver vpcd on a port of its own. pcscd knows one place for its socket, so there can be one only:
 * where another is at work, tests that need this are pending. Tests of this project that run at once wait for each
 * other.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { withLock } from "../../../tools/keys/lock";

const SOCKET = "/run/pcscd/pcscd.comm";
const DRIVERS = "/usr/lib/pcsc/drivers/serial";
const READY_TRIES = 200;
const TRY_MS = 50;
/** Longer than all tests with a pcscd take together. */
const TURN_WAIT_MS = 200_000;

export const READER_NAME = "Virtual PCD 00 00";

/** The full path of a program; daemons are not on every PATH. */
export function programPath(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

function driver(): string | undefined {
  if (!existsSync(DRIVERS)) return undefined;
  const file = readdirSync(DRIVERS).find((name) => name === "libifdvpcd.so");
  return file === undefined ? undefined : join(DRIVERS, file);
}

function connects(target: string | { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = typeof target === "string" ? connect(target) : connect(target);
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** Waits until no other test of this project has a pcscd; gives what lets the next one have it. */
function turn(): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const hold = (): Promise<void> => new Promise((release) => resolve(release));
    withLock(join(tmpdir(), "curbstop-pcscd"), hold, TURN_WAIT_MS).catch(reject);
  });
}

/** Why there can be none, in words; undefined when there can. */
async function missing(programs: readonly string[]): Promise<string | undefined> {
  const absent = ["pcscd", ...programs].filter((name) => programPath(name) === undefined);
  if (absent.length > 0) return `${absent.join(", ")} not installed`;
  if (driver() === undefined) return "vsmartcard-vpcd not installed";
  if (process.getuid?.() !== 0) return "pcscd is run by root only";
  return (await connects(SOCKET)) ? "another pcscd is at work" : undefined;
}

/** A port whose next one is free as well: vpcd takes one for each of its two slots. */
async function freePort(): Promise<number> {
  const listen = (port: number) =>
    new Promise<{ port: number; close: () => Promise<unknown> } | undefined>((resolve) => {
      const server = createServer();
      server.once("error", () => resolve(undefined));
      server.listen(port, () => {
        const close = () => new Promise((done) => server.close(done));
        resolve({ port: (server.address() as AddressInfo).port, close });
      });
    });
  for (;;) {
    const first = await listen(0);
    const second = first === undefined ? undefined : await listen(first.port + 1);
    await first?.close();
    await second?.close();
    if (first !== undefined && second !== undefined) return first.port;
  }
}

export interface PrivatePcscd {
  port: number;
  stop(): Promise<void>;
}

async function until(what: () => Promise<boolean>, child: ChildProcess): Promise<void> {
  for (let turn = 0; turn < READY_TRIES; turn++) {
    if (await what()) return;
    if (child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, TRY_MS));
  }
  throw new Error("pcscd does not come up");
}

/** A pcscd for the calling test alone, or in words why there is none. */
export async function takePcscd(programs: readonly string[]): Promise<PrivatePcscd | string> {
  const next = await turn();
  try {
    const reason = await missing(programs);
    if (reason !== undefined) {
      next();
      return reason;
    }
    const pcscd = await startPcscd();
    return { port: pcscd.port, stop: () => pcscd.stop().finally(next) };
  } catch (error) {
    next();
    throw error;
  }
}

async function startPcscd(): Promise<PrivatePcscd> {
  const folder = mkdtempSync(join(tmpdir(), "curbstop-pcscd-"));
  const port = await freePort();
  const number = `0x${port.toString(16)}`;
  const lines = [
    'FRIENDLYNAME "Virtual PCD"',
    `DEVICENAME /dev/null:${number}`,
    `LIBPATH ${driver() ?? ""}`,
    `CHANNELID ${number}`,
  ];
  writeFileSync(join(folder, "vpcd"), lines.join("\n") + "\n");
  const child = spawn(programPath("pcscd") ?? "pcscd", ["--foreground", "-c", folder], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until(() => connects(SOCKET), child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, stop };
}
