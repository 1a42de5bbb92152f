/** The real bundle on a real interpreter with 32-bit integers: it must refuse, not miscount. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { bundleLua } from "../../sim/bundle/lua";
import { runOnFengari } from "../sim/engines/fengari";

const ENTRY = join(__dirname, "..", "..", "sim", "world", "main.ts");

const PROGRAM = [
  "program 1",
  "set meter_number 600100000000000017",
  "set region 600100",
  "set q3_l_h 2500",
  "set burst_permille 300",
  "set flow_max_l_h 6250",
  "tariff 1 0 0 0:150000",
  "begin 1551654000 1 1",
  "0 expect boot is number_model:int32",
  "0 end",
];

describe("boot on a Lua with 32-bit integers", function () {
  it("is refused, with a message on the display and at the service port, and the valve is not touched", () => {
    const { trace, fault } = runOnFengari(bundleLua(ENTRY, "5.3"), PROGRAM);
    assert.equal(fault, undefined);
    const lines = trace.map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.ok(lines.some((line) => line["port"] === "display" && line["show"] === "ERR NUM"));
    assert.ok(lines.some((line) => line["says"] === "error boot refused: number_model int32"));
    assert.ok(!lines.some((line) => line["port"] === "valve"));
    assert.equal(lines.at(-1)!["boot"], "number_model:int32");
    assert.equal(lines.find((line) => line["event"] === "expect")?.["met"], true);
  });
});
