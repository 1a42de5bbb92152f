// breaks: portable/known-members "Array.splice"
export function r(list: number[]): number[] {
  return list.splice(0, 1);
}
