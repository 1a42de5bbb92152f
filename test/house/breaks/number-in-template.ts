// breaks: @typescript-eslint/restrict-template-expressions "number"
export function show(n: number): string {
  return `n=${n}`;
}
