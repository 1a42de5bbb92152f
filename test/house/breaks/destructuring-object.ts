// breaks: no-restricted-syntax "no destructuring"
export function first(o: { a: number }): number {
  const { a } = o;
  return a;
}
