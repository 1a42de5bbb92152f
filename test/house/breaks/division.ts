// breaks: portable/whole-division "directly inside Math.floor"
export function half(n: number): number {
  return n / 2;
}
