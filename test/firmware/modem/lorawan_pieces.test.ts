/** Frames of ours in LoRaWAN payloads that are shorter. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  createPieceBox,
  isPiece,
  PIECE_MIN_BYTES,
  PIECES_MAX,
  piecesOf,
  takePiece,
  WHOLE_MAX_BYTES,
} from "../../../firmware/modem/lorawan_pieces";
import { CONTENT_MAX_BYTES_B, frameB, LINK_BYTES } from "../../../firmware/radio/frames";
import { C_SND_UD3, linkContent } from "../../../firmware/radio/link";
import { GATEWAY } from "../radio/samples";

const LONGEST_PAYLOAD = 242;

/** A frame as ours begin: with L, which is at least what a link layer has. */
const frames = fc
  .array(fc.integer({ min: 0, max: 255 }), { minLength: LINK_BYTES + 1, maxLength: WHOLE_MAX_BYTES })
  .map((bytes) => [Math.max(LINK_BYTES, bytes.length - 1), ...bytes.slice(1)]);
const payloads = fc.integer({ min: PIECE_MIN_BYTES, max: LONGEST_PAYLOAD });
const numbers = fc.integer({ min: 0, max: 1_000_000 });

describe("modem: frames in LoRaWAN's pieces", () => {
  it("come together from their pieces in any order, each as often as it likes", () => {
    fc.assert(
      fc.property(frames, payloads, numbers, fc.infiniteStream(fc.nat()), (frame, most_bytes, number, draws) => {
        const pieces = piecesOf(frame, most_bytes, number);
        assert.ok(pieces.length <= PIECES_MAX);
        assert.ok(pieces.every((piece) => piece.length > 0 && piece.length <= most_bytes));
        if (frame.length <= most_bytes) {
          assert.deepEqual(pieces, [frame]);
          assert.equal(isPiece(frame), false);
          return;
        }
        assert.ok(pieces.every(isPiece));
        const box = createPieceBox();
        const missing = new Set(pieces.keys());
        for (let tries = 0; missing.size > 0; tries++) {
          assert.ok(tries < 1000);
          const place = (draws.next().value as number) % pieces.length;
          missing.delete(place);
          const got = takePiece(box, pieces[place]);
          assert.deepEqual(got, missing.size === 0 ? frame : undefined);
        }
      }),
    );
  });

  it("carry the longest frame of format B in the shortest payloads, and leave nothing in memory behind it", () => {
    const longest = frameB(
      linkContent(C_SND_UD3, GATEWAY, new Array<number>(CONTENT_MAX_BYTES_B - LINK_BYTES).fill(7)),
    );
    const box = createPieceBox();
    const pieces = piecesOf(longest, PIECE_MIN_BYTES, 31);
    assert.deepEqual(pieces.map((piece) => takePiece(box, piece)).at(-1), longest);
    assert.deepEqual(box.parts, []);
  });

  it("are lost with a piece, and the next one is not: whatever came before", () => {
    fc.assert(
      fc.property(frames, frames, numbers, fc.nat(), (lost, next, number, draw) => {
        const box = createPieceBox();
        const pieces = piecesOf(lost, PIECE_MIN_BYTES, number);
        const gone = draw % pieces.length;
        for (const [place, piece] of pieces.entries()) {
          if (place !== gone && isPiece(piece)) assert.equal(takePiece(box, piece), undefined);
        }
        const whole = piecesOf(next, PIECE_MIN_BYTES, number + 1).map((piece) => isPiece(piece) ? takePiece(box, piece) : piece); // prettier-ignore
        assert.deepEqual(whole.at(-1), next);
      }),
    );
  });

  it("of anybody's making are bounded, and never more than the longest frame", () => {
    const anything = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: LONGEST_PAYLOAD });
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 40 }), (payloads_of) => {
        const box = createPieceBox();
        for (const payload of payloads_of.filter(isPiece)) {
          const frame = takePiece(box, payload);
          assert.ok(frame === undefined || (frame.length > 0 && frame.length <= WHOLE_MAX_BYTES));
          assert.ok(box.parts.length <= PIECES_MAX);
        }
      }),
    );
    const box = createPieceBox();
    const longest = new Array<number>(240).fill(1);
    assert.equal(takePiece(box, [2, 0, ...longest]), undefined);
    assert.equal(takePiece(box, [2, 1, ...longest]), undefined, "480 bytes are no frame");
    assert.equal(takePiece(box, [2, 5, 1]), undefined, "of two there is no sixth");
  });
});
