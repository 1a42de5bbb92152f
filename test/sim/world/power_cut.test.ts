/** Power cuts of a whole meter: what is lost, what goes on, and that a meter without power has no hands. */
import assert from "node:assert/strict";
import { textOf } from "../../byte_texts";
import type { RigOptions } from "../../firmware/rig";
import { DAY_MS, HOUR_MS, Rig, running } from "../../firmware/rig";
import { START_UTC_S } from "../../firmware/samples";
import { cutPower, powerOff, powerOn } from "../../../sim/world/power_cut";
import type { World } from "../../../sim/world/world";

/** What of the world a meter could change, without time and water. */
function hands(world: World): unknown {
  const { valve, display, service, clock, nvm, flow, queue } = world;
  const waiting: number[] = [];
  for (let event = queue.head; event !== undefined; event = event.next) waiting.push(event.at_ms);
  return {
    valve: [valve.opened_ms, valve.moving, valve.direction],
    shown: [display.text, display.annunciators],
    service: [service.said, service.unfinished],
    clock: clock.epoch_s,
    nvm: [nvm.port.read(0, nvm.geometry.size_bytes), nvm.sectors.map(({ erases }) => erases), nvm.operations],
    listeners: [flow.notify, world.keypad.notify, world.power.notify, world.tamper.notify, service.notify],
    waiting,
  };
}

/** Fails the power at the next look at the supply, in the middle of whatever the firmware does. */
function cutAtSupplyLook(world: World, cut: () => void): void {
  const { power } = world;
  power.port.supply_mv = () => {
    // A call that outlives its power may look again.
    if (!world.powered) return power.supply_mv;
    power.port.supply_mv = () => power.supply_mv;
    cut();
    return power.supply_mv;
  };
}

/** Everything that firmware can do to its ports. */
function useEveryPort(rig: Rig): void {
  const hal = rig.meter.hal;
  const never = (): void => assert.fail("nobody is told any more");
  hal.valve.drive("close");
  hal.clock.set(START_UTC_S + 5);
  hal.timer.alarm(hal.timer.now_ms() + 10, never);
  hal.display.show("ZOMBIE", "VLE");
  hal.buzzer.beep("bad");
  hal.service.write([65, 10]);
  hal.watchdog.start(1000);
  hal.nvm.program(0, textOf([1, 2, 3, 4]));
  hal.nvm.erase(1);
  hal.radio.listen(1000);
  hal.radio.send([1], never);
  hal.card.transmit([1], 100, never);
  hal.flow.on_change(never);
  hal.keypad.on_key(never);
  hal.power.on_brown_out(never);
  hal.tamper.on_change(never);
  hal.service.on_receive(never);
  hal.card.on_change(never);
  hal.radio.on_frame(never);
}

function lastLines(rig: Rig, event: string): unknown[] {
  return rig
    .trace()
    .filter((line) => line.event === event)
    .map(({ t: _t, event: _event, ...fields }) => fields);
}

