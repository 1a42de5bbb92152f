/**
 * Segment font: characters on fourteen segments and a point.
 *
 *      a a a a            a to f   the outer ring, clockwise from the top
 *    f i  j  k b          g, h     the middle bar, left and right
 *    f  i j k  b          i, j, k  upper left diagonal, upper vertical, upper right diagonal
 *      g g h h            l, m, n  lower left diagonal, lower vertical, lower right diagonal
 *    e  l m n  c          p        the point at the foot
 *    e l  m  n c
 *      d d d d   p
 *
 * No two characters look the same, but letters, which are shown as capitals. Each glyph takes GLYPH_WIDTH places of one
 * text, because an engine keeps a text in flash and an array in RAM.
 */

export const SEGMENT_NAMES = "abcdefghijklmnp";

const GLYPH_WIDTH = 8;
const FIRST_CODE = 32;
const LAST_CODE = 126;
const LOWER_A = 97;
const LOWER_Z = 122;

/** ASCII 32 to 96, then 123 to 126. */
const GLYPHS =
  // space ! " # $ % & '
  "        jp      fj      bcdghjm acdfghjmcfkl    adegin  k       " +
  // ( ) * + , - . /
  "kn      il      ghijklmnghjm    l       gh      p       kl      " +
  // 0 1 2 3 4 5 6 7
  "abcdefklbck     abdegh  abcdh   bcfgh   adfgn   acdefgh abc     " +
  // 8 9 : ; < = > ?
  "abcdefghabcdfgh jm      jl      gkn     dgh     hil     abhm    " +
  // @ A B C D E F G
  "abdefhj abcefgh abcdhjm adef    abcdjm  adefg   aefg    acdefh  " +
  // H I J K L M N O
  "bcefgh  adjm    bcde    efgkn   def     bcefik  bcefin  abcdef  " +
  // P Q R S T U V W
  "abefgh  abcdefn abefghn acdfgh  ajm     bcdef   efkl    bcefln  " +
  // X Y Z [ \ ] ^ _
  "ikln    ikm     adkl    adefp   in      abcd    ln      d       " +
  // ` { | } ~
  "i       adgin   ef      adhkl   ghk     ";

/** The segments of a character code, as letters; a code that is not printable is blank. */
export function segmentsOf(code: number): string {
  if (code < FIRST_CODE || code > LAST_CODE) {
    return "";
  }
  let place = code - FIRST_CODE;
  if (code >= LOWER_A && code <= LOWER_Z) {
    place -= 32;
  } else if (code > LOWER_Z) {
    place -= 26;
  }
  return GLYPHS.substring(place * GLYPH_WIDTH, (place + 1) * GLYPH_WIDTH);
}
