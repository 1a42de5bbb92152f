// breaks: portable/for-of-arrays "arrays only"
export function count(text: string): number {
  let n = 0;
  for (const c of text) if (c === "a") n += 1;
  return n;
}