describe("power cut", () => {
  it("takes the meter away at once, and boots it again after its time", () => {
    const rig = running({ trace: true });
    rig.step("power_cut 60000");
    assert.deepEqual([rig.see("boot"), rig.see("display"), rig.see("balance_milli")], ["off", "-", "0"]);
    rig.pass(59999);
    assert.equal(rig.see("boot"), "off");
    rig.pass(1);
    assert.deepEqual([rig.see("boot"), rig.meter.hal.timer.now_ms()], ["ok", 0]);
    assert.notEqual(rig.see("display"), "-");
    assert.deepEqual(lastLines(rig, "power"), [{ on: 0 }, { on: 1, after: "cut" }]);
    assert.equal(lastLines(rig, "start").length, 2);
  });

  it("of no length is over in the same millisecond, from the main loop", () => {
    const rig = running();
    rig.step("power_cut 0");
    assert.equal(rig.see("boot"), "off");
    rig.pass(0);
    assert.equal(rig.see("boot"), "ok");
  });

  for (const [ran_ms, opened_ms] of [
    [0, 800],
    [1, 799],
    [500, 300],
    [799, 1],
  ]) {
    it(`stops a valve that has closed for ${ran_ms} ms where it is`, () => {
      const rig = running();
      rig.step("lock 1").pass(ran_ms).step("power_cut 3600000");
      assert.deepEqual([rig.world.valve.opened_ms, rig.world.valve.moving], [opened_ms, false]);
      rig.pass(HOUR_MS - 1);
      assert.equal(rig.world.valve.opened_ms, opened_ms);
      assert.equal(rig.see("valve"), opened_ms === 800 ? "open" : "between");
    });
  }

  it("stops a slow valve as far as its motor has come, and a stuck one nowhere", () => {
    for (const [fault, opened_ms] of [
      ["slow", 800 - Math.floor(267 / 2)],
      ["stuck", 800],
    ] as const) {
      const rig = running();
      rig.step(`valve ${fault} 1`, "lock 1").pass(1000).step("power_cut 1000");
      assert.equal(rig.world.valve.opened_ms, opened_ms);
    }
  });

  it("ends alarm and watchdog: a meter that is off does nothing, however long", () => {
    const rig = running({ trace: true });
    rig.step(`power_cut ${40 * DAY_MS}`);
    const lines = rig.trace().length;
    rig.pass(39 * DAY_MS);
    assert.equal(rig.trace().length, lines);
    rig.pass(2 * DAY_MS);
    assert.equal(rig.see("boot"), "ok");
  });

  it("lets water run on through an open valve, which only a counter with its own cell counts", () => {
    for (const sensor_keeps of [true, false]) {
      const rig = running({ twins: { sensor_keeps, sensor_start: 40 } });
      rig.step("valve stuck 1").litres(30);
      rig.step("draw 3600 20000", "power_cut 20001").pass(20000);
      assert.equal(rig.number("delivered_ml"), 50000);
      const { counted_pulses, missed_pulses } = rig.world.flow;
      assert.deepEqual([counted_pulses, missed_pulses], sensor_keeps ? [50, 0] : [30, 20]);
      rig.pass(1);
      assert.equal(rig.world.flow.port.forward_count(), sensor_keeps ? 90 : 0);
      rig.step("draw -3600 5000").pass(5000);
      assert.equal(rig.world.flow.port.reverse_count(), sensor_keeps ? 45 : 5);
    }
  });

  it("tells the meter of no pulse that came while it was off, and of every one after its boot", () => {
    const rig = running();
    rig.step("valve stuck 1", "draw 3600 100000", "power_cut 20000").pass(20000);
    let told = 0;
    const notify = rig.world.flow.notify;
    rig.world.flow.notify = () => {
      told += 1;
      notify();
    };
    rig.pass(30000);
    assert.equal(told, 30);
  });

  it("leaves the clock running, or lost where it has no cell", () => {
    for (const clock_keeps of [true, false]) {
      const rig = running({ twins: { clock_keeps } });
      const before_s = rig.meter.hal.clock.now_utc_s();
      rig.step("power_cut 60000").pass(60000);
      assert.equal(rig.meter.hal.clock.now_utc_s(), clock_keeps ? before_s + 60 : 0);
    }
  });

  it("answers no card and no frame that was under way, and closes the radio's window", () => {
    const rig = running();
    rig.step("card in 01020304");
    const { card, radio } = rig.meter.hal;
    const never = (): void => assert.fail("nobody waits any more");
    card.transmit([1], 100, never);
    radio.send([1, 2], never);
    radio.on_frame(never);
    radio.listen(60000);
    rig.step("power_cut 10").pass(5).step("radio 01");
    rig.pass(1000);
    rig.meter.hal.radio.on_frame(never);
    rig.step("radio 01", "card out 0");
    assert.equal(rig.see("boot"), "ok");
  });

  it("makes requests come to nothing, keys too, and expectations go on", () => {
    const rig = running({ trace: true });
    rig.step("power_cut 1000", "battery 3300");
    const steps = ["commission 5", "credit 9 5", "tariff 9 0 0 0:5", "lock 1", "clear_tamper", "power_cut 5"];
    const known = rig.trace().length;
    rig.step(...steps, "watchdog_reset 5");
    const lines = rig.trace().slice(known);
    assert.deepEqual(
      lines.map(({ event, result }) => [event, result]),
      [...steps, "watchdog_reset 5"].map((step) => [step.split(" ")[0], "off"]),
    );
    rig.step("key *", "service id", "tamper case 1", "brown_out 1", "brown_out 0", "tamper case 0");
    rig.step("expect boot is off", "expect supply_mv is 3300", "expect volume_l is 0");
    assert.ok(lastLines(rig, "expect").every((line) => (line as { met: boolean }).met));
    assert.throws(() => rig.step("dance 1"));
    rig.pass(999);
    assert.equal(rig.see("boot"), "off", "a cut while it is off changes nothing");
    rig.pass(1);
    assert.equal(rig.see("boot"), "ok");
  });

  it("boots as before when the boot was refused", () => {
    const rig = new Rig({ settings: { region: "12" } });
    const refusal = rig.see("boot");
    assert.notEqual(refusal, "ok");
    rig.step("power_cut 5");
    assert.equal(rig.see("boot"), "off");
    rig.pass(5);
    assert.equal(rig.see("boot"), refusal);
  });

  it("leaves a meter that has every port again", () => {
    const rig = running({ trace: true });
    rig.step("card in 01020304", "power_cut 5000").pass(10000);
    const { hal } = rig.meter;
    const told: string[] = [];
    const tell = (what: string) => (): void => void told.push(what);
    assert.equal(hal.radio.send([1], tell("sent")), "started");
    assert.equal(hal.card.transmit([1], 100, tell("answer")), "started");
    hal.radio.on_frame(tell("frame"));
    hal.radio.listen(5000);
    hal.card.on_change(tell("card"));
    hal.keypad.on_key(tell("key"));
    hal.power.on_brown_out(tell("brown out"));
    hal.tamper.on_change(tell("tamper"));
    hal.service.on_receive(tell("service"));
    hal.flow.on_change(tell("flow"));
    hal.display.show("HANDS", "A");
    hal.service.write([72, 73, 10]);
    hal.clock.set(START_UTC_S + 7);
    hal.buzzer.beep("good");
    const last = hal.nvm.geometry.size_bytes - 8;
    assert.equal(hal.nvm.program(last, textOf([1, 2, 3, 4, 5, 6, 7, 8])), "ok");
    assert.equal(hal.valve.drive(rig.see("valve") === "open" ? "close" : "open"), "started");
    assert.equal(rig.world.valve.moving, true);
    assert.deepEqual([rig.see("display"), rig.see("said")], ["HANDS", "HI"]);
    assert.deepEqual([hal.clock.now_utc_s(), hal.nvm.read(last, 1)], [START_UTC_S + 7, textOf([1])]);
    assert.ok(rig.trace().some((line) => line.t === rig.now_ms && line.port === "buzzer"));
    rig.step("radio 01", "key 1", "brown_out 1", "tamper case 1", "service id", "sensor empty 1");
    rig.pass(50).step("card out 0");
    const all = ["answer", "brown out", "card", "flow", "frame", "key", "sent", "service", "tamper"];
    assert.deepEqual(told.sort(), all);
    assert.throws(() => {
      hal.watchdog.start(1000);
      rig.pass(2000);
    }, /watchdog/);
  });

  it("leaves the memory as it is", () => {
    const rig = running();
    const { nvm } = rig.world;
    const last = nvm.geometry.size_bytes - 8;
    nvm.port.program(last, textOf([1, 2, 3, 4, 5, 6, 7, 8]));
    rig.step("power_cut 5").pass(5);
    assert.deepEqual(rig.meter.hal.nvm.read(last, 8), textOf([1, 2, 3, 4, 5, 6, 7, 8]));
  });
});

