// breaks: no-restricted-syntax "no **"
export function square(n: number): number {
  let r = n;
  r **= 2;
  return r;
}
