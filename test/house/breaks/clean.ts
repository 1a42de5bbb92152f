// breaks: nothing
/** What portable code may use: if this file breaks a rule, the rules have become too strict. */
export interface Draw {
  readonly start_s: number;
  readonly volume_ml: number;
  readonly kind?: "tap" | "shower";
}

const BYTE = 0x100;
const LARGEST = 9_007_199_254_740_992;

/** Makes one function that a loop may use. */
function adder(step: number): (n: number) => number {
  return (n) => n + step;
}

export function digits(value: number): string {
  let rest = value;
  let text = "";
  do {
    text = String.fromCharCode(48 + (rest % 10)) + text;
    rest = Math.floor(rest / 10);
  } while (rest > 0);
  return `<${text}>`;
}

export function total(draws: readonly Draw[], by_kind: Record<string, number>): number {
  const add = adder(1);
  const sorted: number[] = [];
  let sum_ml = 0;
  for (const draw of draws) {
    sorted.push(draw.volume_ml);
    sum_ml = Math.min(LARGEST, sum_ml + Math.max(0, draw.volume_ml));
    if (draw.kind === undefined) continue;
    const before = by_kind[draw.kind];
    by_kind[draw.kind] = before === undefined ? 1 : add(before);
  }
  sorted.sort((a, b) => a - b);
  if (sorted.length > 0 && sorted[0] < 0) throw new Error("a draw below zero: " + digits(draws.length));
  return sum_ml;
}

export function joined(first: number[], second: number[]): number[] {
  return first.slice(0, first.length - 1).concat(second);
}

export function checksum(text: string, seed: number): number {
  let sum = seed;
  for (let i = 0; i < text.length; i++) {
    sum = ((sum << 1) ^ (text.charCodeAt(i) & 0xff)) % BYTE;
    sum = sum | 1;
  }
  return text.substring(0, 1) === "a" || text.indexOf("b") > 2 ? sum : 0;
}

export function speed(kind: Draw["kind"]): number {
  switch (kind) {
    case "tap":
      return 1;
    case "shower":
      return 2;
    default:
      return 0;
  }
}
