/** What the scenes of part_scenes.ts must have written, whatever the engine. */
import assert from "node:assert/strict";

const UID = "4 161 178 195 212 229 246";

const TAMPER_LINES = ["open at boot yes no 0", "shut no no 1", "touched no no 1", "opened yes no 2"];

const SUPPLY_LINES = [
  "37 memory yes",
  "34 memory yes",
  "32 low memory yes",
  "34 memory yes",
  "29 memory no",
  "36 good memory yes",
];

const DISPLAY_LINES = ["12.34 m3|LT    |", "OFF     |      |"];

const BUZZER_LINES = ["silent 0", "good 2 long no 0", "bad 1 long yes 0", "warning 3 long no 0"];

const CARD_LINES = ["field no", `field ${UID} yes`, "started", "ok 5 144 145 0", "started", "removed", "field no 2"];

/** What every board promises of the parts that people meet; `saw` plays a scene. Inside a `describe`. */
export function keepParts(saw: (scene: string) => Promise<string[]>): void {
  it("tell of a case that was opened or shut once each, and of no touch", async () => {
    assert.deepEqual(await saw("tamper"), TAMPER_LINES);
  });

  it("measure the supply, warn when it is low until it is good, and keep the memory from a dying one", async () => {
    assert.deepEqual(await saw("supply"), SUPPLY_LINES);
  });

  it("show text and signs on characters behind an expander, and send nothing while they are busy", async () => {
    const lines = await saw("display");
    assert.deepEqual(
      lines,
      DISPLAY_LINES.map((line) => `${line} 0`),
    );
  });

  it("type every key of a matrix behind an expander, and none of two that are down together", async () => {
    assert.deepEqual(await saw("keypad"), ["typed 123456789*0#5"]);
  });

  it("sound each pattern, and fall silent", async () => {
    assert.deepEqual(await saw("buzzer"), BUZZER_LINES);
  });

  it("find a card in the reader's field, exchange with it, and miss it when it is pulled", async () => {
    assert.deepEqual(await saw("card"), CARD_LINES);
  });
}
