// breaks: no-restricted-syntax "no optional chaining"
export function read(o: { a: number } | undefined): number | undefined {
  return o?.a;
}
