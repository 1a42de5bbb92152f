// breaks: @typescript-eslint/require-array-sort-compare "compare"
export function order(list: string[]): void {
  list.sort();
}
