// breaks: portable/known-members "a text is not indexed"
export function r(text: string): string {
  return text[0];
}
