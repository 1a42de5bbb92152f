// breaks: portable/whole-division "directly inside Math.floor"
export function half(n: number): number {
  let r = n;
  r /= 2;
  return r;
}
