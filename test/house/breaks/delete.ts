// breaks: no-restricted-syntax "no delete"
export function drop(o: { a?: number }): void {
  delete o.a;
}
