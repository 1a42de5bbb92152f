// breaks: portable/known-members "Math.pow"
export function r(n: number): number {
  return Math.pow(n, 2);
}
