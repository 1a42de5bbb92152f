// breaks: no-restricted-syntax "no ??"
export function or(n: number | undefined): number {
  return n ?? 0;
}
