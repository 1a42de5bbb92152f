/**
 * NodeMCU's modules, as far as boards/nodemcu uses them (branch dev-esp32; the reference is
 * https://nodemcu.readthedocs.io/en/dev-esp32/). Functions of a module take no `self`; methods of an object do.
 */

/** @noSelf */
interface NodemcuGpio {
  readonly IN: number;
  readonly OUT: number;
  readonly PULL_UP: number;
  readonly INTR_UP_DOWN: number;
  config(settings: { gpio: number; dir: number; pull?: number }): void;
  /** 0 or 1. */
  read(pin: number): number;
  write(pin: number, level: number): void;
  trig(pin: number, kind: number, callback: (pin: number, level: number) => void): void;
}

declare var gpio: NodemcuGpio;

/** @noSelf */
interface NodemcuI2c {
  readonly SW: number;
  readonly SLOW: number;
  readonly TRANSMITTER: number;
  readonly RECEIVER: number;
  setup(id: number, sda: number, scl: number, rate_hz: number): number;
  start(id: number): void;
  stop(id: number): void;
  /** True: acknowledged. */
  address(id: number, address: number, direction: number): boolean;
  /** How many bytes were acknowledged. */
  write(id: number, bytes: string): number;
  read(id: number, length: number): string;
}

declare var i2c: NodemcuI2c;

interface NodemcuSpiDevice {
  transfer(bytes: string): string;
}

interface NodemcuSpiBus {
  device(settings: { cs: number; mode: number; freq: number }): NodemcuSpiDevice;
}

/** @noSelf */
interface NodemcuSpi {
  readonly VSPI: number;
  master(host: number, settings: { sclk: number; mosi: number; miso: number }): NodemcuSpiBus;
}

declare var spi: NodemcuSpi;

interface NodemcuPulseCounter {
  chan0Config(
    pin: number,
    control_pin: number,
    rising: number,
    falling: number,
    control_low: number,
    control_high: number,
    lowest: number,
    highest: number,
  ): void;
  setFilter(clocks: number): void;
  clear(): void;
  getCnt(): number;
}

/** @noSelf */
interface NodemcuPulsecnt {
  readonly PCNT_PIN_NOT_USED: number;
  readonly PCNT_COUNT_INC: number;
  readonly PCNT_COUNT_DIS: number;
  readonly PCNT_MODE_KEEP: number;
  create(unit: number): NodemcuPulseCounter;
}

declare var pulsecnt: NodemcuPulsecnt;

/** @noSelf */
interface NodemcuAdc {
  readonly ADC1: number;
  readonly ATTEN_11db: number;
  setwidth(number: number, bits: number): void;
  setup(number: number, channel: number, attenuation: number): void;
  read(number: number, channel: number): number;
}

declare var adc: NodemcuAdc;

interface NodemcuTimer {
  alarm(interval_ms: number, kind: number, callback: () => void): boolean;
  unregister(): void;
}

/** @noSelf */
interface NodemcuTmr {
  readonly ALARM_SINGLE: number;
  create(): NodemcuTimer;
  /** Lets the system's idle task run, for a tick of 10 ms at most. */
  wdclr(): void;
}

declare var tmr: NodemcuTmr;

/** @noSelf */
interface NodemcuUart {
  readonly PARITY_NONE: number;
  readonly STOPBITS_1: number;
  /** `run_input` 0: the interpreter does not get what comes. Without a callback it gets everything again. */
  on(event: "data", count?: number, callback?: (bytes: string) => void, run_input?: number): void;
  /** A line that is not the console: what comes, in pieces, with a count of 0. */
  on(id: number, event: "data", count: number, callback: (bytes: string) => void): void;
  setup(
    id: number,
    rate_hz: number,
    data_bits: number,
    parity: number,
    stop_bits: number,
    pins: { tx: number; rx: number },
  ): void;
  /** Before it a line neither sends nor hears (line.ts says why the console, too). */
  start(id: number): void;
  write(id: number, bytes: string): void;
}

declare var uart: NodemcuUart;

interface NodemcuHash {
  update(bytes: string): void;
  finalize(): string;
}

/** @noSelf */
interface NodemcuCrypto {
  new_hash(name: "SHA256"): NodemcuHash;
}

declare var crypto: NodemcuCrypto;

/** @noSelf */
interface NodemcuRandom {
  uniform(upper_bound: number): number;
}

interface NodemcuSodium {
  readonly random: NodemcuRandom;
}

declare var sodium: NodemcuSodium;

/** @noSelf */
interface NodemcuWifi {
  readonly STATION: number;
  mode(mode: number, keep: boolean): void;
  start(): void;
}

declare var wifi: NodemcuWifi;

/** @noSelf */
interface NodemcuNode {
  /** 1 power-on, 2 software, 3 the reset pin or unknown, 4 a watchdog; more results follow. */
  bootreason(): number;
  /** "esp32" and the like. */
  chipmodel(): string;
  /** Bytes. */
  heap(): number;
  restart(): void;
  /** Microseconds since the start; a second result is 0 for 285 years. */
  uptime(): number;
}

declare var node: NodemcuNode;

/** @noSelf */
interface NodemcuFile {
  remove(name: string): void;
}

declare var file: NodemcuFile;

interface NodemcuFile {
  read(what: "a" | number): string | undefined;
  /** Where it stands then. */
  seek(from: "set" | "end", offset: number): number;
  write(bytes: string): NodemcuFile | undefined;
  close(): void;
}

/** @noSelf */
interface NodemcuIo {
  open(name: string, mode: "r" | "r+" | "w"): NodemcuFile | undefined;
}

declare var io: NodemcuIo;

/** What init.lua says (tools/flash/nodemcu/boot_file.ts). */
interface NodemcuBoot {
  /** Name of the file that runs. */
  readonly slot: string;
  readonly sequence: number;
  /** Of a slot that an update fills; the first form of init.lua has none. */
  readonly slot_bytes?: number;
}

/** Undefined where no init.lua of ours has run. */
declare var curbstop_boot: NodemcuBoot | undefined;

/** KiB that Lua holds. */
declare function collectgarbage(what: "collect" | "count"): number;
