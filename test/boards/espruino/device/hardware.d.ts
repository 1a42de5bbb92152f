/** What test/boards/espruino/hardware.js puts in the place of Espruino's hardware calls, as the device sees it. */
declare var hardware: {
  /** Lets time pass: timeouts run at theirs. */
  pass(span_ms: number): void;
  /** Time that passes while the interpreter is busy: nothing runs, edges wait. */
  busy(span_ms: number): void;
  /** The world sets an input; its watches are called when time passes. */
  set(pin: string, level: number): void;
  level(pin: string): number;
  /** Drops every watch of a pin without a word, as Espruino does when a callback fails. */
  remove_watches(pin: string): void;
  watches(pin: string): number;
  /** All that is in RAM is gone: watches, timeouts, edges that wait. */
  power_cut(): void;
  /** Chips on the buses. */
  exchange: (out: string, count: number) => string;
  i2c_write: (address: number, out: string) => boolean;
  i2c_read: (address: number, out: string, count: number) => string;
  /** A clock of SCL by hand; true while SDA is held low. */
  i2c_clock: () => boolean;
  i2c_held: () => boolean;
  /** Millivolts at the analogue inputs. */
  analog_mv: number;
  /** E.getAnalogVRef and E.hwRand as an ESP32's interpreter has them, and its noise register, which counts here. */
  make_esp32(): void;
  error_flags: string[];
  /** What was written to the service port. */
  written: string;
  hear: (text: string) => void;
  /** The modem's line: how it was set up, "rate rx tx"; what goes to the modem, and what comes from it. */
  modem_setup: string;
  to_modem: (text: string) => void;
  from_modem: (text: string) => void;
  /** Told of each level that the board has given a pin. */
  wrote: (pin: string, level: number) => void;
  /** Told of each pulse. */
  pulsed: (pin: string, level: number, span_ms: number) => void;
  /** Which line is the console. */
  console: EspruinoSerial | undefined;
  watchdog_s: number;
  kicks: number;
  /** Calls of E.reboot(). */
  restarts: number;
};
