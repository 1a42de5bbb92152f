// breaks: no-restricted-syntax "no | 0"
export function whole(n: number): number {
  let r = n;
  r |= 0;
  return r;
}
