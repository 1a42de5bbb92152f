// breaks: portable/known-members "Array.map"
export function r(list: number[]): number[] {
  return list.map((n) => n + 1);
}
