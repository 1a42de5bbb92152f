/// <reference path="./espruino.d.ts" />
/**
 * The microcontroller and its interpreter: flash pages, engine, random source, crypto, watchdog, service port.
 *
 * Port: engine (interpreter).
 * Port: crypto (native).
 */
import type { Crypto } from "../../hal/crypto";
import type { Engine, EngineFault } from "../../hal/engine";
import type { ServicePort } from "../../hal/service_port";
import type { FlashPages } from "../drivers/mcu_flash";
import type { HardwareWatchdog } from "../drivers/watchdog";
import { arrayOf, textOfBytes } from "./bytes";

/** nRF52832 and nRF52840: POWER.RESETREAS, Product Specification, chapter POWER; bit 1 DOG, cleared by writing 1. */
const NRF52_RESET_REASON = 0x40000400;
const NRF52_RESET_DOG = 2;

/** RNG_DATA_REG, 3FF75144 hexadecimal (Technical Reference Manual, chapter Random Number Generator). */
const ESP32_NOISE = 0x3ff75144;

/** Addresses of every chip here are below it. */
const ADDRESS_MAX = 2147483647;

/** The `Flash` module: any addresses of the chip, so the caller's geometry is what keeps the firmware's code
 * whole. A page of the driver may be several of the chip's. */
export function createFlashPages(page_bytes: number): FlashPages {
  const flash = require("Flash");
  return {
    read: function (address, length) {
      return textOfBytes(flash.read(length, address));
    },
    write: function (address, bytes) {
      try {
        flash.write(bytes, address);
        return true;
      } catch {
        return false;
      }
    },
    erase_page: function (address) {
      try {
        // An address that was divided on its way is a float, also where it is whole, and erasePage refuses those.
        let at = address & ADDRESS_MAX;
        while (at < address + page_bytes) {
          flash.erasePage(at);
          at += flash.getPage(at).length;
        }
        return true;
      } catch {
        return false;
      }
    },
  };
}

/** The interpreter's own CRC-32, for hal/nvm.ts. */
export function nativeCrc32(bytes: string): number {
  return E.CRC32(bytes);
}

function faultOf(flag: string): EngineFault | undefined {
  if (flag === "FIFO_FULL" || flag === "MEMORY_BUSY") {
    return "fifo_full";
  }
  if (flag === "CALLBACK") {
    return "callback";
  }
  if (flag === "LOW_MEMORY") {
    return "low_memory";
  }
  return flag === "MEMORY" ? "memory" : undefined;
}

export function createEngine(): Engine {
  return {
    memory_used: function () {
      return process.memory().usage;
    },
    memory_size: function () {
      return process.memory().total;
    },
    take_faults: function () {
      const faults: EngineFault[] = [];
      for (const flag of E.getErrorFlags()) {
        const fault = faultOf(flag);
        if (fault !== undefined && faults.indexOf(fault) < 0) {
          faults.push(fault);
        }
      }
      return faults;
    },
  };
}

/**
 * Sixteen bits of the hardware's noise, each call. E.hwRand() of an ESP32 is rand(), the same row of numbers from every
 * boot on (targets/esp32/jshardware.c), so there the chip's noise register is read. It is noise while Bluetooth or WiFi
 * has power (ESP-IDF, "Random Number Generation"), as the interpreter's Bluetooth does unless it is told otherwise.
 */
export function createNoise(chip: string): () => number {
  return function () {
    return (chip === "ESP32" ? peek32(ESP32_NOISE) : E.hwRand()) & 65535;
  };
}

/** Of a length below 65536, what whole blocks of 16 bytes take. */
const WHOLE_BLOCKS = 65520;

/** Needs an interpreter with AES and SHA-256 built in (`native_crypto` of the board). */
export function createNativeCrypto(): Crypto {
  const crypto = require("crypto");
  return {
    aes_cbc_encrypt: function (key, initial, data) {
      if (data.length === 0) {
        return [];
      }
      const options = { iv: new Uint8Array(initial), mode: "CBC" as const };
      return arrayOf(crypto.AES.encrypt(new Uint8Array(data), new Uint8Array(key), options), 0);
    },
    aes_cbc_decrypt: function (key, initial, data) {
      if (data.length === 0) {
        return [];
      }
      const options = { iv: new Uint8Array(initial), mode: "CBC" as const };
      return arrayOf(crypto.AES.decrypt(new Uint8Array(data), new Uint8Array(key), options), 0);
    },
    aes_cmac: function (key, whole, padded) {
      const key_bytes = new Uint8Array(key);
      const whole_words = new Uint32Array(new Uint8Array(whole).buffer);
      const padded_words = new Uint32Array(new Uint8Array(padded).buffer);
      return function (initial, message) {
        const message_bytes = message.length;
        const size = message_bytes > 0 ? (message_bytes + 15) & WHOLE_BLOCKS : 16;
        const blocks = new Uint8Array(size);
        const words = new Uint32Array(blocks.buffer, size - 16, 4);
        let mask = whole_words;
        blocks.set(message);
        if (message_bytes < size) {
          // The padding begins with a one bit (RFC 4493 2.4).
          blocks[message_bytes] = 128;
          mask = padded_words;
        }
        words[0] ^= mask[0];
        words[1] ^= mask[1];
        words[2] ^= mask[2];
        words[3] ^= mask[3];
        const options = { iv: new Uint8Array(initial), mode: "CBC" as const };
        // Its own kind of list, which hal/crypto.ts allows: a plain one costs as much as a block's encryption.
        return new Uint8Array(crypto.AES.encrypt(blocks, key_bytes, options), size - 16) as unknown as number[];
      };
    },
    sha256: function (data) {
      return arrayOf(crypto.SHA256(new Uint8Array(data)), 0);
    },
  };
}

/** Only the nRF52 tells the reason of its reset to a script; on other chips `caused_reset` is false. */
export function createHardwareWatchdog(chip: string): HardwareWatchdog {
  const tells = chip.indexOf("nRF52") === 0;
  const caused = tells && (peek32(NRF52_RESET_REASON) & NRF52_RESET_DOG) !== 0;
  if (caused) {
    poke32(NRF52_RESET_REASON, NRF52_RESET_DOG);
  }
  return {
    start: function (period_ms) {
      E.enableWatchdog(period_ms / 1000, false);
    },
    kick: function () {
      E.kickWatchdog();
    },
    caused_reset: function () {
      return caused;
    },
  };
}

/** Bytes to and from a technician. Espruino queues what is written, and waits when its queue is full. */
export function createServicePort(serial: EspruinoSerial): ServicePort {
  let listener = function (bytes: number[]): void {
    bytes.pop();
  };
  serial.on("data", function (text) {
    const bytes: number[] = [];
    for (let index = 0; index < text.length; index++) {
      bytes.push(text.charCodeAt(index));
    }
    listener(bytes);
  });
  return {
    write: function (bytes) {
      let text = "";
      for (const byte of bytes) {
        text = text + String.fromCharCode(byte);
      }
      serial.write(text);
      return "ok";
    },
    on_receive: function (next) {
      listener = next;
    },
  };
}
