// breaks: no-restricted-syntax "no typeof"
export function isText(x: unknown): boolean {
  return typeof x === "string";
}
