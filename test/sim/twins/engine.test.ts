/** The faults of the engine twin: what the port reports, memory. */
import assert from "node:assert/strict";
import { createEngineTwin, raiseEngineFault, setMemory } from "../../../sim/twins/engine";

describe("engine twin", () => {
  it("reports a fault once, however often a scenario raises it", () => {
    const twin = createEngineTwin();
    raiseEngineFault(twin, "memory");
    raiseEngineFault(twin, "memory");
    assert.deepEqual(twin.port.take_faults(), ["memory"]);
    assert.deepEqual(twin.port.take_faults(), []);
  });

  it("has as much in use as a scenario says", () => {
    const { port, ...twin } = createEngineTwin();
    assert.ok(port.memory_used() * 100 < port.memory_size() * 80, "an ordinary meter has room");
    assert.equal(port.memory_used(), twin.memory_used);
    const other = createEngineTwin();
    setMemory(other, 17);
    assert.equal(other.port.memory_used(), 17);
  });
});
