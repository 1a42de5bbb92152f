// breaks: no-restricted-syntax "no array-like types"
export function first(list: ArrayLike<number>): number {
  return list[0];
}
