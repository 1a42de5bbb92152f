// breaks: portable/known-globals "is not a global of all engines"
export function names(o: { a: number }): string[] {
  return Object.keys(o);
}
