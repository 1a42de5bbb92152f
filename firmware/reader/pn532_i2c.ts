/**
 * A byte line made of an I2C bus, for a PN532 that is wired so (NXP UM0701-02, 6.2.4).
 *
 * The chip is a slave and cannot speak up: the host writes a frame as it is, then reads. The first byte of each read
 * is a status, whose bit 0 (RDY) says that a frame is there; it follows from its preamble on, and behind it come bytes
 * that count for nothing and are cut off here. What a read leaves of a frame is lost, so only a status is read ahead.
 *
 * The chip says by its IRQ pin that it has something, but not every board has that wire: the line asks every ASK_MS.
 * A command has one ACK and one answer (UM0701-02, 6.2.2), so behind both it stops, and bus and engine can sleep; where
 * they do not come, it asks until nothing was written and nothing came for ASK_MAX_MS.
 */
import type { Timer } from "../../hal/timer";
import type { ByteLine } from "./byte_line";
import { hearNobody } from "./byte_line";

/** The chip as a slave of a bus, 24 hexadecimal in seven bits. */
export interface I2cDevice {
  /** Bytes in one transfer; one that the chip does not acknowledge, because it sleeps, is lost. */
  write(bytes: number[]): void;
  /** So many bytes in one transfer; none when the chip does not acknowledge its address. */
  read(count: number): number[];
}

export const ASK_MS = 5;
/** A card may think for seconds before the driver gives it up. */
export const ASK_MAX_MS = 10000;
/** An nRF52 reads no more at once (its SDK counts in a byte, and takes 276 for 20); no command of ours asks for more. */
export const READ_MAX_BYTES = 255;
/** From the start code on, with LCS; the shortest frame has fewer bytes, but a read has more. */
const EXTENDED_HEADER_BYTES = 7;
/** A start code further behind than this is none. */
const START_MAX = 8;

/** Where the start code of the frame in a read is; behind START_MAX where there is none. */
function startOf(bytes: number[]): number {
  let start = 1;
  while (start < START_MAX && start + 1 < bytes.length && (bytes[start] !== 0 || bytes[start + 1] !== 0xff)) {
    start += 1;
  }
  return start;
}

/** Where the frame in a read ends, from its header, which the parser checks; at most where the read does. */
function frameEnd(bytes: number[], start: number): number {
  if (start + EXTENDED_HEADER_BYTES > bytes.length) {
    return bytes.length;
  }
  const length = bytes[start + 2];
  const check = bytes[start + 3];
  let end = start + 4 + length + 2;
  if ((length === 0 && check === 0xff) || (length === 0xff && check === 0)) {
    end = start + 5;
  } else if (length === 0xff && check === 0xff) {
    end = start + 7 + bytes[start + 4] * 256 + bytes[start + 5] + 2;
  }
  return Math.min(end, bytes.length);
}

function isAck(bytes: number[], start: number): boolean {
  return start < START_MAX && bytes[start + 2] === 0 && bytes[start + 3] === 0xff;
}

/** The timer must be the line's own. */
export function createI2cLine(device: I2cDevice, timer: Timer): ByteLine {
  let ask_until_ms = 0;
  /** Since the last command. An answer that was late for the one before comes ahead of it. */
  let acknowledged = false;
  let listener = hearNobody;
  const ask = function (): void {
    const status = device.read(1);
    if (status.length > 0 && status[0] % 2 === 1) {
      const bytes = device.read(READ_MAX_BYTES);
      const start = startOf(bytes);
      const answered = acknowledged && start < START_MAX && !isAck(bytes, start);
      acknowledged = acknowledged || isAck(bytes, start);
      if (!answered) {
        ask_until_ms = timer.now_ms() + ASK_MAX_MS;
        timer.alarm(timer.now_ms() + ASK_MS, ask);
      }
      listener(bytes.slice(1, frameEnd(bytes, start)));
    } else if (timer.now_ms() < ask_until_ms) {
      timer.alarm(timer.now_ms() + ASK_MS, ask);
    }
  };
  return {
    write: function (bytes) {
      acknowledged = false;
      ask_until_ms = timer.now_ms() + ASK_MAX_MS;
      timer.alarm(timer.now_ms() + ASK_MS, ask);
      device.write(bytes);
    },
    on_bytes: function (next) {
      listener = next;
    },
  };
}
