/** main.lua of LuatOS around a bundle, in a real Lua with rtos replaced. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { findOnPath } from "../../../sim/engines/child";
import { parseBoard, readBoard } from "../../../tools/build/board_file";
import { luatosEntryText } from "../../../tools/build/entry";
import { luatosMain } from "../../../tools/build/luatos_main";

const BUNDLE = `
return {
  start = function() print("start") end,
  ring = function(id)
    print("ring " .. id)
    if id == 3 then error("spoilt") end
  end,
}`;

/** Messages of rtos.receive: a timer's, another one's, nothing, a timer's that fails. */
const RTOS = `
local messages = { { 1, 2, 0 }, { 7, 9 }, {}, { 1, 3, 0 }, { 1, 4, 0 } }
rtos = {
  INF_TIMEOUT = -1, MSG_TIMER = 1,
  receive = function(timeout)
    assert(timeout == -1)
    return table.unpack(table.remove(messages, 1))
  end,
  reboot = function() print("reboot") end,
}
log = { error = function(tag, why) print(tag, (why:gsub("^.*: ", ""))) end }
`;

/** A board without slots: its main.lua has no boot code. */
const BOARD = ((board) => ({ ...board, nvm: { ...board.nvm, update_slots: undefined } }))(readBoard("lua-luatos"));

function run(before: string, behind: string): string[] {
  const main = luatosMain(BUNDLE, "1.2.3", BOARD).replaceAll("\\", "\\\\").replaceAll("]]", "] ]");
  const input = `${before}\nlocal exports = assert(load([[${main}]], "=main.lua"))()\n${behind}`;
  const { stdout, stderr } = spawnSync("lua5.3", ["-"], { input, encoding: "utf8" });
  assert.equal(stderr, "");
  return stdout.trim().split("\n");
}

describe("main.lua of LuatOS", function () {
  before(function () {
    if (findOnPath("lua5.3") === undefined) this.skip();
  });

  it("starts, rings the timers of its messages, and restarts the module after an error", () => {
    assert.deepEqual(run(RTOS, ""), ["start", "ring 2", "ring 3", "curbstop\tspoilt", "reboot"]);
  });

  it("starts nothing where there is no LuatOS, and has the exports and the names that LuatOS asks for", () => {
    assert.deepEqual(run("", "print(exports == curbstop and type(exports.start), PROJECT, VERSION)"), [
      "function\tcurbstop\t1.2.3",
    ]);
  });
});

describe("entry of a LuatOS board", () => {
  const { $schema: _schema, ...board } = readBoard("lua-luatos");
  const changed = (change: object): string =>
    luatosEntryText(parseBoard(JSON.stringify({ ...board, ...change }), "lua-luatos"));

  it("hands over numbers of pins and buses, and the module's own supply", () => {
    const text = luatosEntryText(readBoard("lua-luatos"));
    for (const part of [
      "flow: 20",
      'supply: "vbat"',
      "uart: 1",
      "i2c: { id: 0,",
      "spi: { id: 0, cs: 8,",
      'chip: "EC618"',
    ])
      assert.ok(text.includes(part), `${part} in ${text}`);
    assert.match(text, /export \{ ring \} from/);
    assert.match(changed({ pins: { ...board.pins, supply_adc: "ADC1" } }), /supply: 1,/);
  });

  it("is refused where a sensor is on a pin that is told one kind of edge, or a part has no binding", () => {
    assert.throws(() => changed({ pins: { ...board.pins, flow: "5" } }), /GPIO 5 is told one kind of edge/);
    assert.throws(() => changed({ parts: { ...board.parts, rtc: "pcf8563" } }), /lua-luatos: LuatOS needs/);
    assert.throws(() => changed({ pins: { ...board.pins, supply_warning: "9" } }), /supply_warning/);
  });
});