describe("a meter that loses its power in the middle of a call", () => {
  it("has no hands: nothing that it still does to any port has an effect", () => {
    const rig = running({ trace: true });
    rig.step("card in 01020304");
    let before: unknown;
    let lines = 0;
    rig.meter.log.listener = () => {
      if (!rig.world.powered) return;
      const meter = rig.meter;
      powerOff(rig.world);
      before = hands(rig.world);
      lines = rig.trace().length;
      rig.world.meter = meter;
      useEveryPort(rig);
      rig.world.meter = undefined;
    };
    rig.step("lock 1");
    assert.notEqual(before, undefined, "the lock is an event");
    assert.deepEqual(hands(rig.world), before);
    assert.equal(rig.trace().length, lines);
    rig.pass(DAY_MS);
    assert.deepEqual(hands(rig.world), {
      ...(before as object),
      waiting: (hands(rig.world) as { waiting: [] }).waiting,
    });
    powerOn(rig.world);
    assert.equal(rig.see("boot"), "ok");
    rig.meter.hal.radio.listen(1000);
    rig.step("card out 0", "radio 01");
  });

  it("may lose it in its very boot, twice, and boots in the end", () => {
    const rig = running();
    cutPower(rig.world, 10);
    cutAtSupplyLook(rig.world, () => {
      cutPower(rig.world, 20);
      cutAtSupplyLook(rig.world, () => {
        cutPower(rig.world, 30);
      });
    });
    rig.pass(10);
    assert.equal(rig.see("boot"), "off");
    rig.pass(20);
    assert.equal(rig.see("boot"), "off");
    rig.pass(29);
    assert.equal(rig.see("boot"), "off");
    rig.pass(1);
    assert.equal(rig.see("boot"), "ok");
    rig.pass(DAY_MS);
  });

  it("may lose it before it has even been put together", () => {
    const rig = running();
    const { port } = rig.world.flow;
    powerOff(rig.world);
    port.forward_count = () => {
      port.forward_count = () => 0;
      cutPower(rig.world, 10);
      return 0;
    };
    powerOn(rig.world);
    assert.deepEqual([rig.see("boot"), rig.world.meter], ["off", undefined]);
    rig.pass(10);
    assert.equal(rig.see("boot"), "ok");
  });

  it("leaves no trace of what it logs after that", () => {
    const rig = running({ trace: true });
    rig.step("battery 2500");
    cutAtSupplyLook(rig.world, () => {
      powerOff(rig.world);
    });
    const events = rig.meter.log;
    const logged = events.count;
    rig.step("brown_out 1");
    assert.ok(events.count > logged, "an empty battery is an event");
    assert.deepEqual(rig.trace().at(-1), { t: rig.now_ms, event: "power", on: 0 });
  });

  it("inside an operation of its memory leaves what the cut left", () => {
    const rig = running();
    const { nvm } = rig.world;
    const last = nvm.geometry.size_bytes - 4;
    nvm.before = () => {
      cutPower(rig.world, 5);
    };
    assert.equal(nvm.port.program(last, textOf([1, 2, 3, 4])), "ok");
    nvm.before = () => undefined;
    rig.pass(5);
    assert.deepEqual([rig.see("boot"), nvm.port.read(last, 4)], ["ok", textOf([255, 255, 255, 255])]);
  });

  it("may have its power back before the cut was to end", () => {
    const rig = running();
    rig.step("power_cut 60000").pass(10);
    powerOn(rig.world);
    rig.pass(120000);
    assert.equal(rig.meter.hal.timer.now_ms(), 120000);
  });

  it("cannot be cut off twice, nor given power that it has", () => {
    const rig = running();
    assert.throws(() => {
      powerOn(rig.world);
    });
    powerOff(rig.world);
    assert.throws(() => {
      powerOff(rig.world);
    });
  });
});

