// breaks: no-restricted-syntax "no new"
export function make(): unknown {
  return new Array<number>(3);
}
