// breaks: no-restricted-syntax "no computed keys"
export function make(name: string): Record<string, number> {
  return { [name]: 1 };
}
