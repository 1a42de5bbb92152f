import assert from "node:assert/strict";
import fc from "fast-check";
import type { EngineNews, EngineWatch } from "../../firmware/engine_watch";
import { createEngineWatch, lookAtEngine } from "../../firmware/engine_watch";
import type { Engine } from "../../hal/engine";
import type { EngineTwin } from "../../sim/twins/engine";
import { createEngineTwin, raiseEngineFault, setMemory } from "../../sim/twins/engine";

const WRAP = 65536;
const HOUR_MS = 3600000;

interface Looked {
  watch: EngineWatch;
  twin: EngineTwin;
  /** The look of an hour, at a forward count; `heard` when the handler was called since the last one. */
  look: (count?: number, heard?: boolean) => EngineNews;
}

function looked(first_count = 0): Looked {
  const twin = createEngineTwin();
  const watch = createEngineWatch(first_count);
  return {
    watch,
    twin,
    look: (count = first_count, heard = false) => {
      watch.heard = watch.heard || heard;
      return lookAtEngine(watch, twin.port, count, WRAP);
    },
  };
}

function logged(news: EngineNews): [string, number][] {
  assert.equal(news.codes.length, news.values.length);
  return news.codes.map((code, place) => [code, news.values[place]]);
}

/** A pulse, and when its call comes; undefined when it never comes. */
interface Pulse {
  at_ms: number;
  call_ms: number | undefined;
}

/** Looks each hour at a sensor whose calls come late; the hour of each look that re-armed. */
function hoursRearmed(pulses: readonly Pulse[], hours: number): number[] {
  const { look } = looked();
  const rearmed: number[] = [];
  for (let hour = 1; hour <= hours; hour++) {
    const [from_ms, to_ms] = [(hour - 1) * HOUR_MS, hour * HOUR_MS];
    const count = pulses.filter(({ at_ms }) => at_ms <= to_ms).length;
    const heard = pulses.some(({ call_ms }) => call_ms !== undefined && call_ms > from_ms && call_ms <= to_ms);
    if (look(count, heard).rearm) rearmed.push(hour);
  }
  return rearmed;
}

describe("engine watch, memory", () => {
  it("says once that more than 80 % is in use, and again only after it has fallen to 70 %", () => {
    const { twin, look } = looked();
    const size = twin.port.memory_size();
    const [high, recovered] = [Math.floor((size * 80) / 100) + 1, Math.floor((size * 70) / 100)];
    const said = [high - 1, high, size, high - 1, recovered + 1, high, recovered, high].map((used) => {
      setMemory(twin, used);
      return logged(look()).length;
    });
    assert.deepEqual(said, [0, 1, 0, 0, 0, 0, 0, 1]);
    setMemory(twin, 0);
    look();
    setMemory(twin, size);
    assert.deepEqual(logged(look()), [["engine_memory_high", size]]);
  });

  it("remembers the most that was in use", () => {
    const { watch, twin, look } = looked();
    for (const used of [100, 700, 300]) {
      setMemory(twin, used);
      look();
    }
    assert.equal(watch.memory_most, 700);
  });

  it("says nothing on an engine that cannot tell its size", () => {
    const watch = createEngineWatch(0);
    const engine: Engine = { memory_used: () => 1e9, memory_size: () => 0, take_faults: () => [] };
    for (let hour = 0; hour < 3; hour++) assert.deepEqual(logged(lookAtEngine(watch, engine, 0, WRAP)), []);
    assert.equal(watch.memory_most, 1e9);
  });
});

describe("engine watch, faults", () => {
  it("logs each fault under its name, with the memory in use", () => {
    const { twin, look } = looked();
    setMemory(twin, 1234);
    for (const fault of ["fifo_full", "callback", "low_memory", "memory"] as const) {
      raiseEngineFault(twin, fault);
      assert.deepEqual(logged(look()), [[`engine_${fault}`, 1234]]);
      look();
    }
  });

  it("logs a fault that comes every hour once, and again after an hour without it", () => {
    const { twin, look } = looked();
    const said = [true, true, true, false, true].map((comes) => {
      if (comes) raiseEngineFault(twin, "fifo_full");
      return logged(look()).length;
    });
    assert.deepEqual(said, [1, 0, 0, 0, 1]);
  });

  it("tells faults apart whose names hold each other", () => {
    const { twin, look } = looked();
    raiseEngineFault(twin, "low_memory");
    setMemory(twin, twin.port.memory_size());
    assert.deepEqual(look().codes, ["engine_low_memory", "engine_memory_high"]);
    raiseEngineFault(twin, "memory");
    assert.deepEqual(look().codes, ["engine_memory"]);
  });

  it("sets the listeners anew each time the engine removed a callback or had no memory, and else not", () => {
    for (const [fault, rearm] of [
      ["callback", true],
      ["memory", true],
      ["fifo_full", false],
      ["low_memory", false],
    ] as const) {
      const { twin, look } = looked();
      for (let hour = 0; hour < 3; hour++) {
        raiseEngineFault(twin, fault);
        assert.equal(look().rearm, rearm, fault);
      }
      assert.equal(look().rearm, false);
    }
  });
});

