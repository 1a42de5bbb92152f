/** A whole meter in an engine that drops watches, callbacks and events (facts of the engines: firmware/engine_watch.ts). */
import assert from "node:assert/strict";
import type { EngineFault } from "../../hal/engine";
import { HOUR_MS, MINUTE_MS, type Rig, running } from "./rig";

/** The engine removes the watch of the flow sensor without a word. */
function dropWatch({ world }: Rig): void {
  world.flow.notify = () => undefined;
}

/** What the engine admits at the next look. */
function raise({ meter }: Rig, ...faults: EngineFault[]): void {
  const engine = meter.hal.engine;
  let left = faults;
  engine.take_faults = () => {
    const taken = left;
    left = [];
    return taken;
  };
}

function codes(rig: Rig): string[] {
  return rig.events().map(({ code }) => code);
}

describe("meter in a faulty engine", () => {
  it("bills all water though its watch was removed, sets it anew within three hours, and logs the pulses", () => {
    const rig = running();
    rig.pass(HOUR_MS).litres(5);
    dropWatch(rig);
    for (let hour = 0; hour < 3; hour++)
      rig
        .pass(10 * MINUTE_MS)
        .litres(10)
        .pass(40 * MINUTE_MS);
    rig.pass(HOUR_MS);
    assert.equal(rig.number("volume_l"), 35);
    const [rearmed, ...more] = rig.events("watch_rearmed");
    assert.ok(rearmed.value >= 10 && rearmed.value <= 30, `${rearmed.value} pulses`);
    assert.deepEqual(more, []);
    const before = rig.number("volume_l");
    rig.litres(1);
    assert.equal(rig.number("volume_l"), before + 1, "the watch is back: no boundary was needed");
  });

  it("takes no watch for removed whose water runs only in the same minutes of each hour", () => {
    for (let minute = 1; minute < 60; minute += 2) {
      const rig = running();
      for (let hour = 0; hour < 6; hour++)
        rig
          .pass(minute * MINUTE_MS)
          .litres(2)
          .pass(HOUR_MS - minute * MINUTE_MS - 2000);
      assert.deepEqual(rig.events("watch_rearmed"), [], `minute ${minute}`);
    }
  });

  it("takes no watch for removed in a household's month", () => {
    const rig = running();
    rig.step("household 1");
    for (let day = 0; day < 30; day++) {
      rig.pass(24 * HOUR_MS);
      assert.deepEqual(rig.events("watch_rearmed"), []);
    }
  });

  it("sets every listener anew after the engine has removed a callback", () => {
    const rig = running();
    const nobody = (): void => undefined;
    const { flow, keypad, tamper, power, service } = rig.world;
    for (const port of [flow, keypad, tamper, power, service]) port.notify = nobody;
    raise(rig, "callback");
    rig.pass(HOUR_MS + MINUTE_MS);
    assert.deepEqual(
      [flow, keypad, tamper, power, service].map(({ notify }) => notify === nobody),
      [false, false, false, false, false],
    );
    assert.ok(codes(rig).includes("engine_callback"));
    rig.litres(1).step("tamper magnet 1");
    assert.equal(rig.number("volume_l"), 1);
    assert.ok(codes(rig).includes("tamper"));
  });

  it("logs lost events and high memory once, however long they last", () => {
    const rig = running();
    const size = rig.meter.hal.engine.memory_size();
    rig.meter.hal.engine.memory_used = () => size;
    for (let hour = 0; hour < 5; hour++) {
      raise(rig, "fifo_full");
      rig.pass(HOUR_MS);
    }
    assert.deepEqual(
      codes(rig).filter((code) => code.startsWith("engine_")),
      ["engine_fifo_full", "engine_memory_high"],
    );
  });
});
