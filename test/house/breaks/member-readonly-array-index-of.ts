// breaks: portable/known-members "Array.indexOf"
export function r(list: readonly number[]): number {
  return list.indexOf(1);
}