describe("engine watch, flow handler", () => {
  it("finds a removed handler at the second look, and tells the pulses for which it was not called", () => {
    const { look } = looked(100);
    assert.equal(look(140, true).rearm, false);
    assert.deepEqual(look(150), { codes: [], values: [], rearm: false });
    assert.deepEqual(look(175), { codes: ["watch_rearmed"], values: [35], rearm: true });
  });

  it("finds it though no further pulse comes", () => {
    const { look } = looked();
    look(1);
    assert.deepEqual(logged(look(1)), [["watch_rearmed", 1]]);
  });

  it("counts over the wrap of the sensor", () => {
    const { look } = looked(WRAP - 5);
    look(WRAP - 1);
    assert.deepEqual(logged(look(7)), [["watch_rearmed", 12]]);
  });

  it("does not try again before more water has run untold", () => {
    const { look } = looked();
    const tries = [3, 3, 3, 3, 4].map((count) => look(count).rearm);
    assert.deepEqual(tries, [false, true, false, false, true]);
  });

  it("has nothing to find while no water runs, for any time", () => {
    const { look } = looked(77);
    for (let hour = 0; hour < 100; hour++) assert.deepEqual(look(77), { codes: [], values: [], rearm: false });
  });

  it("tries again each hour when it did not help, says so once, and is ready again after a call", () => {
    const { look } = looked();
    const news = [1, 2, 3, 4].map((count) => look(count));
    assert.deepEqual(
      news.map(({ rearm }) => rearm),
      [false, true, true, true],
    );
    assert.equal(news.flatMap(logged).length, 1);
    look(5, true);
    look(6);
    assert.deepEqual(logged(look(7)), [["watch_rearmed", 2]]);
  });

  it("never takes a call that is up to an hour late for a removed handler", () => {
    const pulse = fc.tuple(fc.integer({ min: 1, max: 10 * HOUR_MS }), fc.integer({ min: 0, max: HOUR_MS }));
    fc.assert(
      fc.property(fc.array(pulse, { maxLength: 30 }), (drawn) => {
        // Calls are late most unluckily: at the very moment of a look.
        const pulses = drawn.map(([at_ms, late_ms]) => ({ at_ms, call_ms: at_ms + late_ms }));
        const looks = drawn.map(([at_ms]) => {
          const on_look_ms = Math.ceil(at_ms / HOUR_MS) * HOUR_MS;
          return { at_ms: on_look_ms, call_ms: on_look_ms + 1 };
        });
        assert.deepEqual(hoursRearmed(pulses, 12), []);
        assert.deepEqual(hoursRearmed(looks, 12), []);
      }),
    );
  });

  it("finds a handler removed at any time an hour after the first hour of water without a call", () => {
    const at_ms = fc.integer({ min: 1, max: 10 * HOUR_MS });
    const hourOf = (ms: number): number => Math.ceil(ms / HOUR_MS);
    fc.assert(
      fc.property(fc.array(at_ms, { maxLength: 30 }), at_ms, (times_ms, removed_ms) => {
        const pulses = times_ms.map((ms) => ({ at_ms: ms, call_ms: ms < removed_ms ? ms : undefined }));
        const heard = Math.max(0, ...times_ms.filter((ms) => ms < removed_ms).map(hourOf));
        const silent = times_ms.map(hourOf).filter((hour) => hour > heard);
        const found = hoursRearmed(pulses, 12)[0];
        assert.equal(found, silent.length === 0 ? undefined : Math.min(...silent) + 1);
      }),
    );
  });
});
