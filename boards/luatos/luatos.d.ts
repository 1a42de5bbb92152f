/**
 * LuatOS's modules, as far as boards/luatos uses them: from the comments and the code of luat/modules/luat_lib_*.c in
 * https://github.com/openLuat/LuatOS, which https://wiki.luatos.com/api/ is made from, and for the chip EC618 from
 * interface/src/ of https://github.com/openLuat/luatos-soc-2022. Functions of a module take no `self`; methods of an
 * object do.
 */

/** Several results of one call; TypeScriptToLua knows it by the name of its field. */
type LuaMultiReturn<T extends unknown[]> = T & { readonly __tstlMultiReturn: unknown };

/** @noSelf */
interface LuatosRtos {
  readonly MSG_TIMER: number;
  /** "EC618" and the like. */
  bsp(): string;
  /** "LuatOS-SoC_V1113_EC618" and the like. */
  firmware(): string;
  /** Bytes of the heap of Lua; further results are what is in use, and the most that ever was. */
  meminfo(): number;
  reboot(): void;
  /** Once after `span_ms`; 1, or 0 when it cannot. What follows is a message of rtos.receive with this number. */
  timer_start(id: number, span_ms: number, repeat: number): number;
  timer_stop(id: number): void;
}

declare var rtos: LuatosRtos;

/** @noSelf */
interface LuatosMcu {
  /** Ticks since the start, eight bytes with the lowest first, and how many a microsecond has. */
  tick64(): LuaMultiReturn<[string, number]>;
  unique_id(): string;
  /** 1: the system restarts when it has crashed. */
  hardfault(mode: number): void;
}

declare var mcu: LuatosMcu;

/** @noSelf */
interface LuatosGpio {
  readonly PULLUP: number;
  readonly BOTH: number;
  readonly RISING: number;
  /** Mode: a level for an output, nothing for an input, or what is called after an edge, with the level then. */
  setup(pin: number, mode?: number | ((level: number, pin: number) => void), pull?: number, edges?: number): void;
  get(pin: number): number;
  set(pin: number, level: number): void;
}

declare var gpio: LuatosGpio;

/** @noSelf */
interface LuatosI2c {
  readonly FAST: number;
  readonly SLOW: number;
  /** 1: the bus is there. */
  setup(id: number, speed: number): number;
  send(id: number, address: number, bytes: string): boolean;
  /** What came, "" without an acknowledge. */
  recv(id: number, address: number, count: number): string;
  /** Sends, then receives behind a repeated start: whether it was acknowledged, and what came. */
  transfer(
    id: number,
    address: number,
    out: string,
    buffer: undefined,
    count: number,
  ): LuaMultiReturn<[boolean, string | undefined]>;
}

declare var i2c: LuatosI2c;

interface LuatosSpiDevice {
  /** In half duplex: sends, then receives, and the chip is selected all the while. Nothing when it failed. */
  transfer(bytes: string, send_bytes: number, receive_bytes: number): string | undefined;
  /** Sends alone: a transfer that receives nothing sends nothing. */
  send(bytes: string): number;
}

/** @noSelf */
interface LuatosSpi {
  readonly MSB: number;
  readonly master: number;
  readonly half: number;
  deviceSetup(
    id: number,
    cs: number,
    phase: number,
    polarity: number,
    bits: number,
    rate_hz: number,
    order: number,
    role: number,
    duplex: number,
  ): LuatosSpiDevice;
}

declare var spi: LuatosSpi;

/** @noSelf */
interface LuatosAdc {
  readonly CH_VBAT: number;
  open(id: number): boolean;
  /** Millivolts, or -1. */
  get(id: number): number;
}

declare var adc: LuatosAdc;

/** @noSelf */
interface LuatosUart {
  readonly NONE: number;
  /** 0: it is there. */
  setup(id: number, rate_hz: number, data_bits: number, stop_bits: number, parity: number): number;
  on(id: number, event: "receive", callback: (id: number, length: number) => void): void;
  read(id: number, length: number): string;
  /** How many bytes were taken. */
  write(id: number, bytes: string): number;
}

declare var uart: LuatosUart;

interface LuatosHash {
  readonly __stream: unknown;
}

