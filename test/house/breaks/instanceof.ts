// breaks: no-restricted-syntax "no instanceof"
export function isError(e: unknown): boolean {
  return e instanceof Error;
}
