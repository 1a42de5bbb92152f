/** The random source with its test, the parts that a board does not have, the pins behind an expander. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import {
  absentBuzzer,
  absentCardReader,
  absentDisplay,
  absentKeypad,
  absentRadio,
  timerClock,
} from "../../../boards/drivers/absent_parts";
import { createCheckedRandom, REPEATS_MAX } from "../../../boards/drivers/checked_random";
import { createExpanderPins } from "../../../boards/drivers/expander_pins";
import { createBusTime, createBusTimer, passMs } from "../../../sim/bus/bus_time";
import { addChip, createI2cBus, i2cDevice } from "../../../sim/bus/i2c_bus";
import { describePortContract } from "../../hal/contract";

const COMMAND = [0x90, 0x60, 0, 0, 0];

describePortContract("random", "checked source", () => ({
  port: createCheckedRandom(() => randomBytes(2).readUInt16BE()),
  pass: () => undefined,
}));

describePortContract("buzzer", "part that is absent", () => ({ port: absentBuzzer(), pass: () => undefined }));

describe("the checked random source", () => {
  it("gives nothing once its source repeats itself, and nothing ever after", () => {
    let stuck = false;
    const random = createCheckedRandom(() => (stuck ? 4711 : randomBytes(2).readUInt16BE()));
    assert.equal(random.bytes(64).length, 64);
    stuck = true;
    assert.deepEqual(random.bytes(2 * (REPEATS_MAX + 1)), []);
    stuck = false;
    assert.deepEqual(random.bytes(16), []);
  });

  it("finds a source that has never worked, within the bytes of one key", () => {
    for (const constant of [0, 65535]) assert.deepEqual(createCheckedRandom(() => constant).bytes(16), []);
  });

  it("does not take words that are out of range", () => {
    let word = 70000;
    assert.deepEqual(createCheckedRandom(() => word++).bytes(2), []);
  });
});

describe("parts that a board does not have", () => {
  it("have no card, ever", () => {
    const card = absentCardReader();
    card.on_change(() => assert.fail("no card comes"));
    assert.deepEqual([card.present(), card.uid(), card.apdu_max_bytes >= 64], [false, [], true]);
    assert.equal(
      card.transmit(COMMAND, 1000, () => assert.fail()),
      "absent",
    );
  });

  it("have a radio that fails each frame once, later, and is busy until then", () => {
    const time = createBusTime();
    const radio = absentRadio(createBusTimer(time));
    const results: string[] = [];
    assert.equal(
      radio.send([1], (result) => results.push(result)),
      "started",
    );
    assert.equal(
      radio.send([2], () => assert.fail()),
      "busy",
    );
    assert.deepEqual(results, []);
    passMs(time, 1);
    assert.deepEqual(results, ["failed"]);
    assert.equal(
      radio.send([3], () => undefined),
      "started",
    );
  });

  it("have a clock that knows nothing after a boot, and counts once it is set", () => {
    const time = createBusTime();
    const clock = timerClock(createBusTimer(time));
    passMs(time, 5000);
    assert.equal(clock.now_utc_s(), 0);
    clock.set(1700000000);
    passMs(time, 3500);
    assert.equal(clock.now_utc_s(), 1700000003);
  });

  it("take what they are told and do nothing", () => {
    absentDisplay().show("ABC", "V");
    absentKeypad().on_key(() => assert.fail("no key is pressed"));
  });
});

describe("the pins behind an expander", () => {
  function rig(): { latch: () => number; low: { mask: number }; pins: ReturnType<typeof createExpanderPins> } {
    const bus = createI2cBus(createBusTime());
    const low = { mask: 0 };
    let latch = 255;
    addChip(bus, 0x20, {
      take: (byte) => {
        latch = byte;
        return true;
      },
      give: () => latch & (255 - low.mask),
      stop: () => undefined,
    });
    return { latch: () => latch, low, pins: createExpanderPins(i2cDevice(bus, 0x20)) };
  }

  it("set one pin and leave the others", () => {
    const { latch, pins } = rig();
    pins[3].set(false);
    assert.equal(latch(), 0xf7);
    pins[0].set(false);
    pins[3].set(true);
    assert.equal(latch(), 0xfe);
  });

  it("read what pulls a pin low", () => {
    const { low, pins } = rig();
    low.mask = 0x20;
    assert.deepEqual(
      pins.map((pin) => pin.high()),
      [true, true, true, true, true, false, true, true],
    );
  });

  it("read high when the expander does not answer: no key is down", () => {
    const bus = createI2cBus(createBusTime());
    assert.ok(createExpanderPins(i2cDevice(bus, 0x20)).every((pin) => pin.high()));
  });
});
