// breaks: no-restricted-syntax "no ~"
export function invert(n: number): number {
  return ~n;
}
