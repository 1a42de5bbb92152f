/**
 * From a frame as it was heard to its content: with the check sums of format A or B, or without, as most receivers hand
 * it on (firmware/radio/frames.ts specifies all three).
 *
 * Which one it is follows from the lengths. A frame in format B is as long as one without sums, so the sums decide: a
 * damaged B frame passes for one without sums, and fails in the layers above; who knows the format says so.
 */
import { CONTENT_MAX_BYTES_A, contentOfA, contentOfB, lengthA, LINK_BYTES } from "../../firmware/radio/frames";
import { RadioError } from "./radio_error";

export const FRAME_FORMATS = ["auto", "a", "b", "none"] as const;
export type FrameFormat = (typeof FRAME_FORMATS)[number];

export interface Frame {
  readonly format: "a" | "b" | "none";
  /** L and what it counts, without sums. */
  readonly content: number[];
}

/** The longest frame, in format A. */
export const FRAME_MAX_BYTES = lengthA(CONTENT_MAX_BYTES_A - 1);

function damaged(format: "A" | "B"): RadioError {
  return new RadioError(
    "bad_crc",
    `a check sum of frame format ${format} does not hold: changed on the way (hear it again)`,
  );
}

function assertLengths(bytes: readonly number[], expected: number): void {
  if (bytes.length < expected)
    throw new RadioError("truncated", `the telegram has ${bytes.length} bytes, its length field announces ${expected}`);
  if (bytes.length > expected)
    throw new RadioError(
      "wrong_length",
      `the telegram has ${bytes.length} bytes, its length field announces ${expected}`,
    );
}

/** A frame's content, judged by the sums it has. */
export function readFrame(bytes: number[], format: FrameFormat = "auto"): Frame {
  if (bytes.length < LINK_BYTES + 1)
    throw new RadioError("truncated", `a telegram has at least ${LINK_BYTES + 1} bytes, this has ${bytes.length}`);
  const plain_bytes = bytes[0] + 1;
  if (format === "a" || (format === "auto" && bytes.length !== plain_bytes && bytes.length === lengthA(bytes[0]))) {
    assertLengths(bytes, lengthA(bytes[0]));
    const content = contentOfA(bytes);
    if (content === undefined) throw damaged("A");
    return assertWhole({ format: "a", content });
  }
  assertLengths(bytes, plain_bytes);
  if (format !== "none") {
    const content = contentOfB(bytes);
    if (content !== undefined) return assertWhole({ format: "b", content });
    if (format === "b") throw damaged("B");
  }
  return { format: "none", content: [...bytes] };
}

function assertWhole(frame: Frame): Frame {
  if (frame.content.length > LINK_BYTES) return frame;
  throw new RadioError("truncated", "the telegram ends behind its link layer");
}
