/** What test/boards/luatos/hardware.lua puts in the place of the module's hardware, as the device sees it. */

/** @noSelf */
interface Hardware {
  /** Lets time pass: lines and pins are told, and timers give their numbers to on_timer. */
  pass(span_ms: number): void;
  now_us(): number;
  /** The world sets an input; its watches are called when time passes. */
  set(pin: number, level: number): void;
  level(pin: number): number;
  /** Pins whose edges nobody is told, as when the system's queue is full. */
  deaf: Record<number, boolean>;
  /** Bytes on the technician's line. */
  hear(text: string): void;
  /** A chip on the I2C bus: what was written, and how many bytes are read then. */
  attach(address: number, chip: (out: string, count: number) => string): void;
  /** The chip on the SPI bus: what was sent, and how many bytes are read then. */
  exchange: (out: string, count: number) => string;
  on_timer: (id: number) => void;
  supply_mv: number;
  /** So many conversions fail. */
  adc_fails: number;
  /** What was written to the line, and how much it takes at once. */
  written: string;
  uart_room: number;
  /** Whether what comes on the module's USB is run. */
  repl_on: boolean;
  restarts: number;
  trng_fails: boolean;
  /** Of pm.lastReson: why the module was reset. */
  reset_reason: number;
  /** 0: the watchdog does not run. */
  watchdog_ms: number;
  fed: number;
  /** The broker behind the mobile network. */
  link: import("../../../../sim/hci/mqtt_broker").MqttLink;
  /** Told of what is said to the network and to MQTT. */
  said: (line: string) => void;
  /** The network takes the address back; a new one comes by itself. */
  lose_address(): void;
  /** Of mobile.status(), mobile.rssi() and mobile.imei(). */
  status: number;
  rssi: number;
  imei: string | undefined;
  /** False: as LuatOS before August 2025. */
  tells_subscriptions: boolean;
  /** So many messages of a client's are lost. */
  events_lost: number;
}

declare var hardware: Hardware;

/** All that is in RAM is gone: timers, watches, the line, the network. */
declare function power_up(): void;
