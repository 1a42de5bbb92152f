/**
 * Glyphs: text three pixels wide and five high, two pixels to a character cell, as a meter's dot display shows it.
 */

/** Five rows of three pixels, "#" set. */
const PIXELS: Readonly<Record<string, string>> = {
  " ": "... ... ... ... ...",
  "0": "### #.# #.# #.# ###",
  "1": ".#. ##. .#. .#. ###",
  "2": "### ..# ### #.. ###",
  "3": "### ..# .## ..# ###",
  "4": "#.# #.# ### ..# ..#",
  "5": "### #.. ### ..# ###",
  "6": "### #.. ### #.# ###",
  "7": "### ..# ..# .#. .#.",
  "8": "### #.# ### #.# ###",
  "9": "### #.# ### ..# ###",
  A: "### #.# ### #.# #.#",
  B: "##. #.# ##. #.# ##.",
  C: "### #.. #.. #.. ###",
  D: "##. #.# #.# #.# ##.",
  E: "### #.. ##. #.. ###",
  F: "### #.. ##. #.. #..",
  G: "### #.. #.# #.# ###",
  H: "#.# #.# ### #.# #.#",
  I: "### .#. .#. .#. ###",
  J: "..# ..# ..# #.# ###",
  K: "#.# #.# ##. #.# #.#",
  L: "#.. #.. #.. #.. ###",
  M: "#.# ### ### #.# #.#",
  N: "##. #.# #.# #.# #.#",
  O: "### #.# #.# #.# ###",
  P: "### #.# ### #.. #..",
  Q: "### #.# #.# ### ..#",
  R: "### #.# ##. #.# #.#",
  S: "### #.. ### ..# ###",
  T: "### .#. .#. .#. .#.",
  U: "#.# #.# #.# #.# ###",
  V: "#.# #.# #.# #.# .#.",
  W: "#.# #.# ### ### #.#",
  X: "#.# #.# .#. #.# #.#",
  Y: "#.# #.# ### .#. .#.",
  Z: "### ..# .#. #.. ###",
  ".": "... ... ... ... .#.",
  "-": "... ... ### ... ...",
  "+": "... .#. ### .#. ...",
};

const ROWS = 5;
const BLOCKS = [" ", "▀", "▄", "█"];

/** The text as three lines, each glyph three cells and one of space; what has no glyph is blank. */
export function bigText(text: string): string[] {
  const glyphs = Array.from(text.toUpperCase(), (character) => (PIXELS[character] ?? PIXELS[" "]).split(" "));
  const lines: string[] = [];
  for (let row = 0; row < ROWS; row += 2) {
    const cells = glyphs.map((glyph) => {
      const below = glyph[row + 1] ?? "...";
      const cell = Array.from(glyph[row], (pixel, column) => {
        return BLOCKS[(pixel === "#" ? 1 : 0) + (below[column] === "#" ? 2 : 0)];
      });
      return cell.join("");
    });
    lines.push(cells.join(" "));
  }
  return lines;
}
