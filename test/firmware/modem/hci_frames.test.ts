/** Frames of the module's host interface: made, found in any bytes, and bounded. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { createHciParser, hciFrame, hciSum, signalDbm, signalOf, takeHci } from "../../../firmware/modem/hci_frames";
import type { HciFrame } from "../../../firmware/modem/hci_frames";

const SEED = 20_261_122;
const byte = fc.integer({ min: 0, max: 255 });
const bytes = (max: number) => fc.array(byte, { maxLength: max });
const frames = fc.record({
  endpoint: fc.integer({ min: 1, max: 4 }),
  message: byte,
  payload: bytes(255),
  signal: fc.option(byte, { nil: undefined }),
});

function taken(stream: number[], piece = 1000): { found: HciFrame[]; most: number; left: number } {
  const found: HciFrame[] = [];
  const parser = createHciParser((frame) => found.push(frame));
  let most = 0;
  for (let at = 0; at < stream.length; at += piece) {
    takeHci(parser, stream.slice(at, at + piece));
    most = Math.max(most, parser.held.length);
  }
  return { found, most, left: parser.held.length };
}

describe("modem: frames of the host interface", () => {
  it("sums as CRC-16/X-25 does, whose check value is 906E", () => {
    assert.equal(hciSum([...Buffer.from("123456789")], 0, 9), 0x906e);
  });

  it("a request for the device information is the bytes that other programs send", () => {
    assert.deepEqual(hciFrame(1, 0x0f, [], undefined, false), [0xa5, 0x01, 0x0f, 0x00]);
  });

  it(`finds every frame behind garbage without an A5, however the bytes are cut up (seed ${SEED})`, () => {
    const noise = fc.array(fc.integer({ min: 0, max: 0xa4 }), { maxLength: 20 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(noise, frames), { maxLength: 5 }),
        fc.integer({ min: 1, max: 40 }),
        (list, piece) => {
          const stream = list.flatMap(([before, { endpoint, message, payload, signal }]) => [
            ...before,
            ...hciFrame(endpoint, message, payload, signal, true),
          ]);
          const { found, left } = taken(stream, piece);
          assert.equal(left, 0);
          assert.deepEqual(
            found.map(({ has_sum, ...frame }) => {
              assert.equal(has_sum, true);
              return frame;
            }),
            list.map(([, frame]) => ({ ...frame })),
          );
        },
      ),
      { seed: SEED, numRuns: 300 },
    );
  });

  it(`a frame with one changed byte is never taken for another with its check sum (seed ${SEED})`, () => {
    fc.assert(
      fc.property(
        frames,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        ({ endpoint, message, payload, signal }, at, by) => {
          const frame = hciFrame(endpoint, message, payload, signal, true);
          // From the message on; a changed header may announce a frame without a sum, which nothing guards.
          const place = 2 + (at % (frame.length - 2));
          if (place === 3) return;
          frame[place] ^= by;
          const { found } = taken(frame);
          assert.ok(found.every(({ has_sum, payload: seen }) => !has_sum || seen.length < payload.length));
        },
      ),
      { seed: SEED, numRuns: 500 },
    );
  });

  it(`holds no more than the longest frame, whatever comes (seed ${SEED})`, () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(byte, fc.constant(0xa5), fc.constant(0xe1)), { maxLength: 2000 }), (stream) => {
        assert.ok(taken(stream).most <= 4 + 255 + 4 + 1 + 2);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it("gives signal strengths in dBm, half a dB a step, and never 0 or more", () => {
    assert.deepEqual([signalDbm(45), signalDbm(205), signalDbm(255)], [-100, -20, -1]);
    for (let dbm = -110; dbm < 0; dbm++) assert.equal(signalDbm(signalOf(dbm)), dbm);
  });
});
