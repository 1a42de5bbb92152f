// breaks: no-restricted-syntax "no assignment to length"
export function clear(list: number[]): void {
  list.length = 0;
}
