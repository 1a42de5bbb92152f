// breaks: no-restricted-syntax "no labels"
export function leave(list: number[]): void {
  outer: for (const x of list) {
    for (const y of list) if (x === y) continue outer;
  }
}
