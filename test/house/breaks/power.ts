// breaks: no-restricted-syntax "no **"
export function square(n: number): number {
  return n ** 2;
}
