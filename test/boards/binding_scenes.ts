/**
 * Bindings at work inside an engine, as far as one board's are like another's: each scene writes what it saw to the trace,
 * and binding_lines.ts knows what must stand there. Portable code.
 */
import type { Delay, I2cDevice, InputPin, OutputPin, SpiDevice } from "../../boards/drivers/bus";
import { createHbridgeValve } from "../../boards/drivers/hbridge_valve";
import { createW25q } from "../../boards/drivers/w25q";
import { textBytes } from "../../firmware/card/bytes";
import type { Crc32 } from "../../firmware/nameplate";
import { decimal } from "../../firmware/text";
import type { Crypto } from "../../hal/crypto";
import type { NvmGeometry } from "../../hal/nvm";
import type { Timer } from "../../hal/timer";
import type { Host } from "../../sim/world/host";
import type { World } from "./scene";
import { numbers, yes } from "./scene";

export const HOUR_MS = 3600000;

/** A W25Q32, as the boards on Lua have it. */
export const W25Q_GEOMETRY: NvmGeometry = {
  size_bytes: 4194304,
  sector_bytes: 4096,
  page_bytes: 256,
  word_bytes: 1,
  programs_per_erase: 32,
  erase_limit: 100000,
};
const CHIP_ADDRESS = 0x50;

/** AES over two blocks and SHA-256, by the board's own code, and its CRC. */
export function cryptoScene(host: Host, crypto: Crypto, crc32: Crc32): void {
  const key: number[] = [];
  const initial: number[] = [];
  const data: number[] = [];
  for (let place = 0; place < 32; place++) {
    data.push((place * 17) % 256);
    if (place < 16) {
      key.push(place);
      initial.push(255 - place);
    }
  }
  const sealed = crypto.aes_cbc_encrypt(key, initial, data);
  host.write_line("sealed" + numbers(sealed));
  host.write_line("opened" + numbers(crypto.aes_cbc_decrypt(key, initial, sealed)));
  host.write_line("none" + numbers([crypto.aes_cbc_encrypt(key, initial, []).length]));
  const sha256 = crypto.sha256;
  host.write_line("sha256" + numbers(sha256 === undefined ? [] : sha256(textBytes("abc"))));
  host.write_line("crc " + decimal(crc32("123456789")));
}

/** What an alarm says of itself; no alarm may come before it is due. */
export type Tell = (name: string, due_ms: number) => () => void;

/** Two timers; `between` is played when the near alarms have rung and the far one has not. */
export function timerScene(
  host: Host,
  world: World<number>,
  make_timer: () => Timer,
  between: (other: Timer, tell: Tell) => void,
): void {
  const timer = make_timer();
  const other = make_timer();
  const from_ms = timer.now_ms();
  let early = false;
  const tell: Tell = function (name, due_ms) {
    return function () {
      early = early || timer.now_ms() < due_ms;
      host.write_line("alarm " + name + " " + decimal(Math.floor((timer.now_ms() - from_ms) / 1000)));
    };
  };
  timer.alarm(from_ms + 1000, tell("replaced", from_ms + 1000));
  timer.alarm(from_ms + 5 * HOUR_MS, tell("five hours", from_ms + 5 * HOUR_MS));
  other.alarm(from_ms + 2000, tell("two seconds", from_ms + 2000));
  world.pass(3000);
  other.alarm(from_ms, tell("past", from_ms));
  world.pass(1000);
  between(other, tell);
  world.pass(6 * HOUR_MS);
  host.write_line("early " + yes(early));
}

/** `attach` puts a chip on the bus: what was written to it gives what is read. */
export function i2cScene(
  host: Host,
  device: (address: number) => I2cDevice,
  attach: (address: number, chip: (out: string, count: number) => string) => void,
): void {
  const chip = device(CHIP_ADDRESS);
  host.write_line("absent " + yes(chip.write("ab")) + numbers([chip.read("a", 2).length]));
  host.write_line("alone" + numbers([chip.read("", 2).length]));
  let last = "";
  attach(CHIP_ADDRESS, function (out, count) {
    last = out;
    return "xyz".substring(0, count);
  });
  host.write_line("there " + yes(chip.write("ab")) + " " + last);
  host.write_line("read " + chip.read("c", 2) + " " + last);
  host.write_line("bare " + chip.read("", 3) + " " + decimal(last.length));
}

/** A W25Q32 on the SPI, and a bus that it is taken off by `pull`. */
export function w25qScene(host: Host, spi: SpiDevice, delay: Delay, crc32: Crc32 | undefined, pull: () => void): void {
  const guard = { supply_good: () => true, crc32: crc32 };
  const nvm = createW25q(spi, delay, W25Q_GEOMETRY, guard);
  const run = String.fromCharCode(1, 254, 85, 0, 255, 16);
  host.write_line("program " + nvm.program(8191, "ab") + numbers(textBytes(nvm.read(8190, 2))));
  host.write_line("bytes " + nvm.program(4096, run) + numbers(textBytes(nvm.read(4096, 7))));
  host.write_line("long " + decimal(nvm.read(0, 3000).length));
  host.write_line("erase " + nvm.erase(1) + numbers(textBytes(nvm.read(4096, 2))));
  pull();
  host.write_line("absent " + nvm.program(0, "a"));
}

/** Where the bridge and the end switches of a board's valve are. */
export interface ValvePins {
  open: number;
  close: number;
  at_open: number;
  at_closed: number;
}

/** A valve that closes, and one that reaches no end when it is to open. */
export function valveScene(
  host: Host,
  world: World<number>,
  at: ValvePins,
  output: (pin: number) => OutputPin,
  input: (pin: number) => InputPin,
  timer: Timer,
): void {
  world.set(at.at_open, 0);
  const bridge = {
    open_input: output(at.open),
    close_input: output(at.close),
    open_switch: input(at.at_open),
    closed_switch: input(at.at_closed),
  };
  const port = createHbridgeValve(bridge, timer, 2000, 100);
  const driven = function (): string {
    return numbers([world.level(at.open), world.level(at.close)]);
  };
  host.write_line(port.position() + " " + port.drive("close") + driven());
  world.pass(300);
  world.set(at.at_open, 1);
  world.pass(300);
  host.write_line(port.position());
  world.set(at.at_closed, 0);
  world.pass(500);
  host.write_line(port.position() + driven());
  port.drive("open");
  world.pass(3000);
  host.write_line("cut" + driven());
}
