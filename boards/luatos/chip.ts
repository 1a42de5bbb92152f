/// <reference path="./luatos.d.ts" />
/**
 * The EC618 and its interpreter: engine, random source, crypto, watchdog, files.
 *
 * Watchdog: the chip takes periods of 20 to 60 s and no others, the first time it runs out is an interrupt, and only the
 * second a reset (luat_wdt_ec618.c): a hung interpreter is found after 20 to 40 s, and a motor that was being driven has
 * to bear that long. The firmware's own period is kept by boards/drivers/watchdog.ts, as everywhere.
 *
 * Files are those of the internal LittleFS: a file that was being written is the old one or the new one after a cut.
 *
 * Port: engine (interpreter).
 * Port: crypto (native).
 */
import { assert } from "../../firmware/assert";
import { bytesText, hexBytes, textBytes } from "../../firmware/card/bytes";
import type { Crypto } from "../../hal/crypto";
import type { Engine } from "../../hal/engine";
import type { HardwareWatchdog } from "../drivers/watchdog";

const KIB_BYTES = 1024;
const AES_CBC = "AES-128-CBC";
/** pm.lastReson: the reset was the watchdog's. */
const RESET_WATCHDOG = 8;
const WATCHDOG_LEAST_MS = 20000;

/** An error in a callback restarts the module (tools/build/entry.ts), so there is none to tell of. */
export function createEngine(): Engine {
  return {
    memory_used: function () {
      collectgarbage("collect");
      return Math.floor(collectgarbage("count"));
    },
    memory_size: function () {
      return Math.floor(rtos.meminfo() / KIB_BYTES);
    },
    take_faults: function () {
      return [];
    },
  };
}

/** Sixteen bits of the hardware's noise; none, which the caller takes for a fault, when it has failed. */
export function randomWord(): number {
  const drawn = crypto.trng(2);
  return drawn === undefined || drawn.length !== 2 ? -1 : drawn.charCodeAt(0) * 256 + drawn.charCodeAt(1);
}

/** What a cipher made of whole blocks. One that failed must not pass for a key or a message. */
function blocksOf(made: string | undefined, length: number): number[] {
  assert(made !== undefined && made.length === length, "the module's AES computes");
  return made === undefined ? [] : textBytes(made);
}

export function createCrypto(): Crypto {
  return {
    aes_cbc_encrypt: function (key, initial, data) {
      if (data.length === 0) {
        return [];
      }
      const made = crypto.cipher_encrypt(AES_CBC, "NONE", bytesText(data), bytesText(key), bytesText(initial));
      return blocksOf(made, data.length);
    },
    aes_cbc_decrypt: function (key, initial, data) {
      if (data.length === 0) {
        return [];
      }
      const made = crypto.cipher_decrypt(AES_CBC, "NONE", bytesText(data), bytesText(key), bytesText(initial));
      return blocksOf(made, data.length);
    },
    sha256: function (data) {
      return hexBytes(crypto.sha256(bytesText(data)));
    },
  };
}

/** CRC-32 as in zlib, for hal/nvm.ts and the nameplate. */
export function nativeCrc32(bytes: string): number {
  return crypto.crc32(bytes);
}

export function createHardwareWatchdog(): HardwareWatchdog {
  const caused = pm.lastReson()[2] === RESET_WATCHDOG;
  return {
    start: function (period_ms) {
      wdt.init(Math.max(period_ms, WATCHDOG_LEAST_MS));
    },
    kick: function () {
      wdt.feed();
    },
    caused_reset: function () {
      return caused;
    },
  };
}

export function readFile(name: string): string | undefined {
  const found = io.open(name, "rb");
  if (found === undefined) {
    return undefined;
  }
  const bytes = found.read("a");
  found.close();
  return bytes;
}

export function writeFile(name: string, bytes: string): void {
  const made = io.open(name, "wb");
  if (made !== undefined) {
    made.write(bytes);
    made.close();
  }
}
