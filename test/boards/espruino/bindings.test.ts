/**
 * The Espruino bindings inside the real interpreter. Its hardware calls are replaced at the lowest level (hardware.js),
 * its flash, its crypto and its memory are its own.
 */
import assert from "node:assert/strict";
import { cmacFrom, cmacKey } from "../../../firmware/crypto/cmac";
import { createCryptoTwin } from "../../../sim/twins/crypto";
import { espruinoMissing } from "../../../sim/engines/espruino";
import { cryptoLines } from "../binding_lines";
import { runOnHardware } from "./interpreter";

const RUN = "1 254 85 170 0 255 15 240";
const BLANK_8 = new Array(8).fill(255).join(" ");
const BLANK_4 = "255 255 255 255";

const play = (scene: string): Promise<string[]> => runOnHardware("binding", scene);

/** What every memory wrote. */
const MEMORY = [
  "erase ok",
  `blank ${BLANK_8}`,
  "program ok",
  `read ${RUN} ${BLANK_4}`,
  "page 4096",
  "range range range",
];

describe("Espruino bindings in the interpreter", function () {
  before(function () {
    if (espruinoMissing() !== undefined) this.skip();
  });

  it("keep a memory in the interpreter's own flash, with two programs of a word and no third", async () => {
    assert.deepEqual(await play("flash"), [
      ...MEMORY,
      "second ok",
      "third refused",
      "read 0 254 85 170",
      "crc 3421780262",
    ]);
  });

  it("drive a W25Q on SPI, through a plug that is pulled in a program, and a bus that fails", async () => {
    assert.deepEqual(await play("nor"), [
      ...MEMORY,
      "dead",
      "torn 1 254 85 255 255 255 255 255",
      "refused refused CS 1",
      `after 255 255 ok ${RUN}`,
    ]);
  });

  it("drive an MB85RC on I2C, clock a stuck bus free, wait once for one that stays so, and do not take an absent chip for one", async () => {
    assert.deepEqual(await play("fram"), [...MEMORY, `stuck ${RUN} 0`, `held refused 1 ${RUN}`, "absent refused"]);
  });

  it("lose no pulse of a watch that was removed, and arm it anew; nor any while the interpreter is busy", async () => {
    assert.deepEqual(await play("pulses"), [
      "counted 5 1 0",
      "spike 5 1 0",
      "removed 25 1 1",
      "busy 28 1 1",
      "told 28",
    ]);
  });

  it("cut a valve's motor at travel time, and behind its end switch", async () => {
    assert.deepEqual(await play("valve"), [
      "boot closed 0 0",
      "drive started busy",
      "jammed between 1 0",
      "cut between 0 0",
      "seating open 1 0",
      "open open 0 0",
    ]);
  });

  it("compute AES and SHA-256 natively as the standards say, and tell engine, supply and service port", async () => {
    const data = Array.from({ length: 32 }, (_, place) => (place * 7) % 256);
    const key = Buffer.from("2b7e151628aed2a6abf7158809cf4f3c", "hex");
    const initial = Array.from({ length: 16 }, (_, place) => 255 - place);
    // The board's own CMAC against the firmware's, which the vectors check.
    const twin = createCryptoTwin();
    const macs = [0, 8, 16, 24, 32].map((length) => cmacFrom(cmacKey(twin, [...key]), initial, data.slice(0, length)));
    assert.deepEqual(await play("chip"), [
      ...cryptoLines(),
      ...macs.map((mac) => `cmac ${mac.join(" ")}`),
      "random 256 1",
      "faults fifo_full callback 2",
      "again 0",
      "memory sound",
      "supply 1650",
      "service 105 100 32 0 255",
    ]);
  });

  it("measure an ESP32's supply, and draw its noise, where the interpreter itself knows neither", async () => {
    assert.deepEqual(await play("esp32"), ["supply 142", "supply 1792", "supply 3442", "random 2 1 4 2 6 3"]);
  });

  it("give the line's console only for three Ctrl-C in a row, only while they may, and not for ever", async () => {
    assert.deepEqual(await play("line"), [
      "begun firmware",
      "heard 105 100 10",
      "shut firmware",
      "apart firmware",
      "open console",
      "still console",
      "later firmware",
    ]);
  });

  it("kick the hardware watchdog while the firmware kicks in time, and no longer", async () => {
    assert.deepEqual(await play("watchdog"), ["period 8000 0", "kicked often", "stopped yes"]);
  });

  it("have alarms that come once, at their time, the last one that was set", async () => {
    assert.deepEqual(await play("timer"), ["not yet", "alarm 1000", "later", "past 6000"]);
  });
});
