// breaks: no-restricted-syntax "no destructuring"
export function first(list: number[]): number {
  const [a] = list;
  return a;
}
