/**
 * Tokens: words and operators of a bundle as the bytes that Espruino's lexer makes of them. It takes both, and a byte is
 * quicker to read than a word, each time a function runs or a branch is skipped; it is also shorter.
 *
 * One byte for each entry of TOKENS, from 138 on: `LEX_OPERATOR_START` and the order of the enumeration behind it
 * (src/jslex.h; EspruinoTools' plugins/pretokenise.js has the same table). So what comes out is Latin-1, not ASCII.
 *
 * A property keeps its name, whatever it is. White space stays between two words, and between two signs that would be read as one operator. Texts stay in quotes:
 * the lexer takes raw strings too, but those are no shorter, and slower where the code is in RAM, because it walks to the
 * end of one from the beginning of the code.
 */
import * as acorn from "acorn";

const FIRST_TOKEN = 138;
const TOKENS: readonly string[] = [
  ...[
    "==",
    "===",
    "!=",
    "!==",
    "<=",
    "<<",
    "<<=",
    ">=",
    ">>",
    ">>>",
    ">>=",
    ">>>=",
    "+=",
    "-=",
    "++",
    "--",
    "*=",
    "/=",
  ],
  ...["%=", "&=", "&&", "|=", "||", "^=", "=>"],
  ...["if", "else", "do", "while", "for", "break", "continue", "function", "return", "var", "let", "const", "this"],
  ...["throw", "try", "catch", "finally", "true", "false", "null", "undefined", "new", "in", "instanceof", "switch"],
  ...["case", "default", "delete", "typeof", "void", "debugger", "class", "extends", "super", "static", "of"],
];
/** The interpreter takes `catch` only as a word (espruino/Espruino issue 1868). */
const ONLY_WORDS = new Set(["catch"]);

/** The token of a word or an operator, or its text where it has none. */
function pieceOf(text: string): string {
  const index = ONLY_WORDS.has(text) ? -1 : TOKENS.indexOf(text);
  return index < 0 ? text : String.fromCharCode(FIRST_TOKEN + index);
}

/** Whether two pieces would be read as one without a space: words, and signs such as those of `a+ +b`. */
function needSpace(left: string, right: string): boolean {
  const [last, first] = [left.slice(-1), right.slice(0, 1)];
  const word = /[\w$]/;
  return (word.test(last) && word.test(first)) || (/[+-]/.test(last) && last === first);
}

export interface Tokenised {
  readonly code: string;
  /** Where the piece at an offset of the text before stands now; undefined where none begins. */
  readonly now: (before: number) => number | undefined;
}

/** Writes tokens into a script of ES5 without regular expressions. */
export function tokenise(code: string): Tokenised {
  const places = new Map<number, number>();
  const pieces: string[] = [];
  let length = 0;
  let before = "";
  for (const { start, end } of acorn.tokenizer(code, { ecmaVersion: 5 })) {
    const text = code.slice(start, end);
    const piece = before === "." ? text : pieceOf(text);
    const space = needSpace(before, piece) ? " " : "";
    places.set(start, length + space.length);
    pieces.push(space + piece);
    length += space.length + piece.length;
    before = piece;
  }
  return { code: pieces.join(""), now: (offset) => places.get(offset) };
}
