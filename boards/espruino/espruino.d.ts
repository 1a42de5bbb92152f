/**
 * Espruino's globals, as far as boards/espruino uses them (2v29; the reference is espruino.com/Reference).
 *
 * A declaration file, because the bundler shortens every property name that none of these knows: what the interpreter
 * calls by name must stand here.
 */

interface EspruinoWatchOptions {
  repeat: boolean;
  edge: "rising" | "falling" | "both";
}

interface EspruinoWatchEvent {
  /** Seconds on the clock of getTime(). */
  time: number;
  /** The level behind the edge; false and true on some builds. */
  state: number;
}

declare function setWatch(
  callback: (event: EspruinoWatchEvent) => void,
  pin: string,
  options: EspruinoWatchOptions,
): number;
declare function clearWatch(id: number): void;
declare function pinMode(pin: string, mode: string): void;
/** 0 and 1; false and true on some builds. */
declare function digitalRead(pin: string): number;
declare function digitalWrite(pin: string, value: number): void;
/** The level for so long, then the other one, timed by an interrupt; comes back at once. */
declare function digitalPulse(pin: string, value: number, span_ms: number): void;
/** 0 to 1 of the reference. */
declare function analogRead(pin: string): number;
declare function setTimeout(callback: () => void, span_ms: number): number;
declare function clearTimeout(id: number): void;
/** Seconds. */
declare function getTime(): number;
declare function peek32(address: number): number;
declare function poke32(address: number, value: number): void;

interface EspruinoI2c {
  setup(options: { scl: string; sda: string; bitrate: number }): void;
  /** Throws when the chip does not acknowledge. */
  writeTo(address: number | { address: number; stop: boolean }, data: string): void;
  readFrom(address: number, quantity: number): Uint8Array;
}

interface EspruinoSpi {
  setup(options: { sck: string; miso: string; mosi: string; baud: number; mode: number }): void;
  /** What came back: a text for a text. */
  send(data: string): string;
}

interface EspruinoSerial {
  setup(baud: number, options: { rx: string; tx: string }): void;
  write(data: string): void;
  on(event: "data", listener: (text: string) => void): void;
}

declare var I2C1: EspruinoI2c;
declare var SPI1: EspruinoSpi;
declare var Serial1: EspruinoSerial;
declare var Serial2: EspruinoSerial;
declare var USB: EspruinoSerial;
declare var Bluetooth: EspruinoSerial;

interface EspruinoFlash {
  read(length: number, address: number): Uint8Array | undefined;
  write(data: string, address: number): void;
  erasePage(address: number): void;
  getPage(address: number): { addr: number; length: number };
}

interface EspruinoAes {
  encrypt(data: Uint8Array, key: Uint8Array, options: { iv: Uint8Array; mode: "CBC" }): ArrayBuffer;
  decrypt(data: Uint8Array, key: Uint8Array, options: { iv: Uint8Array; mode: "CBC" }): ArrayBuffer;
}

interface EspruinoCrypto {
  AES: EspruinoAes;
  SHA256(data: Uint8Array | string): ArrayBuffer;
}

interface EspruinoStorage {
  /** A text of characters 0 to 255. */
  read(name: string): string | undefined;
  read(name: string, offset: number, length: number): string | undefined;
  write(name: string, data: string): boolean;
  /** A part of a file of so many bytes. */
  write(name: string, data: string, offset: number, size: number): boolean;
  erase(name: string): void;
}

declare function require(module: "Flash"): EspruinoFlash;
declare function require(module: "Storage"): EspruinoStorage;
declare function require(module: "crypto"): EspruinoCrypto;

declare var E: {
  CRC32(data: string): number;
  hwRand(): number;
  /** Clears them. */
  getErrorFlags(): string[];
  enableWatchdog(timeout_s: number, automatic: boolean): void;
  kickWatchdog(): void;
  /** Resets the chip. */
  reboot(): void;
  /** Memory as a text, without a copy of it. */
  memoryArea(address: number, length: number): string;
  getAnalogVRef(): number;
  /** Null for none. */
  // eslint-disable-next-line no-restricted-syntax -- Espruino's own null
  setConsole(device: EspruinoSerial | null, options: { force: boolean }): void;
};

/** A slot as the boot file knows it (tools/flash/slots.ts). */
interface EspruinoSlot {
  file: string;
  from: number;
  address: number;
  size_bytes: number;
}

/** What the boot file says (tools/flash/boot_file.ts); not there without one, and without slots in its first form. */
interface EspruinoBoot {
  slot: number;
  sequence: number;
  slots: EspruinoSlot[] | undefined;
}

declare var curbstop_boot: EspruinoBoot;

/** Starts the interpreter anew. */
declare function load(): void;

declare var process: {
  memory(): { usage: number; total: number };
  env: { BOARD: string };
};
