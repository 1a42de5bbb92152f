/** The modem's line of a NodeMCU board, lent to the tool by the console of a real Lua, with a BG96 at its end. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { bundleLua } from "../../../sim/bundle/lua";
import { parseBoard, readBoard } from "../../../tools/build/board_file";
import type { Board } from "../../../tools/build/board_schema";
import type { NodemcuConsole } from "../../../tools/flash/nodemcu/console";
import { keepModemTrust } from "../../../tools/provision/modem_file";
import { borrowNodemcuModem } from "../../../tools/provision/nodemcu_modem";
import { nodemcuMissing, set, startNodemcu, withConsole } from "../flash/nodemcu/rig";
import type { StandIn } from "../flash/stand_in";
import { RENEWED, UTILITY } from "./authorities";

const NAME = "cacert.pem";
const ENTRY = join(__dirname, "..", "..", "boards", "nodemcu", "device", "bg96_entry.ts");

function mobileBoard(): Board {
  const { $schema: _schema, ...board } = readBoard("lua-esp32");
  const buses = { ...board.buses, uart_modem: { rx: "16", tx: "17", rate_hz: 115_200 } };
  const pins = { ...board.pins, modem_power: "4" };
  return parseBoard(JSON.stringify({ ...board, pins, buses, parts: { ...board.parts, radio: "bg96" } }), board.name);
}

describe("the modem's line of a NodeMCU board", function () {
  let board: StandIn;

  before(async function () {
    if (nodemcuMissing() !== undefined) return this.skip();
    board = await startNodemcu();
    set(board, "modem", bundleLua(ENTRY, "5.3"));
  });
  after(async () => board?.stop());
  afterEach(async () => board?.powerDown());

  const told = async (console: NodemcuConsole): Promise<string> => console.ask("modem()");

  it("brings a certificate into a module that was off, finds it there, and puts another in its place", async () => {
    await withConsole(board, async (console) => {
      const line = await borrowNodemcuModem(console, mobileBoard());
      const keep = (text: string) => keepModemTrust(line, board.port, { name: NAME, text, other_text: text });
      assert.equal(await keep(UTILITY), "written");
      assert.equal(await keep(UTILITY), "there before");
      assert.equal(await keep(RENEWED), "written");
      assert.equal(await keep(RENEWED), "there before");
      assert.equal((await told(console)).split("AT+QFUPL").length, 5);
    });
  });

  it("is not the firmware's while it is lent, and is again when it is given back", async () => {
    await withConsole(board, async (console) => {
      const line = await borrowNodemcuModem(console, mobileBoard());
      await line.pressPowerKey();
      await keepModemTrust(line, board.port, { name: NAME, text: RENEWED, other_text: RENEWED });
      const speak = (text: string) => console.ask('""', `uart.write(2,"${text}\\r")`);
      await speak("AT+QFDEL");
      assert.doesNotMatch(await told(console), /AT\+QFDEL/);
      // A cable that was pulled has left it lent.
      await borrowNodemcuModem(console, mobileBoard());
      await speak("AT+QFDEL");
      assert.doesNotMatch(await told(console), /AT\+QFDEL/);
      await line.giveBack();
      await speak("AT+QFLDS");
      assert.match(await told(console), / AT\+QFLDS$/);
    });
  });

  it("is given back by a restart when nobody comes back to it", async () => {
    await withConsole(board, async (console) => {
      await console.ask('""', "remembered=true");
      await borrowNodemcuModem(console, mobileBoard());
      await console.ask('""', "hardware.pass(590000)");
      assert.equal(await console.ask("remembered"), "true");
      console.tell("hardware.pass(20000)");
      assert.ok(await console.greet());
      assert.equal(await console.ask("remembered"), "nil", "the board began anew");
      assert.equal(await console.ask("getmetatable(uart)"), "nil");
    });
  });
});
