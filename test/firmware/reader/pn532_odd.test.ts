/** The PN532 driver and chips and cards that are not what it wants: scripted, so that they may say anything. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Pn532 } from "../../../firmware/reader/pn532";
import { createPn532 } from "../../../firmware/reader/pn532";
import {
  ackFrame,
  createFrameParser,
  errorFrame,
  informationFrame,
  takeBytes,
  TFI_FROM_CHIP,
  TFI_TO_CHIP,
} from "../../../firmware/reader/pn532_frames";
import { createBytePipe } from "../../../sim/pn532/pipe";
import { createTimerTwin } from "../../../sim/twins/timer";
import { virtualTime } from "../../hal/twins";
import { SETTLE_MS, UID } from "./rig";

const FIRMWARE = [0x32, 1, 6, 7];
const CARD = [1, 1, 3, 0x44, 0x20, 7, ...UID, 6, 0x75, 0x77, 0x81, 2, 0x80];

/** What a scripted chip says to a command behind the code; undefined for an error frame. */
type Script = (command: number[]) => number[] | undefined;

/** What a good chip says with this card in its field. */
const good =
  (list: number[]): Script =>
  ([code]) =>
    ({ 0x02: FIRMWARE, 0x4a: list, 0x40: [0, 0x91, 0], 0x42: [0, 0xa2], 0x52: [0] })[code] ?? [];

function scripted(script: Script): { reader: Pn532; pass: (span_ms: number) => void; commands: number[][] } {
  const { queue, pass } = virtualTime();
  const pipe = createBytePipe(queue, 1000);
  const commands: number[][] = [];
  const parser = createFrameParser(TFI_TO_CHIP, (kind, command) => {
    if (kind !== "data") return;
    commands.push(command);
    const answer = script(command);
    pipe.chip.write(ackFrame());
    pipe.chip.write(answer === undefined ? errorFrame() : informationFrame(TFI_FROM_CHIP, [command[0] + 1, ...answer]));
  });
  pipe.chip.on_bytes((bytes) => {
    takeBytes(parser, bytes);
  });
  const reader = createPn532(pipe.host, createTimerTwin(queue).port);
  pass(SETTLE_MS);
  return { reader, pass, commands };
}

describe("the PN532 driver and odd chips", () => {
  it("takes the card of a good one", () => {
    const { reader } = scripted(good(CARD));
    assert.deepEqual([reader.working, reader.port.uid()], [true, UID]);
  });

  it("works with no chip of another kind, and asks it for no card", () => {
    for (const firmware of [[0x33, 1, 6, 7], [0x32, 1], [], [0x07, 1, 6, 7, 9]]) {
      const script: Script = (command) => (command[0] === 2 ? firmware : good(CARD)(command));
      const { reader, commands } = scripted(script);
      assert.deepEqual([reader.working, reader.port.present()], [false, false]);
      assert.ok(commands.every(([code]) => code === 0x14 || code === 2));
    }
  });

  it("starts anew when the chip refuses any of its commands", () => {
    for (const refused of [0x14, 0x02, 0x12, 0x32, 0x4a]) {
      const script: Script = (command) => (command[0] === refused ? undefined : good(CARD)(command));
      const { reader, commands } = scripted(script);
      assert.equal(reader.port.present(), false);
      assert.ok(commands.filter(([code]) => code === 0x14).length > 1);
    }
  });
});

describe("the PN532 driver and odd cards", () => {
  const nothing: [string, number[]][] = [
    ["that speaks no ISO/IEC 14443-4 (MIFARE Classic)", [1, 1, 0, 4, 0x08, 4, 1, 2, 3, 4]],
    ["with a UID of 5 bytes", [1, 1, 0, 4, 0x20, 5, 1, 2, 3, 4, 5]],
    ["without a UID", [1, 1, 0, 4, 0x20, 0]],
    ["whose UID is cut short", CARD.slice(0, 9)],
    ["of which only the number came", [1]],
    ["that is not there", [0]],
    ["of which nothing is said", []],
  ];
  for (const [what, list] of nothing) {
    it(`takes no card ${what}, and goes on polling`, () => {
      const { reader, commands } = scripted(good(list));
      assert.deepEqual([reader.working, reader.port.present(), reader.port.uid()], [true, false, []]);
      assert.ok(commands.filter(([code]) => code === 0x4a).length > 5);
    });
  }

  const failures: [string, number[] | undefined][] = [
    ["an error status", [0x13]],
    ["no status", []],
    ["no data", [0]],
    ["more to come, without end", [0x40]],
    ["more to come, a byte each time, without end", [0x40, 1]],
    ["an error frame", undefined],
  ];
  for (const [what, answer] of failures) {
    it(`reports timeout for ${what}, and keeps the card`, () => {
      const script: Script = (command) => (command[0] === 0x40 ? answer : good(CARD)(command));
      const { reader, pass } = scripted(script);
      const done: [string, number[]][] = [];
      reader.port.transmit([0x90], 60_000, (result, got) => done.push([result, got]));
      pass(70_000);
      assert.deepEqual([done, reader.port.present()], [[["timeout", []]], true]);
    });
  }

  it("calls back once, later, and never throws, whatever chip and card say", () => {
    const answer = fc.option(fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 30 }), { nil: undefined });
    fc.assert(
      fc.property(fc.array(answer, { minLength: 1, maxLength: 20 }), (answers) => {
        let turn = 0;
        let odd = false;
        const script: Script = (command) => (odd ? answers[turn++ % answers.length] : good(CARD)(command));
        const { reader, pass } = scripted(script);
        odd = true;
        let calls = 0;
        const taken = reader.port.transmit([0x90, 0x60], 1000, (result, got) => {
          calls += 1;
          assert.equal(got.length > 0, result === "ok");
        });
        assert.deepEqual([taken, calls], ["started", 0]);
        pass(20_000);
        assert.equal(calls, 1);
        odd = false;
        pass(200_000);
        assert.equal(reader.port.present(), true, "well again");
      }),
      { numRuns: 300 },
    );
  });
});
