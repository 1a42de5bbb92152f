// breaks: no-restricted-syntax "no unary plus"
export function parse(text: string): number {
  return +text;
}
