/// <reference path="./nodemcu.d.ts" />
/**
 * The ESP32 and its interpreter: engine, random source, crypto, pulse counter, files.
 *
 * Port: engine (interpreter).
 * Port: crypto (native).
 */
import { createAes } from "../../firmware/crypto/aes";
import { CRC_START, crcText } from "../../firmware/journal/crc";
import type { Crypto } from "../../hal/crypto";
import type { Engine } from "../../hal/engine";
import type { HardwareCounter } from "../drivers/pulse_counter";

const KIB_BYTES = 1024;
const WORDS = 65536;
const CRC_XOR = 4294967295;
/** The unit counts to it and begins again at 0. */
const COUNTER_TOP = 32767;
const COUNTER_BOTTOM = -32768;
/** Clocks of 80 MHz, the most: 12.8 us. */
const COUNTER_FILTER = 1023;

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

function textOf(bytes: number[]): string {
  let text = "";
  for (const byte of bytes) {
    text = text + String.fromCharCode(byte);
  }
  return text;
}

function listOf(text: string): number[] {
  const bytes: number[] = [];
  for (let index = 0; index < text.length; index++) {
    bytes.push(text.charCodeAt(index));
  }
  return bytes;
}

/** The module crypto has hashes and no AES, which is the firmware's own here. */
export function createCrypto(): Crypto {
  const aes = createAes();
  return {
    aes_cbc_encrypt: aes.encrypt,
    aes_cbc_decrypt: aes.decrypt,
    sha256: function (data) {
      const hash = crypto.new_hash("SHA256");
      hash.update(textOf(data));
      return listOf(hash.finalize());
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
