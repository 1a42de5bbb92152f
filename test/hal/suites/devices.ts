/** Contracts of the ports that touch water and power: flow, valve, power. */
import assert from "node:assert/strict";
import type { Suites } from "../contract";

export const DEVICE_SUITES: Pick<Suites, "flow" | "valve" | "power"> = {
  flow(make) {
    it("wraps its counts at a modulus from 256 to 2^32", () => {
      const { port } = make();
      assert.ok(port.count_wrap >= 256 && port.count_wrap <= 2 ** 32 && Number.isInteger(port.count_wrap));
    });

    it("counts forward and backward pulses apart, and reading clears nothing", () => {
      const { port, run, undirected } = make();
      const [forward, reverse] = [port.forward_count(), port.reverse_count()];
      run(5);
      if (undirected === true) assert.equal(reverse, 0);
      else run(-3);
      for (let times = 0; times < 2; times++) {
        assert.equal((port.forward_count() - forward + port.count_wrap) % port.count_wrap, 5);
        const back = (port.reverse_count() - reverse + port.count_wrap) % port.count_wrap;
        assert.equal(back, undirected === true ? 0 : 3);
      }
    });

    it("goes on from 0 after the last count", () => {
      const { port, run } = make();
      run((2 * port.count_wrap - port.forward_count() - 1) % port.count_wrap);
      assert.equal(port.forward_count(), port.count_wrap - 1);
      run(1);
      assert.equal(port.forward_count(), 0);
    });

    it("tells its listener after a count or a status has changed", () => {
      const { port, run, set_empty, set_cut } = make();
      const seen: string[] = [];
      port.on_change(() => seen.push(`${port.forward_count()} ${port.empty_pipe()} ${port.fault()}`));
      const next = (port.forward_count() + 1) % port.count_wrap;
      run(1);
      assert.equal(seen.at(-1), `${next} false none`);
      set_empty(true);
      assert.equal(seen.at(-1), `${next} true none`);
      set_empty(false);
      set_cut(true);
      assert.equal(seen.at(-1), `${next} false cable_cut`);
      set_cut(false);
      assert.equal(seen.at(-1), `${next} false none`);
    });

    it("stands still while the cable is cut, and counts on after it", () => {
      const { port, run, set_cut } = make();
      const before = port.forward_count();
      set_cut(true);
      run(4);
      assert.equal(port.forward_count(), before);
      set_cut(false);
      run(2);
      assert.equal(port.forward_count(), (before + 2) % port.count_wrap);
    });

    it("counts on while the meter has no power, or starts again at 0, as it says it does", () => {
      const { port, run, off, on, undirected } = make();
      const [forward, reverse] = [port.forward_count(), port.reverse_count()];
      const back = undirected === true ? 0 : 2;
      run(5);
      off();
      run(3);
      run(-back);
      on();
      const counts = (): number[] => [port.forward_count(), port.reverse_count()];
      const kept = [(forward + 8) % port.count_wrap, (reverse + back) % port.count_wrap];
      assert.deepEqual(counts(), port.survives_power_cut ? kept : [0, 0]);
      run(1);
      assert.equal(port.forward_count(), port.survives_power_cut ? kept[0] + 1 : 1);
    });

    it("has no listener after a power cut until one is set", () => {
      const { port, run, off, on } = make();
      port.on_change(() => assert.fail("a listener is lost with the RAM"));
      off();
      run(1);
      on();
      run(1);
      let told = 0;
      port.on_change(() => told++);
      run(1);
      assert.equal(told, 1);
    });

    it("has one listener: a second one replaces the first", () => {
      const { port, run } = make();
      port.on_change(() => assert.fail("the first listener was replaced"));
      let told = 0;
      port.on_change(() => told++);
      run(1);
      assert.equal(told, 1);
    });
  },

  valve(make) {
    it("starts the motor and returns at once, before the valve has moved", () => {
      const { port } = make();
      const before = port.position();
      assert.equal(port.drive(before === "open" ? "close" : "open"), "started");
      assert.notEqual(port.position(), before === "open" ? "closed" : "open");
    });

    it("reaches either end within travel_max_ms", () => {
      const { port, pass } = make();
      for (const [direction, position] of [
        ["open", "open"],
        ["close", "closed"],
        ["close", "closed"],
        ["open", "open"],
      ] as const) {
        assert.equal(port.drive(direction), "started");
        pass(port.travel_max_ms);
        assert.equal(port.position(), position);
      }
    });

    it("is busy for a second drive in either direction until the first is over", () => {
      const { port, pass } = make();
      port.drive("open");
      assert.equal(port.drive("close"), "busy");
      assert.equal(port.drive("open"), "busy");
      pass(port.travel_max_ms);
      assert.equal(port.position(), "open", "a refused drive changes nothing");
      assert.equal(port.drive("close"), "started");
    });

    it("stays where it is without a drive", () => {
      const { port, pass } = make();
      port.drive("open");
      pass(port.travel_max_ms);
      pass(86400000);
      assert.equal(port.position(), "open");
    });
  },

  power(make) {
    it("reads the supply in whole millivolts", () => {
      const { port, set_supply } = make();
      set_supply(3456);
      assert.equal(port.supply_mv(), 3456);
      set_supply(0);
      assert.equal(port.supply_mv(), 0);
    });

    it("warns of a brown-out and of its end, the last listener only", () => {
      const { port, brown_out } = make();
      port.on_brown_out(() => assert.fail("the first listener was replaced"));
      const told: boolean[] = [];
      port.on_brown_out((low) => told.push(low));
      brown_out(true);
      brown_out(false);
      assert.deepEqual(told, [true, false]);
    });
  },
};
