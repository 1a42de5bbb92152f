// breaks: portable/whole-division "directly inside Math.floor"
export function half(n: number): number {
  return Math.floor(n / 2 + 1);
}
