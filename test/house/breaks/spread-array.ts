// breaks: no-restricted-syntax "no spread"
export function copy(list: number[]): number[] {
  return [...list];
}
