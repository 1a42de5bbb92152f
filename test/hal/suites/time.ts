/** Contracts of the ports that keep time: clock, timer, watchdog. */
import assert from "node:assert/strict";
import type { Suites } from "../contract";

export const TIME_SUITES: Pick<Suites, "clock" | "timer" | "watchdog"> = {
  clock(make) {
    it("shows the time it was set to, and whole seconds from there", () => {
      const { port, pass } = make();
      port.set(1700000000);
      assert.equal(port.now_utc_s(), 1700000000);
      pass(3600500);
      const now_s = port.now_utc_s();
      assert.ok(now_s === 1700003600 || now_s === 1700003601, `${now_s}`);
    });

    it("can be set back", () => {
      const { port } = make();
      port.set(1700000000);
      port.set(1600000000);
      assert.equal(port.now_utc_s(), 1600000000);
    });

    it("shows 0 while the time is not known, for any length of time, and is valid again once set", () => {
      const { port, pass, lose } = make();
      lose();
      assert.equal(port.now_utc_s(), 0);
      pass(86400000);
      assert.equal(port.now_utc_s(), 0);
      port.set(1700000000);
      pass(10000);
      assert.equal(port.now_utc_s(), 1700000010);
    });
  },

  timer(make) {
    it("counts milliseconds that never run back", () => {
      const { port, pass } = make();
      const before_ms = port.now_ms();
      pass(12345);
      assert.equal(port.now_ms() - before_ms, 12345);
    });

    it("calls its alarm once, at its time, never early, from the main loop", () => {
      const { port, pass } = make();
      const called: number[] = [];
      port.alarm(port.now_ms() + 1000, () => called.push(port.now_ms()));
      pass(999);
      assert.deepEqual(called, []);
      const due_ms = port.now_ms() + 1;
      pass(60000);
      assert.equal(called.length, 1);
      assert.ok(called[0] >= due_ms);
    });

    it("keeps one alarm: a further call replaces it, earlier or later", () => {
      const { port, pass } = make();
      for (const [first_ms, second_ms] of [
        [1000, 5000],
        [5000, 1000],
      ]) {
        const called: string[] = [];
        port.alarm(port.now_ms() + first_ms, () => called.push("first"));
        port.alarm(port.now_ms() + second_ms, () => called.push("second"));
        pass(60000);
        assert.deepEqual(called, ["second"]);
      }
    });

    it("fires an alarm in the past as soon as the main loop is free, not inside the call", () => {
      const { port, pass } = make();
      pass(1000);
      let called = 0;
      port.alarm(port.now_ms() - 500, () => called++);
      assert.equal(called, 0);
      pass(1);
      assert.equal(called, 1);
    });

    it("counts from 0 again after a loss of power, and has lost its alarm", () => {
      const { port, pass, restart } = make();
      pass(5000);
      port.alarm(port.now_ms() + 1000, () => assert.fail("an alarm is lost with the power"));
      const booted = restart(300);
      assert.equal(booted.now_ms(), 0);
      pass(5000);
      assert.equal(booted.now_ms(), 5000);
      let called_ms = 0;
      booted.alarm(7000, () => (called_ms = booted.now_ms()));
      pass(5000);
      assert.equal(called_ms, 7000);
    });

    it("can be set again inside its own alarm", () => {
      const { port, pass } = make();
      let called = 0;
      const again = (): void => {
        called += 1;
        port.alarm(port.now_ms() + 100, again);
      };
      port.alarm(port.now_ms() + 100, again);
      pass(1000);
      assert.equal(called, 10);
    });
  },

  watchdog(make) {
    it("leaves a meter alone that kicks in time", () => {
      const { port, pass, was_reset } = make();
      port.start(10000);
      for (let times = 0; times < 20; times++) {
        pass(9000);
        port.kick();
      }
      assert.equal(was_reset(), false);
    });

    it("resets a meter that does not", () => {
      for (const kicks of [0, 1, 3]) {
        const { port, pass, was_reset } = make();
        port.start(10000);
        for (let times = 0; times < kicks; times++) {
          pass(5000);
          port.kick();
        }
        pass(20001);
        assert.equal(was_reset(), true);
      }
    });

    it("says after a reset whether it was the cause, and at first that it was not", () => {
      const { port, restart } = make();
      assert.equal(port.caused_reset(), false);
      restart("watchdog");
      assert.equal(port.caused_reset(), true);
      restart("power");
      assert.equal(port.caused_reset(), false);
    });

    it("is asleep after a reset until it is started again", () => {
      const { port, pass, was_reset, restart } = make();
      port.start(10000);
      restart("power");
      pass(86400000);
      assert.equal(was_reset(), false);
    });

    it("is asleep until it is started", () => {
      const { pass, was_reset } = make();
      pass(86400000);
      assert.equal(was_reset(), false);
    });

    it("takes the shortest and the longest period", () => {
      for (const timeout_ms of [1000, 3600000]) {
        const { port, pass, was_reset } = make();
        port.start(timeout_ms);
        pass(timeout_ms - 1);
        assert.equal(was_reset(), false);
        pass(timeout_ms + 1);
        assert.equal(was_reset(), true);
      }
    });
  },
};
