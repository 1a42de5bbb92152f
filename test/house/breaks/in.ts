// breaks: no-restricted-syntax "no in:"
export function has(o: { a?: number }): boolean {
  return "a" in o;
}
