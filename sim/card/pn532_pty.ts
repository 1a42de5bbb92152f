/**
 * Serves the PN532 emulator on a serial device that exists already, such as one end of a pair made by
 *
 *   socat PTY,link=H,raw,echo=0 PTY,link=D,raw,echo=0
 *
 * servePn532("D", card) is the reader with the card in its field; whoever opens H (libnfc: pn532_uart:H) talks to it.
 */
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { ReadStream } from "node:tty";
import type { ByteLine } from "../../firmware/reader/byte_line";
import type { Timer } from "../../hal/timer";
import type { Pn532Chip } from "../pn532/chip";
import { createPn532Chip, insertCard } from "../pn532/chip";
import type { ContactlessCard } from "../pn532/field";

export interface ServedPn532 {
  /** For what happens to the card, and faults. */
  readonly chip: Pn532Chip;
  close(): void;
}

/** A timer port in real time, and how to end it. */
export function realTimer(): { timer: Timer; stop: () => void } {
  const began_ms = performance.now();
  const now_ms = (): number => Math.floor(performance.now() - began_ms);
  let alarm: NodeJS.Timeout | undefined;
  const ring = (at_ms: number, callback: () => void): void => {
    // Node's timers may come up to a millisecond early; an alarm never does.
    if (now_ms() < at_ms) alarm = setTimeout(ring, at_ms - now_ms(), at_ms, callback);
    else callback();
  };
  return {
    timer: {
      now_ms,
      alarm: (at_ms, callback) => {
        clearTimeout(alarm);
        alarm = setTimeout(ring, Math.max(0, at_ms - now_ms()), at_ms, callback);
      },
    },
    stop: () => {
      clearTimeout(alarm);
    },
  };
}

/** A byte line on a terminal device, raw. `on_end` is called once when it goes away by itself. */
export function openSerial(path: string, on_end: (reason: string) => void): { line: ByteLine; close: () => void } {
  const descriptor = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  let stream: ReadStream;
  try {
    stream = new ReadStream(descriptor);
  } catch {
    closeSync(descriptor);
    throw new Error(`${path} is no serial device (give a terminal device, such as one end of a socat PTY pair)`);
  }
  stream.setRawMode(true);
  let open = true;
  const end = (reason: string): void => {
    if (!open) return;
    open = false;
    stream.destroy();
    on_end(reason);
  };
  stream.on("error", (error) => {
    end(error.message);
  });
  stream.on("close", () => {
    end("the other end has gone");
  });
  return {
    line: {
      write: (bytes) => {
        if (!open) return;
        try {
          writeSync(descriptor, Uint8Array.from(bytes));
        } catch (error) {
          // A full line loses bytes, as a UART does; the protocol above deals with it.
          if ((error as NodeJS.ErrnoException).code !== "EAGAIN") end((error as Error).message);
        }
      },
      on_bytes: (listener) => {
        stream.removeAllListeners("data");
        stream.on("data", (chunk: Buffer) => {
          listener([...chunk]);
        });
      },
    },
    close: () => {
      open = false;
      stream.destroy();
    },
  };
}

/** Serves until `close`, or until the device goes away, which `on_end` hears of. */
export function servePn532(
  path: string,
  card: ContactlessCard | undefined,
  on_end: (reason: string) => void = () => undefined,
): ServedPn532 {
  const { timer, stop } = realTimer();
  const serial = openSerial(path, (reason) => {
    stop();
    on_end(reason);
  });
  const chip = createPn532Chip(serial.line, timer);
  if (card !== undefined) insertCard(chip, card);
  return {
    chip,
    close: () => {
      stop();
      serial.close();
    },
  };
}
