/**
 * QR codes of tokens (ISO/IEC 18004, npm `qrcode`), for a telephone that keys in or passes on what is on a receipt.
 * What is encoded is the digits alone, without groups; several tokens, as a key change has, in their order with a space
 * between. Error correction M: 20 digits are a code of 21 modules a side.
 *
 *   on a terminal   black on white, two modules a character, whatever the colours of the terminal
 *   in a pipe       the same as plain characters
 *   as a file       an SVG page with the words and the grouped digits beside each code, to be printed
 */
import { create, toString, type QRCode } from "qrcode";

/** A code and what stands beside it. */
export interface Code {
  readonly text: string;
  readonly words: readonly string[];
}

const CORRECTION = { errorCorrectionLevel: "M" } as const;
/** White modules that a reader wants around a code. */
const QUIET_MODULES = 4;
const MODULE_MM = 1;
const LINE_MM = 5;
const FONT_MM = 3.5;
/** A character of a monospaced font is no wider. */
const CHARACTER_MM = 2.2;

/** What the code of these tokens encodes. */
export function encodedTokens(tokens: readonly string[]): string {
  return tokens.join(" ");
}

/** A code in characters. */
export function qrCharacters(text: string, is_terminal: boolean): Promise<string> {
  return is_terminal
    ? toString(text, { ...CORRECTION, type: "terminal", small: true })
    : toString(text, { ...CORRECTION, type: "utf8" });
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The dark modules of a code as one path, from its top left corner. */
function modulesPath({ modules }: QRCode): string {
  let path = "";
  for (let row = 0; row < modules.size; row++) {
    for (let column = 0; column < modules.size; column++) {
      if (modules.get(row, column) !== 0) path += `M${column},${row}h1v1h-1z`;
    }
  }
  return path;
}

/** One code below the other on a page, with its words. */
export function qrPage(codes: readonly Code[]): string {
  let top = 0;
  let width = 0;
  const parts = codes.map(({ text, words }) => {
    const code = create(text, CORRECTION);
    const side = (code.modules.size + 2 * QUIET_MODULES) * MODULE_MM;
    const lines = words.map((line, place) => {
      const height = top + QUIET_MODULES + (place + 1) * LINE_MM;
      return `<text x="${side}" y="${height}" font-size="${FONT_MM}" font-family="monospace">${escaped(line)}</text>`;
    });
    const path = `<path transform="translate(${QUIET_MODULES},${top + QUIET_MODULES})" d="${modulesPath(code)}"/>`;
    top += Math.max(side, (words.length + 1) * LINE_MM + QUIET_MODULES);
    const longest = Math.max(0, ...words.map((line) => line.length));
    width = Math.max(width, Math.ceil(side + longest * CHARACTER_MM));
    return [path, ...lines].join("\n");
  });
  const size = `width="${width}mm" height="${top}mm" viewBox="0 0 ${width} ${top}"`;
  const white = `<rect width="${width}" height="${top}" fill="#ffffff"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>\n${white}\n${parts.join("\n")}\n</svg>\n`;
}
