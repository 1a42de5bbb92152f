// breaks: no-restricted-syntax "no arguments"
export function count(): number {
  return arguments.length;
}
