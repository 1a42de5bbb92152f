/**
 * Segments: how fourteen segments show a character. A set bit lights a segment:
 *
 *   0 top       1 upper right   2 lower right   3 bottom   4 lower left   5 upper left   6 middle left   7 middle right
 *   8 upper left diagonal   9 upper vertical   10 upper right diagonal   11 lower left diagonal   12 lower vertical
 *   13 lower right diagonal   14 point
 */
const LETTERS =
  "00f7 128f 0039 120f 00f9 0071 00bd 00f6 1209 001e 2470 0038 0536 2136 003f 00f3 203f 20f3 00ed 1201 003e 0c30 2836 " +
  "2d00 1500 0c09";
const SMALL =
  "1058 2078 00d8 088e 0858 0071 048e 1070 1000 000e 3600 0030 10d4 1050 00dc 0170 0486 0050 2088 0078 001c 2004 2814 " +
  "28c0 200c 0848";
const DIGITS = "003f 0006 00db 008f 00e6 00ed 00fd 0007 00ff 00ef";

const GLYPHS = new Map<string, number>([
  [" ", 0],
  ["-", 0x00c0],
  ["+", 0x12c0],
  ["*", 0x3fc0],
  ["/", 0x0c00],
  ["=", 0x00c8],
  ["_", 0x0008],
  [".", 0x4000],
  ["?", 0x1083],
  ["#", 0x12ce],
]);

function addRun(first: string, masks: string): void {
  masks.split(" ").forEach((mask, index) => {
    GLYPHS.set(String.fromCharCode(first.charCodeAt(0) + index), Number.parseInt(mask, 16));
  });
}

addRun("A", LETTERS);
addRun("a", SMALL);
addRun("0", DIGITS);

export const POINT = 14;

/** Lines of the segments in a cell of 20 by 34, as x1 y1 x2 y2. */
export const LINES: readonly (readonly [number, number, number, number])[] = [
  [3, 2, 17, 2],
  [18, 3, 18, 16],
  [18, 18, 18, 31],
  [3, 32, 17, 32],
  [2, 18, 2, 31],
  [2, 3, 2, 16],
  [3, 17, 9, 17],
  [11, 17, 17, 17],
  [4, 4, 9, 15],
  [10, 4, 10, 15],
  [16, 4, 11, 15],
  [9, 19, 4, 30],
  [10, 19, 10, 30],
  [11, 19, 16, 30],
];

/** The segments of a character; all of them where it is unknown, so that nothing is hidden. */
export function segmentsOf(character: string): number {
  return GLYPHS.get(character) ?? 0x3fff;
}
