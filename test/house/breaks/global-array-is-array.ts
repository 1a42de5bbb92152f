// breaks: portable/known-globals "is not a global of all engines"
export function is(x: unknown): boolean {
  return Array.isArray(x);
}