/** @noSelf */
interface LuatosCrypto {
  /** Hexadecimal. */
  sha256(bytes: string): string;
  /** Nothing when it failed. */
  cipher_encrypt(name: string, padding: "NONE", bytes: string, key: string, initial: string): string | undefined;
  cipher_decrypt(name: string, padding: "NONE", bytes: string, key: string, initial: string): string | undefined;
  /** As in zlib. */
  crc32(bytes: string): number;
  /** Of what comes bit by bit; only for the calls of this stream. */
  hash_init(name: string): LuatosHash;
  hash_update(stream: LuatosHash, bytes: string): void;
  /** Hexadecimal; nothing when it failed. The stream is used up. */
  hash_finish(stream: LuatosHash): string | undefined;
  /** At most 128; nothing when it failed. */
  trng(length: number): string | undefined;
}

declare var crypto: LuatosCrypto;

/** @noSelf */
interface LuatosWdt {
  /** False when the chip does not take this period. */
  init(period_ms: number): boolean;
  feed(): boolean;
}

declare var wdt: LuatosWdt;

/** @noSelf */
interface LuatosPm {
  /** The third: why the chip was reset; 8 is the watchdog. */
  lastReson(): LuaMultiReturn<[number, number, number]>;
}

declare var pm: LuatosPm;

/** @noSelf */
interface LuatosRepl {
  /** Whether what comes on the module's USB is run. */
  enable(on: boolean): boolean;
}

/** Not every build has it; one that has begins with it on. */
declare var repl: LuatosRepl | undefined;

/** @noSelf */
interface LuatosMobile {
  /** Nothing when the module does not know it. */
  imei(): string | undefined;
  /** 0 not registered, 1 registered, 2 searching, 3 denied, 5 registered, roaming. */
  status(): number;
  /** dBm, 0 when there is none. */
  rssi(): number;
  /** On: off the air. Not waiting is for chips that can (LuatOS from April 2026 on). */
  flymode(sim: number, on: boolean, not_waiting: boolean): boolean;
  /** Protocol: 0 none, 1 PAP, 2 CHAP. */
  apn(
    sim: number,
    context: number,
    name: string,
    user: string,
    password: string,
    ip_type: number,
    protocol: number,
  ): string | undefined;
}

/** Modules that a build of LuatOS may lack. */
declare var mobile: LuatosMobile | undefined;

/** @noSelf */
interface LuatosSocket {
  /** The mobile network. */
  readonly LWIP_GP: number;
  /** Whether it has an address, and its number again. */
  adapter(index: number): LuaMultiReturn<[boolean, number]>;
}

declare var socket: LuatosSocket;

interface LuatosMqttClient {
  auth(client_id: string, user: string, password: string): void;
  /** 15 to 600. */
  keepalive(seconds: number): void;
  autoreconn(on: boolean): void;
  on(callback: (client: LuatosMqttClient, event: string, data: unknown, payload: unknown) => void): void;
  /** Whether it has begun. */
  connect(): boolean;
  /** Nothing when it cannot go out. */
  subscribe(topic: string, quality: number): number | undefined;
  /** Its number; nothing when it cannot go out. */
  publish(topic: string, payload: string, quality: number): number | undefined;
  ready(): boolean;
  /** Nothing of it may be used any more. */
  close(): void;
}

/** @noSelf */
interface LuatosMqtt {
  /** Nothing when it cannot, as with a certificate that is none. */
  create(
    adapter: number,
    host: string,
    port: number,
    tls: false | { server_cert: string; verify: number },
  ): LuatosMqttClient | undefined;
}

declare var mqtt: LuatosMqtt | undefined;

/** Whom LuatOS tells what happens to the module, when it is a function. */
declare var sys_pub: ((message: string) => void) | undefined;

interface LuatosFile {
  read(what: "a"): string | undefined;
  write(bytes: string): LuatosFile | undefined;
  close(): void;
}

/** @noSelf */
interface LuatosIo {
  open(name: string, mode: "rb" | "wb"): LuatosFile | undefined;
}

declare var io: LuatosIo;

/** @noSelf */
interface LuatosOs {
  remove(name: string): void;
}

declare var os: LuatosOs;

/** What main.lua's boot code (tools/build/luatos_main.ts) says of what it runs; nothing where it has not run. */
declare var curbstop_boot: { slot: "a" | "b" | ""; sequence: number } | undefined;

/** KiB that Lua holds. */
declare function collectgarbage(what: "collect" | "count"): number;
