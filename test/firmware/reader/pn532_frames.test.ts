/** Frames of the PN532: published ones to the byte, and a parser that trusts nothing. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { FrameKind } from "../../../firmware/reader/pn532_frames";
import {
  ackFrame,
  createFrameParser,
  errorFrame,
  FRAME_DATA_MAX_BYTES,
  informationFrame,
  isInsideFrame,
  nackFrame,
  resetFrames,
  takeBytes,
  TFI_FROM_CHIP,
  TFI_TO_CHIP,
} from "../../../firmware/reader/pn532_frames";

type Seen = [FrameKind, number[]];

const hex = (text: string): number[] => [...Buffer.from(text.replaceAll(" ", ""), "hex")];

function parse(pieces: number[][], tfi = TFI_FROM_CHIP): Seen[] {
  const seen: Seen[] = [];
  const parser = createFrameParser(tfi, (kind, data) => seen.push([kind, data]));
  for (const piece of pieces) takeBytes(parser, piece);
  return seen;
}

const dataOf = (seen: Seen[]): number[][] => seen.filter(([kind]) => kind === "data").map(([, data]) => data);

/** The same rules over all bytes at once: the data of each good frame. */
function reference(bytes: number[], tfi: number): number[][] {
  const found: number[][] = [];
  let at = 0;
  while (at + 1 < bytes.length) {
    if (bytes[at] !== 0 || bytes[at + 1] !== 0xff) {
      at += 1;
      continue;
    }
    if (at + 3 >= bytes.length) break;
    const [length_1, check_1] = [bytes[at + 2], bytes[at + 3]];
    if ((length_1 === 0 && check_1 === 0xff) || (length_1 === 0xff && check_1 === 0)) {
      at += 4;
      continue;
    }
    const extended = length_1 === 0xff && check_1 === 0xff;
    if (extended && at + 6 >= bytes.length) break;
    const header = extended ? 7 : 4;
    const length = extended ? bytes[at + 4] * 256 + bytes[at + 5] : length_1;
    const sum = extended ? bytes[at + 4] + bytes[at + 5] + bytes[at + 6] : length_1 + check_1;
    if (sum % 256 !== 0 || length < 1 || length > 265) {
      at += 1;
      continue;
    }
    if (at + header + length + 1 >= bytes.length) break;
    const body = bytes.slice(at + header, at + header + length + 1);
    const postamble = bytes[at + header + length + 1];
    const good = body.reduce((one, other) => one + other) % 256 === 0 && postamble === 0;
    if (good && body[0] === tfi && length > 1) found.push(body.slice(1, length));
    const taken = good && ((body[0] === tfi && length > 1) || (body[0] === 0x7f && length === 1));
    at += taken ? header + length + 2 : 1;
  }
  return found;
}

