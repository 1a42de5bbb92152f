/** Contracts of the ports that people touch: display, keypad, buzzer, tamper inputs. */
import assert from "node:assert/strict";
import type { Suites } from "../contract";

export const PEOPLE_SUITES: Pick<Suites, "display" | "keypad" | "buzzer" | "tamper"> = {
  display(make) {
    it("shows any text of up to eight printable characters at once, and any annunciators", () => {
      const { port, seen } = make();
      for (const [text, annunciators] of [
        ["", ""],
        ["ABCDEFGH", "VLEATB"],
        ["   -1.49", "V"],
        ['~ !"#$%&', "B"],
      ]) {
        port.show(text, annunciators);
        assert.deepEqual(seen(), { text, annunciators });
      }
    });
  },

  keypad(make) {
    it("tells each of the twelve keys, in the order in which they went down", () => {
      const { port, press } = make();
      const keys = Array.from("*#0123456789");
      const told: string[] = [];
      port.on_key((key) => told.push(key));
      for (const key of keys) press(key);
      assert.deepEqual(told, keys);
    });

    it("has one listener: a second one replaces the first", () => {
      const { port, press } = make();
      port.on_key(() => assert.fail("the first listener was replaced"));
      const told: string[] = [];
      port.on_key((key) => told.push(key));
      press("5");
      assert.deepEqual(told, ["5"]);
    });
  },

  buzzer(make) {
    it("takes every pattern, also while another sounds, and returns at once", () => {
      const { port } = make();
      for (const pattern of ["good", "bad", "warning", "warning", "good"] as const) port.beep(pattern);
    });
  },

  tamper(make) {
    it("tells each input apart, for as long as it is active", () => {
      const { port, set } = make();
      const inputs = ["case", "magnet", "reader"] as const;
      const active = (): boolean[] => inputs.map((input) => port.active(input));
      assert.deepEqual(active(), [false, false, false]);
      for (const [place, input] of inputs.entries()) {
        set(input, true);
        assert.deepEqual(
          active(),
          inputs.map((_, other) => other === place),
        );
        set(input, false);
      }
      assert.deepEqual(active(), [false, false, false]);
    });

    it("calls the last listener after each change", () => {
      const { port, set } = make();
      port.on_change(() => assert.fail("the first listener was replaced"));
      const told: boolean[] = [];
      port.on_change(() => told.push(port.active("magnet")));
      set("magnet", true);
      set("magnet", false);
      assert.deepEqual(told, [true, false]);
    });
  },
};
