/** The PN532 driver through the I2C adapter: the frames are the same, only a status comes ahead of each read. */
import assert from "node:assert/strict";
import { APDU_MAX_BYTES, createPn532 } from "../../../firmware/reader/pn532";
import {
  ackFrame,
  errorFrame,
  informationFrame,
  nackFrame,
  TFI_FROM_CHIP,
} from "../../../firmware/reader/pn532_frames";
import { ASK_MAX_MS, ASK_MS, createI2cLine, READ_MAX_BYTES } from "../../../firmware/reader/pn532_i2c";
import type { Pn532Chip } from "../../../sim/pn532/chip";
import { createPn532Chip, insertCard, removeCard } from "../../../sim/pn532/chip";
import type { I2cBus } from "../../../sim/pn532/i2c_bus";
import { createI2cBus } from "../../../sim/pn532/i2c_bus";
import { createTimerTwin } from "../../../sim/twins/timer";
import type { Benches } from "../../hal/benches";
import { describePortContract } from "../../hal/contract";
import { virtualTime } from "../../hal/twins";
import { countingCard, SETTLE_MS } from "./rig";

function bench(filler: number): Benches["card"] & { bus: I2cBus; chip: Pn532Chip } {
  const { queue, pass } = virtualTime();
  const bus = createI2cBus();
  bus.filler = filler;
  const chip = createPn532Chip(bus.line, createTimerTwin(queue).port);
  const line = createI2cLine(bus.device, createTimerTwin(queue).port);
  const { port } = createPn532(line, createTimerTwin(queue).port);
  pass(SETTLE_MS);
  return {
    port,
    pass,
    bus,
    chip,
    insert: (uid) => {
      insertCard(chip, countingCard(uid));
      pass(SETTLE_MS);
    },
    remove: () => {
      removeCard(chip);
      pass(SETTLE_MS);
    },
  };
}

for (const filler of [0xff, 0, 0x80]) {
  describePortContract("card", `PN532 driver over I2C, reads filled up with ${filler}`, () => bench(filler));
}

describe("the I2C adapter of the PN532", () => {
  /** Frames that the chip has one after the other, each after something was written, and what the line makes of them. */
  function through(frames: number[][], filler: number, prepare?: (bus: I2cBus) => void): number[][] {
    const { queue, pass } = virtualTime();
    const bus = createI2cBus();
    bus.filler = filler;
    const line = createI2cLine(bus.device, createTimerTwin(queue).port);
    const heard: number[][] = [];
    line.on_bytes((bytes) => heard.push(bytes));
    for (const frame of frames) {
      bus.line.write(frame);
      prepare?.(bus);
      line.write([0]);
      pass(1000);
    }
    return heard;
  }

  it("hands on each frame to its end, and nothing of what is read behind it", () => {
    const data = (count: number): number[] => new Array<number>(count).fill(0xff);
    const frames = [ackFrame(), nackFrame(), informationFrame(TFI_FROM_CHIP, [3])];
    // The longest answer to an exchange: code, status, and an APDU.
    frames.push(informationFrame(TFI_FROM_CHIP, data(2 + APDU_MAX_BYTES)));
    for (const filler of [0, 1, 0xff]) assert.deepEqual(through(frames, filler), frames);
    assert.equal(frames[3].length + 1, READ_MAX_BYTES);
  });

  it("hands on what is no frame as it was read, for the parser to refuse", () => {
    assert.equal(through([[0xaa, 0xaa, 0xaa]], 0xaa)[0].length > 3, true);
    assert.deepEqual(through([[0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 2]], 9)[0].length, READ_MAX_BYTES - 1);
  });

  it("asks again when the chip does not take its address", () => {
    assert.deepEqual(
      through([ackFrame()], 0, (bus) => (bus.deaf = 7)),
      [ackFrame()],
    );
  });

  it("stops asking when nothing comes for long, so that the bus and the engine can sleep", () => {
    const { queue, pass } = virtualTime();
    let reads = 0;
    const device = {
      write: () => undefined,
      read: () => {
        reads += 1;
        return [0];
      },
    };
    const line = createI2cLine(device, createTimerTwin(queue).port);
    pass(ASK_MAX_MS);
    assert.equal(reads, 0);
    line.write([1]);
    pass(10 * ASK_MAX_MS);
    assert.equal(reads, Math.floor(ASK_MAX_MS / ASK_MS));
  });

  it("stops asking when it has the answer to a command, and no sooner", () => {
    const { queue, pass } = virtualTime();
    const bus = createI2cBus();
    let reads = 0;
    const read = bus.device.read.bind(bus.device);
    bus.device.read = (count) => {
      reads += 1;
      return read(count);
    };
    const line = createI2cLine(bus.device, createTimerTwin(queue).port);
    const heard: number[][] = [];
    line.on_bytes((bytes) => heard.push(bytes));
    const answer = informationFrame(TFI_FROM_CHIP, [3]);
    for (const frames of [
      [ackFrame(), answer],
      [answer, ackFrame(), answer],
      [ackFrame(), ackFrame(), errorFrame()],
    ]) {
      heard.length = 0;
      line.write([1]);
      for (const frame of frames) {
        pass(1000);
        bus.line.write(frame);
      }
      pass(2 * ASK_MS);
      assert.deepEqual(heard, frames);
      const before = reads;
      pass(10 * ASK_MAX_MS);
      assert.equal(reads, before);
    }
  });

  it("sends no NACK for bytes behind a frame", () => {
    const { port, bus, chip, pass } = bench(0xff);
    insertCard(chip, countingCard());
    pass(SETTLE_MS);
    const written: string[] = [];
    const write = bus.device.write.bind(bus.device);
    bus.device.write = (bytes) => {
      written.push(String(bytes));
      write(bytes);
    };
    port.transmit([0x90, 0x60], 1000, () => undefined);
    pass(SETTLE_MS);
    assert.ok(written.length > 1 && !written.includes(String(nackFrame())));
  });
});
