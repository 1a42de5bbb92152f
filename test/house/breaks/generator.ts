// breaks: no-restricted-syntax "no generators"
export function* turns(): Generator<number> {
  yield 1;
}
