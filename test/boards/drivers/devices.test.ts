/** The small devices: buzzer, clock chips, supply, tamper switches, watchdog. */
import assert from "node:assert/strict";
import { createBuzzer, LONG_MS, SHORT_MS } from "../../../boards/drivers/buzzer";
import { createDs3231, createPcf8563, createRtcClock, RESYNC_MS } from "../../../boards/drivers/rtc";
import type { SupplySettings } from "../../../boards/drivers/supply";
import { createSupply } from "../../../boards/drivers/supply";
import { createTamperSwitches, LOOK_MS, SETTLE_MS } from "../../../boards/drivers/tamper_switches";
import type { HardwareWatchdog } from "../../../boards/drivers/watchdog";
import { createWatchdog, HARDWARE_MS } from "../../../boards/drivers/watchdog";
import type { BuzzerPattern } from "../../../hal/buzzer";
import type { Clock } from "../../../hal/clock";
import type { BusTime } from "../../../sim/bus/bus_time";
import { callAt, createBusTime, createBusTimer, nowMs, passMs } from "../../../sim/bus/bus_time";
import type { I2cBus } from "../../../sim/bus/i2c_bus";
import { createI2cBus, i2cDevice } from "../../../sim/bus/i2c_bus";
import type { PinTwin } from "../../../sim/bus/pins";
import { bouncePin, createPin, setPin } from "../../../sim/bus/pins";
import type { RtcTwin } from "../../../sim/bus/rtc_chips";
import { corrupt, createDs3231Chip, createPcf8563Chip, loseRtc } from "../../../sim/bus/rtc_chips";
import type { Benches } from "../../hal/benches";
import { describePortContract } from "../../hal/contract";

function passing(time: BusTime): (span_ms: number) => void {
  return (span_ms) => {
    passMs(time, span_ms);
  };
}

// Buzzer

function buzzer(): { time: BusTime; pin: PinTwin; port: ReturnType<typeof createBuzzer> } {
  const time = createBusTime();
  const pin = createPin(time, false);
  return { time, pin, port: createBuzzer(pin.port, createBusTimer(time)) };
}

describePortContract("buzzer", "driver on a pin", () => {
  const { time, port } = buzzer();
  return { port, pass: passing(time) };
});

describe("the buzzer", () => {
  /** On and off times in milliseconds. */
  function heard(patterns: [BuzzerPattern, number][]): number[] {
    const { time, pin, port } = buzzer();
    const edges: number[] = [];
    pin.on_level = () => edges.push(nowMs(time));
    for (const [pattern, pause_ms] of patterns) {
      port.beep(pattern);
      passMs(time, pause_ms);
    }
    passMs(time, 60_000);
    assert.equal(pin.level, false, "it falls silent");
    return edges.slice(1).map((at_ms, place) => at_ms - edges[place]);
  }

  it("sounds each pattern as it is written", () => {
    assert.deepEqual(heard([["good", 0]]), [SHORT_MS, SHORT_MS, SHORT_MS]);
    assert.deepEqual(heard([["bad", 0]]), [LONG_MS]);
    assert.deepEqual(heard([["warning", 0]]), new Array(5).fill(SHORT_MS));
  });

  it("ends an old pattern with a new one", () => {
    assert.deepEqual(
      heard([
        ["warning", 100],
        ["bad", 0],
      ]),
      [SHORT_MS, 20, LONG_MS],
    );
  });
});

// Clock chips

interface RtcRig {
  bus: I2cBus;
  rtc: RtcTwin;
  boot: () => Clock;
}

const RTC_RIGS: [string, () => RtcRig][] = [
  [
    "PCF8563",
    () => {
      const bus = createI2cBus(createBusTime());
      const rtc = createPcf8563Chip(bus);
      return { bus, rtc, boot: () => createRtcClock(createPcf8563(i2cDevice(bus, 0x51)), createBusTimer(bus.time)) };
    },
  ],
  [
    "DS3231",
    () => {
      const bus = createI2cBus(createBusTime());
      const rtc = createDs3231Chip(bus);
      return { bus, rtc, boot: () => createRtcClock(createDs3231(i2cDevice(bus, 0x68)), createBusTimer(bus.time)) };
    },
  ],
];

