// breaks: portable/known-members "Array.slice"
export function r(list: number[]): number[] {
  return list.slice(1);
}
