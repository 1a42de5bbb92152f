/**
 * The serial ports of this machine, with what is known of them by USB (usb_ids.ts). They are listed in a process of its
 * own (list_child.js), which may hang or crash; what it says is checked like everything from outside.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { z } from "zod";
import type { Board } from "../build/board_schema";
import { FlashError } from "./flash_error";
import { printable } from "./link";
import { kindsOf, usbKind } from "./usb_ids";

const CHILD = join(__dirname, "list_child.js");
const LIST_LIMIT_MS = 10_000;
const LIST_MAX_BYTES = 1024 * 1024;
const PORTS_MAX = 1000;
const WHY_MAX = 120;
const SHOWN_MAX = 40;

export interface SerialPort {
  readonly path: string;
  /** Four hexadecimal digits each, "" where the port is not on USB. */
  readonly vendor_id: string;
  readonly product_id: string;
  /** Fit for a terminal, "" where the port says none. */
  readonly serial_number: string;
}

const hex4 = z
  .string()
  .regex(/^[0-9a-fA-F]{4}$/)
  .catch("");
const shown = z
  .string()
  .catch("")
  .transform((text) => printable(text).slice(0, SHOWN_MAX));
const PORT = z.object({ path: z.string().min(1).max(200), vendorId: hex4, productId: hex4, serialNumber: shown });

/** The ports in what the child says, USB first. Throws a FlashError. */
export function readPorts(text: string): SerialPort[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const listed = z.array(PORT).max(PORTS_MAX).safeParse(value);
  if (!listed.success) throw new FlashError("the serial ports cannot be listed (give --port)");
  const ports = listed.data.map(({ path, vendorId, productId, serialNumber }) => ({
    path: printable(path),
    vendor_id: vendorId.toLowerCase(),
    product_id: productId.toLowerCase(),
    serial_number: serialNumber,
  }));
  const rank = ({ vendor_id }: SerialPort) => (vendor_id === "" ? 1 : 0);
  return ports.sort((one, other) => rank(one) - rank(other) || one.path.localeCompare(other.path, "en"));
}

/** Lists them. Rejects with a FlashError. */
export function listPorts(): Promise<SerialPort[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD], { stdio: ["ignore", "pipe", "pipe"] });
    const limit = setTimeout(() => child.kill("SIGKILL"), LIST_LIMIT_MS);
    let [said, why] = ["", ""];
    const take = (text: string, more: string): string => (text + more).slice(0, LIST_MAX_BYTES);
    child.stdout.setEncoding("utf8").on("data", (more: string) => (said = take(said, more)));
    child.stderr.setEncoding("utf8").on("data", (more: string) => (why = take(why, more)));
    child.on("error", (error) => (why = error.message));
    child.on("close", (code) => {
      clearTimeout(limit);
      const words = printable(why.trim()).slice(0, WHY_MAX);
      if (code !== 0)
        return reject(new FlashError(`the serial ports cannot be listed: ${words || "no answer"} (give --port)`));
      resolve(Promise.resolve(said).then(readPorts));
    });
  });
}

/** Those that a board can be behind; a port that is not on USB never is one of them by itself. */
export function fittingPorts(ports: readonly SerialPort[], board: Pick<Board, "chip"> | undefined): SerialPort[] {
  const kinds = kindsOf(board);
  return ports.filter(({ vendor_id, product_id }) => kinds.includes(usbKind(vendor_id, product_id).kind));
}
