// breaks: portable/known-members "Math.round"
export function r(n: number): number {
  return Math.round(n);
}