describe("watchdog reset", () => {
  it("boots the meter again and tells it the cause, once", () => {
    const rig = running({ trace: true });
    const cause = (): boolean => rig.meter.hal.watchdog.caused_reset();
    assert.equal(cause(), false);
    rig.step("watchdog_reset 50").pass(50);
    assert.equal(cause(), true);
    rig.step("watchdog_reset 0").pass(0);
    assert.equal(cause(), true);
    rig.step("power_cut 50").pass(50);
    assert.equal(cause(), false);
    const after = lastLines(rig, "power").filter((line) => (line as { on: number }).on === 1);
    assert.deepEqual(
      after.map((line) => (line as { after: string }).after),
      ["watchdog", "watchdog", "cut"],
    );
  });
});

describe("faults that a program can switch on", () => {
  const twins = (nvm: string): RigOptions => ({ twins: { nvm } });

  it("deaf: the sensor counts on and tells nobody, until it is given back", () => {
    const rig = running();
    let told = 0;
    rig.world.flow.port.on_change(() => told++);
    rig.step("sensor deaf 1").litres(7);
    assert.deepEqual([rig.world.flow.port.forward_count(), told], [7, 0]);
    rig.step("sensor deaf 0").litres(3);
    assert.deepEqual([rig.world.flow.port.forward_count(), told], [10, 3]);
  });

  it("deaf: a listener that is set again hears", () => {
    const rig = running();
    rig.step("sensor deaf 1").litres(1);
    let told = 0;
    rig.world.flow.port.on_change(() => told++);
    rig.litres(2);
    assert.equal(told, 2);
  });

  it("the memory is the one that is named, and no other name is taken", () => {
    assert.equal(running(twins("nor-64x4k")).world.nvm.sectors.length, 64);
    assert.equal(running().world.nvm.sectors.length, 8);
    assert.throws(() => running(twins("core")));
  });

  it("the memory wears, its supply is low, its reads fail", () => {
    const rig = running(twins("nor-8x4k"));
    const { nvm } = rig.world;
    rig.step("nvm wear 7 program", "nvm wear 6 erase");
    assert.deepEqual([nvm.sectors[7].program_worn, nvm.sectors[7].erase_worn], [true, false]);
    assert.deepEqual([nvm.sectors[6].program_worn, nvm.sectors[6].erase_worn], [false, true]);
    assert.throws(() => rig.step("nvm wear 8 erase"));
    rig.step("nvm low 1", "nvm reads empty");
    assert.deepEqual([nvm.port.erase(7), nvm.port.read(0, 4)], ["low_power", ""]);
    rig.step("nvm reads noisy");
    assert.equal(nvm.low_reads, "noisy");
    rig.step("nvm reads right", "nvm low 0");
    assert.equal(nvm.port.erase(7), "ok");
  });
});
