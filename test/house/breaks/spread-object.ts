// breaks: no-restricted-syntax "no spread"
export function copy(o: { a: number }): { a: number } {
  return { ...o };
}