describe("frames of the PN532", () => {
  it("are the published ones, to the byte", () => {
    assert.deepEqual(
      informationFrame(TFI_TO_CHIP, hex("40 01 90 60 00 00 00")),
      hex("00 00 FF 08 F8 D4 40 01 90 60 00 00 00 FB 00"),
      "GetVersion of a DESFire, facts/cards.md",
    );
    assert.deepEqual(informationFrame(TFI_TO_CHIP, [2]), hex("00 00 FF 02 FE D4 02 2A 00"), "GetFirmwareVersion");
    assert.deepEqual(ackFrame(), hex("00 00 FF 00 FF 00"));
    assert.deepEqual(nackFrame(), hex("00 00 FF FF 00 00"));
    assert.deepEqual(errorFrame(), hex("00 00 FF 01 FF 7F 81 00"));
  });

  it("are extended from 255 bytes of data on, and have at most 264", () => {
    const longest_normal = informationFrame(TFI_TO_CHIP, new Array<number>(254).fill(1));
    assert.deepEqual([longest_normal.slice(0, 6), longest_normal.length], [hex("00 00 FF FF 01 D4"), 262]);
    const shortest_extended = informationFrame(TFI_TO_CHIP, new Array<number>(255).fill(1));
    assert.deepEqual(
      [shortest_extended.slice(0, 9), shortest_extended.length],
      [hex("00 00 FF FF FF 01 00 FF D4"), 266],
    );
    assert.throws(() => informationFrame(TFI_TO_CHIP, new Array<number>(265).fill(1)));
    assert.throws(() => informationFrame(TFI_TO_CHIP, []));
  });

  it("of any length and content come back as they were, in pieces of any size", () => {
    const bytes = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: FRAME_DATA_MAX_BYTES });
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 40 }), (data, piece_bytes) => {
        const frame = informationFrame(TFI_FROM_CHIP, data);
        const pieces = [];
        for (let at = 0; at < frame.length; at += piece_bytes) pieces.push(frame.slice(at, at + piece_bytes));
        assert.deepEqual(parse(pieces), [["data", data]]);
      }),
    );
  });

  it("are understood split at any byte, without preamble, and in the extended form when short", () => {
    const frame = informationFrame(TFI_FROM_CHIP, hex("41 00 91 AF"));
    for (let at = 0; at <= frame.length; at++) {
      assert.deepEqual(parse([frame.slice(0, at), frame.slice(at)]), [["data", hex("41 00 91 AF")]]);
    }
    assert.deepEqual(parse([frame.slice(1)]), [["data", hex("41 00 91 AF")]]);
    assert.deepEqual(parse([hex("00 00 FF FF FF 00 02 FE D4 02 2A 00")], TFI_TO_CHIP), [["data", [2]]]);
  });

  it("that say ACK, NACK or error are told apart", () => {
    const all = [...ackFrame(), ...nackFrame(), ...errorFrame(), ...informationFrame(TFI_FROM_CHIP, [3])];
    assert.deepEqual(parse([all]), [
      ["ack", []],
      ["nack", []],
      ["error", []],
      ["data", [3]],
    ]);
  });

  it("of the other direction are passed over: an echo is no answer", () => {
    assert.deepEqual(parse([informationFrame(TFI_TO_CHIP, [3]), informationFrame(TFI_FROM_CHIP, [4])]), [
      ["data", [4]],
    ]);
  });

  it("are found behind garbage, behind a false start and behind the wreck of another one", () => {
    const frame = informationFrame(TFI_FROM_CHIP, hex("41 00 91 00"));
    const wreck = frame.slice(0, 7);
    const fronts = ["", "00", "FF", "00 FF", "00 00", "00 FF 00", "00 FF 05 FB", "55 55 00 00", "FF FF FF", "00 FF FF"];
    for (const front of [...fronts.map(hex), wreck, [...wreck, ...wreck]]) {
      assert.deepEqual(dataOf(parse([front, frame, new Array<number>(16).fill(0)])), [hex("41 00 91 00")]);
    }
  });

  it("are found behind any garbage, once what that seemed to announce has passed by", () => {
    const garbage = fc.array(fc.oneof(fc.constantFrom(0, 255, 1, 254), fc.integer({ min: 0, max: 255 })));
    fc.assert(
      fc.property(garbage, (front) => {
        const frame = informationFrame(TFI_FROM_CHIP, hex("41 00 91 00"));
        const found = dataOf(parse([front, frame, new Array<number>(300).fill(0)]));
        assert.deepEqual(found[found.length - 1], hex("41 00 91 00"));
      }),
    );
  });

  it("with any one byte changed to any other yield themselves or nothing, never another frame", () => {
    const frames = [
      hex("41 00 91 AF"),
      hex("4B 01 01 03 44 20 07 04 A1 B2 C3 D4 E5 F6 06 75 77 81 02 80"),
      [3],
      new Array<number>(255).fill(0xff),
    ].map((data): [number[], number[]] => [data, informationFrame(TFI_FROM_CHIP, data)]);
    for (const [data, frame] of frames) {
      for (let at = 0; at < frame.length; at++) {
        for (let bits = 1; bits < 256; bits += frame.length > 100 ? 17 : 1) {
          const hurt = frame.map((byte, index) => (index === at ? byte ^ bits : byte));
          for (const found of dataOf(parse([hurt, new Array<number>(300).fill(0)]))) assert.deepEqual(found, data);
        }
      }
    }
  });

  // A frame that had lost a 00 passed: its sum was taken for data, and the postamble, 00 too, for the sum.
  it("with a byte missing or doubled yield themselves or nothing, a lost 00 too", () => {
    const data = hex("4B 01 01 03 44 20 07 04 A1 00 C3 D4 E5 F6 06 75 77 81 02 80");
    const frame = informationFrame(TFI_FROM_CHIP, data);
    for (let at = 0; at < frame.length; at++) {
      const without = [...frame.slice(0, at), ...frame.slice(at + 1)];
      const doubled = [...frame.slice(0, at), frame[at], ...frame.slice(at)];
      for (const hurt of [without, doubled]) {
        for (const found of dataOf(parse([hurt, new Array<number>(300).fill(0xaa)]))) assert.deepEqual(found, data);
      }
    }
  });

  it("that claim more than the longest frame are refused at once", () => {
    const parser = createFrameParser(TFI_FROM_CHIP, () => undefined);
    for (const header of ["00 FF FF FF 01 0A F5", "00 FF FF FF FF FF 02", "00 FF FF FF 00 00 00"]) {
      takeBytes(parser, hex(header));
      takeBytes(parser, [0xaa]);
      assert.equal(isInsideFrame(parser), false, header);
    }
    takeBytes(parser, hex("00 FF FF FF 01 09 F6"));
    assert.equal(isInsideFrame(parser), true, "264 bytes of data are allowed");
    resetFrames(parser);
    assert.equal(isInsideFrame(parser), false);
  });
});

