// breaks: no-restricted-syntax "no for-in"
export function keys(o: { a: number }): number {
  let n = 0;
  for (const _key in o) n += 1;
  return n;
}
