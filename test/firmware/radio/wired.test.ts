import assert from "node:assert/strict";
import fc from "fast-check";
import {
  createWiredReader,
  takeWired,
  wiredAcknowledge,
  wiredLong,
  wiredShort,
  type WiredFrame,
} from "../../../firmware/radio/wired";
import { bytes } from "./samples";

function read(data: number[]): { frames: WiredFrame[]; passed_over: number; held: number } {
  const frames: WiredFrame[] = [];
  const reader = createWiredReader((frame) => frames.push(frame));
  takeWired(reader, data);
  return { frames, passed_over: reader.passed_over, held: reader.held.length };
}

describe("radio: wired M-Bus", () => {
  it("makes the frames of EN 13757-2", () => {
    assert.deepEqual(wiredAcknowledge(), bytes("E5"));
    // SND_NKE to address 1, REQ_UD2 to a selected meter.
    assert.deepEqual(wiredShort(0x40, 1), bytes("1040014116"));
    assert.deepEqual(wiredShort(0x5b, 0xfd), bytes("105BFD5816"));
    // Select by secondary address 12345678, all makers.
    assert.deepEqual(
      wiredLong(0x53, 0xfd, 0x52, bytes("78563412FFFFFFFF")),
      bytes("680B0B6853FD5278563412FFFFFFFFB216"),
    );
    // Control frame: application reset.
    assert.deepEqual(wiredLong(0x53, 1, 0x50, []), bytes("680303685301 50 A4 16"));
  });

  const frames = fc.oneof(
    fc.constant(wiredAcknowledge()),
    fc.tuple(fc.nat(255), fc.nat(255)).map(([c_field, address]) => wiredShort(c_field, address)),
    fc
      .tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.array(fc.nat(255), { maxLength: 252 }))
      .map(([c_field, address, ci, data]) => wiredLong(c_field, address, ci, data)),
  );
  const again = (frame: WiredFrame): number[] => {
    if (frame.kind === "acknowledge") return wiredAcknowledge();
    if (frame.kind === "short") return wiredShort(frame.c_field, frame.address);
    return wiredLong(frame.c_field, frame.address, frame.ci, frame.data);
  };

  it("reads what it has made, frame after frame, also behind noise", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5), frames), { maxLength: 5 }), (list) => {
        // Zeros begin no frame.
        const {
          frames: found,
          passed_over,
          held,
        } = read(list.flatMap(([noise, frame]) => [...Array<number>(noise).fill(0), ...frame]));
        assert.deepEqual(
          found.map(again),
          list.map(([, frame]) => frame),
        );
        assert.deepEqual([passed_over, held], [list.reduce((sum, [noise]) => sum + noise, 0), 0]);
      }),
    );
  });

  it("refuses a damaged frame, and finds the next one", () => {
    const damaged = wiredLong(8, 1, 0x72, [1, 2, 3]);
    damaged[8] ^= 4;
    const next = wiredShort(0x5b, 1);
    const { frames: found } = read([...damaged, ...next]);
    assert.deepEqual(found.map(again).at(-1), next);
    assert.ok(found.every(({ kind }) => kind !== "long"));
  });

  it("takes no long frame out of one with a bit turned over, wherever it is", () => {
    const good = wiredLong(8, 1, 0x72, [1, 2, 3]);
    for (let bit = 0; bit < good.length * 8; bit++) {
      const damaged = [...good];
      damaged[bit >> 3] ^= 1 << (bit & 7);
      const { frames: found } = read([...damaged, ...Array<number>(261).fill(0)]);
      assert.ok(
        found.every(({ kind }) => kind !== "long"),
        `bit ${bit}`,
      );
    }
  });

  it("holds no more than the longest frame, whatever comes", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0x68, 0x10, 0x16, 0xe5, 0xff, 3, 0), { maxLength: 2000 }), (noise) => {
        const { frames: found, passed_over, held } = read(noise);
        assert.ok(held <= 261, `${held} bytes held`);
        const taken = found.reduce((sum, frame) => sum + again(frame).length, 0);
        assert.equal(taken + passed_over + held, noise.length);
      }),
    );
  });
});
