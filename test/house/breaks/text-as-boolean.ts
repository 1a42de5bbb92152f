// breaks: @typescript-eslint/strict-boolean-expressions "Unexpected string"
export function some(text: string): boolean {
  return !text;
}
