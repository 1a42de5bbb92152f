// breaks: no-restricted-syntax "no comma operator"
export function both(a: () => void, b: () => void): void {
  a(), b();
}
