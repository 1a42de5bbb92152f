// breaks: no-restricted-syntax "no logical assignment"
export function or(o: { a?: number }): void {
  o.a ??= 1;
}
