// breaks: @typescript-eslint/restrict-plus-operands "Got `string` + `number`"
export function show(n: number): string {
  return "n=" + n;
}
