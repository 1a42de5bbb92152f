// breaks: portable/known-members "takes a start and an end"
export function r(list: number[]): number[] {
  return list.slice(1);
}