for (const [name, make] of RTC_RIGS) {
  describePortContract("clock", `${name} driver on its chip`, () => {
    const { bus, rtc, boot } = make();
    const pass = passing(bus.time);
    return {
      port: boot(),
      pass,
      lose: () => {
        loseRtc(rtc);
        pass(RESYNC_MS);
      },
    };
  });

  describe(`the ${name} driver`, () => {
    it("knows the time again after a boot, and not before it was set", () => {
      const { bus, boot } = make();
      assert.equal(boot().now_utc_s(), 0);
      boot().set(1551654000);
      passMs(bus.time, 5000);
      assert.equal(boot().now_utc_s(), 1551654005);
    });

    it("does not know the time any more when the chip says that it has lost it", () => {
      const { bus, rtc, boot } = make();
      const clock = boot();
      clock.set(1700000000);
      loseRtc(rtc);
      passMs(bus.time, RESYNC_MS);
      assert.deepEqual([clock.now_utc_s(), boot().now_utc_s()], [0, 0]);
    });

    it("keeps a time that the chip did not take, gives it to the chip later, and not its old one back", () => {
      for (const fail of [(bus: I2cBus) => (bus.noise = 3), (bus: I2cBus) => (bus.powered = false)]) {
        const { bus, boot } = make();
        const clock = boot();
        clock.set(1600000000);
        fail(bus);
        clock.set(1700000000);
        passMs(bus.time, RESYNC_MS);
        assert.equal(clock.now_utc_s(), 1700000060);
        bus.powered = true;
        passMs(bus.time, RESYNC_MS);
        assert.equal(clock.now_utc_s(), 1700000120);
        assert.equal(boot().now_utc_s(), 1700000120);
      }
    });

    it("keeps a time that the chip cannot hold until the next boot, and does not fall back to the chip's", () => {
      const { bus, boot } = make();
      const clock = boot();
      clock.set(1700000000);
      clock.set(4102444800);
      passMs(bus.time, 10 * RESYNC_MS);
      assert.equal(clock.now_utc_s(), 4102445400);
      clock.set(1700000000);
      passMs(bus.time, RESYNC_MS);
      assert.equal(boot().now_utc_s(), 1700000060);
    });

    it("agrees with the chip's own calendar on days of a century, leap days and year ends", () => {
      for (let year = 2000; year < 2099; year += 3) {
        for (const date of [`${year}-02-28`, `${year}-12-31`, `${year}-06-30`]) {
          const { bus, boot } = make();
          const start_s = Date.parse(`${date}T23:59:58Z`) / 1000;
          boot().set(start_s);
          passMs(bus.time, 4000);
          assert.equal(boot().now_utc_s(), start_s + 4, date);
        }
      }
    });

    it("follows a chip that drifts away from the engine's timer", () => {
      const { bus, rtc, boot } = make();
      rtc.drift_ppm = 1000;
      const clock = boot();
      clock.set(1700000000);
      for (let minute = 0; minute < 1440; minute++) {
        passMs(bus.time, 60_000);
        clock.now_utc_s();
      }
      const gained_s = clock.now_utc_s() - 1700086400;
      assert.ok(gained_s >= 84 && gained_s <= 88, `${gained_s}`);
    });

    it("goes on by the timer while the chip does not answer or shows what is no date", () => {
      const { bus, rtc, boot } = make();
      const clock = boot();
      clock.set(1700000000);
      bus.stuck_clocks = 9;
      passMs(bus.time, 10 * RESYNC_MS);
      assert.equal(clock.now_utc_s(), 1700000600);
      bus.stuck_clocks = 0;
      corrupt(rtc);
      passMs(bus.time, RESYNC_MS);
      assert.equal(clock.now_utc_s(), 1700000660);
      assert.equal(boot().now_utc_s(), 0, "and after a boot the time is not known");
    });

    it("does not run back while the seconds of chip and timer fall apart by one", () => {
      const { bus, boot } = make();
      passMs(bus.time, 400);
      const clock = boot();
      clock.set(1700000000);
      let last_s = 0;
      for (let look = 0; look < 1000; look++) {
        passMs(bus.time, 997);
        assert.ok(clock.now_utc_s() >= last_s);
        last_s = clock.now_utc_s();
      }
    });
  });
}

// Supply

const SUPPLY: SupplySettings = {
  multiply: 3,
  divide: 1,
  low_mv: 2800,
  good_mv: 3000,
  memory_mv: 2500,
  look_ms: 100,
};

function supply(): { time: BusTime; adc: { mv: number }; warning: PinTwin; made: ReturnType<typeof createSupply> } {
  const time = createBusTime();
  const adc = { mv: 1200 };
  const warning = createPin(time, true);
  const made = createSupply({ millivolts: () => adc.mv }, warning.port, createBusTimer(time), SUPPLY);
  return { time, adc, warning, made };
}

describePortContract("power", "supply driver with a comparator", () => {
  const { time, adc, warning, made } = supply();
  return {
    port: made.port,
    pass: passing(time),
    set_supply: (supply_mv) => {
      adc.mv = supply_mv / 3;
    },
    brown_out: (low) => {
      setPin(warning, !low);
      passMs(time, SUPPLY.look_ms);
    },
  };
});

