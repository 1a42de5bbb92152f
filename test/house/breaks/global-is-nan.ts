// breaks: portable/known-globals "is not a global of all engines"
export function bad(n: number): boolean {
  return isNaN(n);
}
