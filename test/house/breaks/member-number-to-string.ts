// breaks: portable/known-members "Number.toString"
export function r(n: number): string {
  return n.toString();
}
