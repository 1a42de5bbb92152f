/** Every twin keeps the contract of its port. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { PortName } from "./benches";
import { describePortContract, PORT_NAMES } from "./contract";
import { NVM_BENCHES, OTHER_BENCHES, TWIN_BENCHES } from "./twins";

const HAL = join(__dirname, "..", "..", "hal");

function runContract(name: PortName): void {
  describePortContract(name, "twin", TWIN_BENCHES[name]);
}

describe("contracts", () => {
  it("exist for every port in hal/", () => {
    const files = readdirSync(HAL).filter((file) => file.endsWith(".ts") && file !== "hal.ts");
    const port = (file: string): string =>
      ({ "flow_sensor.ts": "flow", "card_reader.ts": "card", "service_port.ts": "service" })[file] ?? file.slice(0, -3);
    assert.deepEqual(files.map(port).sort(), [...PORT_NAMES].sort());
  });
});

for (const name of PORT_NAMES) runContract(name);
describePortContract("flow", "twin with a 16-bit counter that has its own cell", OTHER_BENCHES.surviving_counter);
for (const [name, make] of NVM_BENCHES) describePortContract("nvm", `twin of ${name}`, make);
