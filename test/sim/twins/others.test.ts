/** The faults of the twins that have few: clock, power, tamper, card reader, radio, random, watchdog, display. */
import assert from "node:assert/strict";
import { createCardReaderTwin } from "../../../sim/twins/card_reader";
import { createClockTwin, jumpClock, loseClock } from "../../../sim/twins/clock";
import { createCryptoTwin } from "../../../sim/twins/crypto";
import { createDisplayTwin } from "../../../sim/twins/display";
import { createPowerTwin, setBrownOut } from "../../../sim/twins/power";
import { createRadioTwin } from "../../../sim/twins/radio";
import { createRandomTwin } from "../../../sim/twins/random";
import { createServicePortTwin, typeLine } from "../../../sim/twins/service_port";
import { createTamperTwin, setTamper } from "../../../sim/twins/tamper";
import { createTimerTwin } from "../../../sim/twins/timer";
import { createWatchdogTwin } from "../../../sim/twins/watchdog";
import { createEvent, scheduleEvent } from "../../../sim/world/queue";
import { virtualTime } from "../../hal/twins";

describe("clock twin", () => {
  it("jumps ahead and back, and not while the time is lost", () => {
    const { queue, trace, pass } = virtualTime();
    const clock = createClockTwin(queue, trace, 1000000);
    pass(5000);
    jumpClock(clock, 3600);
    assert.equal(clock.port.now_utc_s(), 1003605);
    jumpClock(clock, -7200);
    assert.equal(clock.port.now_utc_s(), 996405);
    loseClock(clock);
    jumpClock(clock, 3600);
    assert.equal(clock.port.now_utc_s(), 0);
  });

  it("begins unset where a program says so", () => {
    const { queue, trace, pass } = virtualTime();
    const clock = createClockTwin(queue, trace, 0);
    pass(100000);
    assert.equal(clock.port.now_utc_s(), 0);
  });
});

describe("timer twin", () => {
  it("is as late as the events before it in the same millisecond, and no later", () => {
    const { queue, pass } = virtualTime();
    const timer = createTimerTwin(queue).port;
    const order: string[] = [];
    scheduleEvent(
      queue,
      createEvent(() => order.push("before")),
      10,
    );
    timer.alarm(10, () => order.push(`alarm at ${timer.now_ms()}`));
    pass(10);
    assert.deepEqual(order, ["before", "alarm at 10"]);
  });
});

describe("power and tamper twins", () => {
  it("warn of a brown-out whatever the voltage", () => {
    const { trace, lines } = virtualTime();
    const power = createPowerTwin(3600);
    const told: boolean[] = [];
    power.port.on_brown_out((low) => told.push(low));
    setBrownOut(power, trace, true);
    assert.deepEqual([told, power.port.supply_mv()], [[true], 3600]);
    assert.deepEqual(lines, ['{"t":0,"port":"power","brown_out":1}']);
  });

  it("trace each tamper input by its name", () => {
    const { trace, lines } = virtualTime();
    setTamper(createTamperTwin(), trace, "reader", true);
    assert.deepEqual(lines, ['{"t":0,"port":"tamper","reader":1}']);
  });
});

describe("card reader twin", () => {
  it("answers every command with 6D00 after 5 ms", () => {
    const { queue, trace, pass } = virtualTime();
    const card = createCardReaderTwin(queue, trace);
    card.insert([1, 2, 3, 4]);
    let answered: number[] | undefined;
    card.port.transmit([0], 100, (_, answer) => (answered = answer));
    pass(4);
    assert.equal(answered, undefined);
    pass(1);
    assert.deepEqual(answered, [0x6d, 0x00]);
  });

  it("takes no command beyond its size", () => {
    const { queue, trace } = virtualTime();
    const card = createCardReaderTwin(queue, trace);
    const long = new Array<number>(card.port.apdu_max_bytes + 1).fill(0);
    assert.throws(() => card.port.transmit(long, 100, () => undefined));
  });
});

describe("radio twin", () => {
  it("takes a frame's airtime at 100 kbit/s", () => {
    const { queue, trace, pass } = virtualTime();
    const radio = createRadioTwin(queue, trace);
    let sent = false;
    radio.port.send(new Array<number>(125).fill(0), () => (sent = true));
    pass(10);
    assert.equal(sent, false);
    pass(1);
    assert.equal(sent, true);
  });

  it("loses frames outside a receive window, and says so in the trace", () => {
    const { queue, trace, lines } = virtualTime();
    createRadioTwin(queue, trace).arrive([1, 2]);
    assert.deepEqual(lines, ['{"t":0,"port":"radio","arrived_bytes":2,"heard":0}']);
  });
});

describe("random twin", () => {
  it("repeats itself for the same seed, and only for that", () => {
    assert.deepEqual(createRandomTwin(5).bytes(64), createRandomTwin(5).bytes(64));
    assert.notDeepEqual(createRandomTwin(5).bytes(64), createRandomTwin(6).bytes(64));
  });

  it("gives bytes in bounded runs only", () => {
    for (const length of [0, -1, 257]) assert.throws(() => createRandomTwin(5).bytes(length));
  });
});

describe("watchdog twin", () => {
  it("stops the run of firmware that does not kick, with a message that says so", () => {
    const { queue, pass } = virtualTime();
    createWatchdogTwin(queue).port.start(1000);
    assert.throws(() => {
      pass(1000);
    }, /watchdog was not kicked/);
  });

  it("refuses a period outside the port's bounds", () => {
    for (const timeout_ms of [999, 3600001]) {
      assert.throws(() => {
        createWatchdogTwin(virtualTime().queue).port.start(timeout_ms);
      });
    }
  });
});

describe("display and service twins", () => {
  it("refuse a ninth character, as the glass would", () => {
    const display = createDisplayTwin(virtualTime().trace);
    assert.throws(() => {
      display.port.show("123456789", "");
    });
  });

  it("trace what the technician types and what the meter says, line by line", () => {
    const { trace, lines } = virtualTime();
    const service = createServicePortTwin(trace);
    service.port.on_receive((bytes) => service.port.write(bytes));
    typeLine(service, trace, 'say "hi"');
    assert.deepEqual(lines, [
      '{"t":0,"port":"service","hears":"say \\"hi\\""}',
      '{"t":0,"port":"service","says":"say \\"hi\\""}',
    ]);
  });
});

describe("crypto twin", () => {
  it("has no SHA-256 of its own, so that the firmware's is exercised", () => {
    assert.equal(createCryptoTwin().sha256, undefined);
  });
});
