/// <reference path="./nodemcu.d.ts" />
/**
 * The ESP32 and its interpreter: engine, random source, crypto, pulse counter, watchdog, files.
 *
 * Watchdog: NodeMCU gives a script none of the chip's. Its system has one, the task watchdog of ESP-IDF, which resets the
 * board when the idle task of a core does not run for 5 s (sdkconfig.defaults: ESP_TASK_WDT_PANIC; the span is ESP-IDF's
 * own default): an interpreter that hangs starves that task. So here is only what finds firmware that no longer gets
 * anywhere: an alarm that restarts the board, put off by each kick. A reset by the task watchdog is told as one by
 * software; `caused_reset` knows those that the chip itself tells as a watchdog's.
 *
 * Port: engine (interpreter).
 * Port: crypto (native).
 */
import { bytesText, textBytes } from "../../firmware/card/bytes";
import { createAes } from "../../firmware/crypto/aes";
import { CRC_START, crcText } from "../../firmware/journal/crc";
import type { Crypto } from "../../hal/crypto";
import type { Engine } from "../../hal/engine";
import type { Timer } from "../../hal/timer";
import type { HardwareCounter } from "../drivers/pulse_counter";
import type { HardwareWatchdog } from "../drivers/watchdog";

const KIB_BYTES = 1024;
const WORDS = 65536;
const CRC_XOR = 4294967295;
/** The unit counts to it and begins again at 0. */
const COUNTER_TOP = 32767;
const COUNTER_BOTTOM = -32768;
/** Clocks of 80 MHz, the most: 12.8 us. */
const COUNTER_FILTER = 1023;
/** node.bootreason: a watchdog of the chip. */
const RESET_WATCHDOG = 4;

/** An error in a callback restarts the board (node.setonerror), so there is none to tell of. */
export function createEngine(): Engine {
  return {
    memory_used: function () {
      collectgarbage("collect");
      return Math.floor(collectgarbage("count"));
    },
    memory_size: function () {
      return Math.floor(collectgarbage("count")) + Math.floor(node.heap() / KIB_BYTES);
    },
    take_faults: function () {
      return [];
    },
  };
}

/** Sixteen bits of the hardware's noise, which an ESP32 has only while its radio is on: the first call turns it on. */
export function createNoise(): () => number {
  let on = false;
  return function () {
    if (!on) {
      wifi.mode(wifi.STATION, false);
      wifi.start();
      on = true;
    }
    return sodium.random.uniform(WORDS);
  };
}

/** The module crypto has hashes and no AES, which is the firmware's own here. */
export function createCrypto(): Crypto {
  const aes = createAes();
  return {
    aes_cbc_encrypt: aes.encrypt,
    aes_cbc_decrypt: aes.decrypt,
    sha256: function (data) {
      const hash = crypto.new_hash("SHA256");
      hash.update(bytesText(data));
      return textBytes(hash.finalize());
    },
  };
}

/** CRC-32 as in zlib. NodeMCU has none. */
export function wholeCrc32(bytes: string): number {
  return CRC_XOR - crcText(CRC_START, bytes);
}

/** The pulse counter unit 0, rising edges. */
export function createCounter(pin: number): HardwareCounter {
  const counter = pulsecnt.create(0);
  const keep = pulsecnt.PCNT_MODE_KEEP;
  counter.chan0Config(
    pin,
    pulsecnt.PCNT_PIN_NOT_USED,
    pulsecnt.PCNT_COUNT_INC,
    pulsecnt.PCNT_COUNT_DIS,
    keep,
    keep,
    COUNTER_BOTTOM,
    COUNTER_TOP,
  );
  counter.setFilter(COUNTER_FILTER);
  counter.clear();
  return {
    modulus: COUNTER_TOP,
    value: function () {
      return counter.getCnt() % COUNTER_TOP;
    },
  };
}

/** The timer must be its own. */
export function createHardwareWatchdog(timer: Timer): HardwareWatchdog {
  let period_ms = 0;
  const putOff = function (): void {
    timer.alarm(timer.now_ms() + period_ms, function () {
      node.restart();
    });
  };
  return {
    start: function (wanted_ms) {
      period_ms = wanted_ms;
      putOff();
    },
    kick: putOff,
    caused_reset: function () {
      return node.bootreason() === RESET_WATCHDOG;
    },
  };
}

export function readFile(name: string): string | undefined {
  const found = io.open(name, "r");
  if (found === undefined) {
    return undefined;
  }
  const bytes = found.read("a");
  found.close();
  return bytes;
}

export function writeFile(name: string, bytes: string): void {
  const made = io.open(name, "w");
  if (made !== undefined) {
    made.write(bytes);
    made.close();
  }
}
