// breaks: portable/known-members "Number.toFixed"
export function r(n: number): string {
  return n.toFixed(2);
}
