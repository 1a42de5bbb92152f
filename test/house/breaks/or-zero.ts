// breaks: no-restricted-syntax "no | 0"
export function whole(n: number): number {
  return n | 0;
}
