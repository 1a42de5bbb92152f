// breaks: no-restricted-syntax "no assignment to length"
export function shrink(list: number[]): void {
  list.length--;
}
