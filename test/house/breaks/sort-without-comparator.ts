// breaks: @typescript-eslint/require-array-sort-compare "compare"
export function order(list: number[]): void {
  list.sort();
}
