// breaks: portable/known-globals "is not a global of all engines"
export function text(x: { a: number }): string {
  return JSON.stringify(x);
}