describe("the supply", () => {
  it("warns below its limit, and not again before it is good", () => {
    const { time, adc, made } = supply();
    const told: boolean[] = [];
    made.port.on_brown_out((low) => told.push(low));
    for (const mv of [934, 933, 950, 999, 933, 1000, 934]) {
      adc.mv = mv;
      passMs(time, 200);
    }
    assert.deepEqual(told, [true, false]);
  });

  it("warns by the comparator at once, also when its watch was removed, by the next look", () => {
    for (const removed of [false, true]) {
      const { time, warning, made } = supply();
      const told: boolean[] = [];
      made.port.on_brown_out((low) => told.push(low));
      warning.removed = removed;
      setPin(warning, false);
      passMs(time, removed ? SUPPLY.look_ms : 0);
      assert.deepEqual(told, [true]);
    }
  });

  it("lets the memory be written behind a warning, until the voltage itself is too low", () => {
    const { time, adc, warning, made } = supply();
    assert.equal(made.supply_good(), true);
    setPin(warning, false);
    passMs(time, 0);
    adc.mv = 834;
    assert.equal(made.supply_good(), true);
    adc.mv = 833;
    assert.equal(made.supply_good(), false);
  });
});

// Tamper switches

function tamper(): { time: BusTime; pins: PinTwin[]; port: ReturnType<typeof createTamperSwitches> } {
  const time = createBusTime();
  const pins = [createPin(time, false), createPin(time, true), createPin(time, false)];
  const port = createTamperSwitches(
    [
      { input: "case", pin: pins[0].port, active_high: true },
      { input: "magnet", pin: pins[1].port, active_high: false },
      { input: "reader", pin: pins[2].port, active_high: true },
    ],
    createBusTimer(time),
  );
  return { time, pins, port };
}

const INPUTS = ["case", "magnet", "reader"];

describePortContract("tamper", "switches driver", (): Benches["tamper"] => {
  const { time, pins, port } = tamper();
  return {
    port,
    pass: passing(time),
    set: (input, active) => {
      const place = INPUTS.indexOf(input);
      bouncePin(time, pins[place], place === 1 ? !active : active, 5, 2000);
      passMs(time, 1000);
    },
  };
});

describe("the tamper switches", () => {
  it("do not tell of a touch shorter than their settling time", () => {
    const { time, pins, port } = tamper();
    port.on_change(() => assert.fail("nothing has changed for long"));
    for (let times = 0; times < 20; times++) {
      setPin(pins[0], true);
      passMs(time, SETTLE_MS - 10);
      setPin(pins[0], false);
      passMs(time, 3 * SETTLE_MS);
    }
  });

  it("find a change of which a removed watch has not told", () => {
    const { time, pins, port } = tamper();
    for (const pin of pins) pin.removed = true;
    setPin(pins[1], false);
    passMs(time, LOOK_MS + 2 * SETTLE_MS);
    assert.equal(port.active("magnet"), true);
  });

  it("are active from the boot on when the case is open then", () => {
    const time = createBusTime();
    const pin = createPin(time, true);
    const port = createTamperSwitches([{ input: "case", pin: pin.port, active_high: true }], createBusTimer(time));
    assert.deepEqual([port.active("case"), port.active("magnet")], [true, false]);
  });
});

// Watchdog

interface Dog extends HardwareWatchdog {
  period_ms: number;
  kicked_ms: number;
  fired: boolean;
  reset_by: "watchdog" | "power" | undefined;
}

/** Hardware that cannot be stopped, and looks every millisecond. */
function hardware(time: BusTime): Dog {
  const dog: Dog = {
    period_ms: 0,
    kicked_ms: 0,
    fired: false,
    reset_by: undefined,
    start: (period_ms) => {
      dog.period_ms = period_ms;
      dog.kick();
    },
    kick: () => {
      dog.kicked_ms = nowMs(time);
      const kicked_ms = dog.kicked_ms;
      callAt(time, time.now_us + dog.period_ms * 1000, () => {
        if (dog.period_ms > 0 && dog.kicked_ms === kicked_ms) dog.fired = true;
      });
    },
    caused_reset: () => dog.reset_by === "watchdog",
  };
  return dog;
}

function watchdogBench(): Benches["watchdog"] & { time: BusTime; dog: Dog } {
  const time = createBusTime();
  const dog = hardware(time);
  let port = createWatchdog(dog, createBusTimer(time));
  return {
    time,
    dog,
    port: {
      start: (timeout_ms) => {
        port.start(timeout_ms);
      },
      kick: () => {
        port.kick();
      },
      caused_reset: () => port.caused_reset(),
    },
    pass: passing(time),
    was_reset: () => dog.fired,
    restart: (by) => {
      time.alarms = [];
      dog.period_ms = 0;
      dog.fired = false;
      dog.reset_by = by;
      port = createWatchdog(dog, createBusTimer(time));
    },
  };
}

describePortContract("watchdog", "driver on a hardware watchdog", watchdogBench);

describe("the watchdog", () => {
  it("resets an interpreter that hangs, long before the firmware's own period is over", () => {
    const { time, dog, port } = watchdogBench();
    port.start(1_800_000);
    passMs(time, 60_000);
    // The interpreter hangs: none of its timers runs any more, the hardware's does.
    const last_ms = dog.kicked_ms;
    time.alarms = time.alarms.filter(({ at_us }) => at_us === (last_ms + dog.period_ms) * 1000);
    passMs(time, HARDWARE_MS);
    assert.equal(dog.fired, true);
  });
});
