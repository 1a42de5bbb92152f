/**
 * The glass: eight characters of fourteen segments, and the annunciators below. What is not lit is faintly there, as on
 * a real one.
 */
import type { JSX } from "preact";
import { LINES, POINT, segmentsOf } from "./segments";
import { useStore } from "./store";
import { t, type Key } from "./texts";

const CHARACTERS = 8;
const CELL_WIDTH = 26;
const LETTERS = ["V", "L", "E", "A", "T", "B"] as const;
const WORD_WIDTH = 36;

function Cell({ character, x }: { character: string; x: number }): JSX.Element {
  const mask = segmentsOf(character);
  const lit = (bit: number): string => (Math.floor(mask / 2 ** bit) % 2 === 1 ? "segment lit" : "segment");
  return (
    <g transform={`translate(${x} 12) skewX(-4)`}>
      {LINES.map(([x1, y1, x2, y2], bit) => (
        <line key={bit} class={lit(bit)} x1={x1} y1={y1} x2={x2} y2={y2} />
      ))}
      <circle class={lit(POINT)} cx={21.5} cy={32.5} r={1.6} />
    </g>
  );
}

/** What a person hears who cannot see the glass. */
function spoken(text: string, letters: readonly string[]): string {
  const shown = text.trim() === "" ? t("glass_blank") : t("glass", text.trim());
  const words = letters.map((letter) => t(`annunciator_${letter}` as Key));
  return words.length === 0 ? shown : `${shown}; ${t("lit", words.join(", "))}`;
}

export function Lcd(): JSX.Element {
  const glass = useStore(({ state }) => state?.texts.display ?? "");
  const marks = useStore(({ state }) => state?.texts.annunciators ?? "");
  return <Glass glass={glass} marks={marks} />;
}

/** Any meter's glass. */
export function Glass({ glass, marks }: { glass: string; marks: string }): JSX.Element {
  // The view writes "-" where nothing is.
  const text = glass === "-" ? "" : glass;
  const letters = LETTERS.filter((letter) => marks.includes(letter));
  return (
    <svg class="lcd" viewBox="0 0 226 70" role="img" aria-label={spoken(text, letters)}>
      <rect class="glass" x="0" y="0" width="226" height="70" rx="5" />
      {Array.from({ length: CHARACTERS }, (_, index) => (
        <Cell key={index} character={text.charAt(index) || " "} x={12 + index * CELL_WIDTH} />
      ))}
      {LETTERS.map((letter, index) => (
        <text
          key={letter}
          class={letters.includes(letter) ? "mark lit" : "mark"}
          x={5 + WORD_WIDTH / 2 + index * WORD_WIDTH}
          y="62"
        >
          {t(`short_${letter}`)}
        </text>
      ))}
    </svg>
  );
}