describe("the parser, fed with frames, wrecks and noise", () => {
  const byte = fc.oneof(fc.constantFrom(0, 255, 1, 254, 0xd5, 0x7f, 0x81), fc.integer({ min: 0, max: 255 }));
  const frame = fc.array(byte, { minLength: 1, maxLength: 264 }).map((data) => informationFrame(TFI_FROM_CHIP, data));
  const wreck = fc.tuple(frame, fc.nat(), byte).map(([bytes, at, value]) => {
    bytes[at % bytes.length] = value;
    return bytes;
  });
  const cut = fc.tuple(frame, fc.nat()).map(([bytes, at]) => bytes.slice(0, at % bytes.length));
  const controls = fc.constantFrom(ackFrame(), nackFrame(), errorFrame());
  const traffic = fc.array(fc.oneof(frame, wreck, cut, controls, fc.array(byte)), { maxLength: 8 });

  it("holds nothing of noise that goes on and on", () => {
    for (const noise of [[0], [0xff], [0, 0xff], [0, 0xff, 5], [1]]) {
      const parser = createFrameParser(TFI_FROM_CHIP, () => undefined);
      for (let count = 0; count < 5000; count++) takeBytes(parser, noise);
      assert.ok(parser.held.length < 400, `${parser.held.length} bytes`);
    }
  });

  it("finds what a search over all bytes finds, and holds no more than two frames", () => {
    fc.assert(
      fc.property(traffic, fc.integer({ min: 1, max: 300 }), (parts, piece_bytes) => {
        const bytes = parts.flat();
        const found: number[][] = [];
        const parser = createFrameParser(TFI_FROM_CHIP, (kind, data) => {
          if (kind === "data") found.push(data);
        });
        for (let at = 0; at < bytes.length; at += piece_bytes) {
          takeBytes(parser, bytes.slice(at, at + piece_bytes));
          assert.ok(parser.held.length <= 2 * 273, "bounded");
        }
        assert.deepEqual(found, reference(bytes, TFI_FROM_CHIP));
      }),
      { numRuns: 2000 },
    );
  });
});
