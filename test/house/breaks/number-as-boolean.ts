// breaks: @typescript-eslint/strict-boolean-expressions "Unexpected number"
export function some(n: number): boolean {
  if (n) return true;
  return false;
}
