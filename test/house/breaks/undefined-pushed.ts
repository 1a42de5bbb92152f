// breaks: no-restricted-syntax "no undefined in arrays"
export function add(list: (number | undefined)[]): void {
  list.push(undefined);
}
