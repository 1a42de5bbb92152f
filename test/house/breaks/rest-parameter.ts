// breaks: no-restricted-syntax "no rest parameters"
export function sum(...list: number[]): number {
  return list[0];
}
