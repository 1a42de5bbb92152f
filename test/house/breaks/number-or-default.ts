// breaks: @typescript-eslint/strict-boolean-expressions "Unexpected number"
export function or(n: number): number {
  return n || 1;
}
