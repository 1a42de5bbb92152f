// breaks: no-restricted-syntax "no >> or >>>"
export function half(n: number): number {
  return n >> 1;
}
