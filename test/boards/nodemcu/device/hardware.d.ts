/** What test/boards/nodemcu/hardware.lua puts in the place of NodeMCU's hardware, as the device sees it. */
type HardwareTransfer = (bytes: string) => string;
type HardwareHears = (text: string) => void;
type HardwareDriven = (pin: number, level: number) => void;

/** @noSelf */
interface Hardware {
  /** Lets time pass: timers run at theirs. */
  pass(span_ms: number): void;
  now_us(): number;
  /** The world sets an input; its watches are called when time passes. */
  set(pin: number, level: number): void;
  level(pin: number): number;
  /** Called with what the firmware writes to an output. */
  driven: HardwareDriven;
  /** Bytes on the console; false when nobody but the interpreter hears them. */
  hear(text: string): boolean;
  /** A chip on the I2C bus: what was written, and how many bytes are read then. */
  attach(address: number, chip: (out: string, count: number) => string): void;
  /** The chip on the SPI bus: as many bytes come as go. */
  transfer: HardwareTransfer;
  /** What the analogue input reads. */
  analog: number;
  /** The modem's line: how it was set up, "rate rx tx"; what goes to the modem, and what comes from it. */
  modem_setup: string;
  to_modem: HardwareHears;
  from_modem(text: string): void;
  /** What was written to the console. */
  written: string;
  restarts: number;
  /** Of node.bootreason. */
  boot_reason: number;
  /** How often the system's idle task could run. */
  idled: number;
  radio_on: boolean;
  /** Whether what comes is run by the interpreter. */
  runs_input: boolean;
}

declare var hardware: Hardware;

/** All that is in RAM is gone: timers, watches, counters. */
declare function power_up(): void;
