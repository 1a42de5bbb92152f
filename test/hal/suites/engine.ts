/** Contract of the port of the interpreter itself: engine. */
import assert from "node:assert/strict";
import type { Suites } from "../contract";

export const ENGINE_SUITES: Pick<Suites, "engine"> = {
  engine(make) {
    it("tells its memory in whole numbers, and no more in use than there is", () => {
      const { port } = make();
      const [used, size] = [port.memory_used(), port.memory_size()];
      assert.ok(Number.isInteger(used) && used >= 0, `${used}`);
      assert.ok(Number.isInteger(size) && size >= 0, `${size}`);
      assert.ok(size === 0 || used <= size, `${used} of ${size}`);
    });

    it("has nothing to report before a fault", () => {
      assert.deepEqual(make().port.take_faults(), []);
    });

    it("reports each fault once, however often it came", () => {
      const { port, raise } = make();
      raise("callback");
      raise("fifo_full");
      raise("callback");
      assert.deepEqual([...port.take_faults()].sort(), ["callback", "fifo_full"]);
      assert.deepEqual(port.take_faults(), []);
    });

    it("reports a fault again that comes again", () => {
      const { port, raise } = make();
      for (const fault of ["fifo_full", "callback", "low_memory", "memory"] as const) {
        for (let times = 0; times < 2; times++) {
          raise(fault);
          assert.deepEqual(port.take_faults(), [fault]);
        }
      }
    });

    it("leaves a list alone that it has handed out", () => {
      const { port, raise } = make();
      raise("memory");
      const taken = port.take_faults();
      raise("low_memory");
      assert.deepEqual(taken, ["memory"]);
    });
  },
};
