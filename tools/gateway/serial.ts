/**
 * The line to a radio module: a serial device or one end of a pty, 57600 baud, 8N1, raw.
 */
import { spawnSync } from "node:child_process";
import type { ByteLine } from "../../firmware/reader/byte_line";
import type { Timer } from "../../hal/timer";
import { openSerial, realTimer } from "../../sim/card/pn532_pty";
import { systemCode } from "../keys/key_error";
import { GatewayError } from "./gateway_error";

const BAUD = "57600";

export interface OpenLine {
  readonly line: ByteLine;
  readonly timer: Timer;
  close(): void;
}

/** Opens the device; `on_end` hears when it goes away. */
export function openLine(path: string, on_end: (reason: string) => void): OpenLine {
  // Node sets no baud rate; a pty takes any. Where stty is missing, the device keeps the rate it has.
  const words = process.platform === "darwin" ? ["-f", path] : ["-F", path];
  spawnSync("stty", [...words, BAUD, "raw", "-echo", "cs8", "-parenb", "-cstopb"], { stdio: "ignore" });
  const { timer, stop } = realTimer();
  try {
    const serial = openSerial(path, (reason) => {
      stop();
      on_end(reason);
    });
    return {
      line: serial.line,
      timer,
      close: () => {
        stop();
        serial.close();
      },
    };
  } catch (error) {
    stop();
    const code = systemCode(error);
    const why = code === "unknown error" ? (error as Error).message : `${path}: cannot be opened (${code})`;
    throw new GatewayError("no_modem", `${why}; give the module's serial device`);
  }
}
