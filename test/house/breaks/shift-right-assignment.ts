// breaks: no-restricted-syntax "no >> or >>>"
export function half(n: number): number {
  let r = n;
  r >>= 1;
  return r;
}
