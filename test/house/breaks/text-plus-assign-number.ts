// breaks: @typescript-eslint/restrict-plus-operands "Got `string` + `number`"
export function show(n: number): string {
  let text = "n=";
  text += n;
  return text;
}
