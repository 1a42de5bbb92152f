// breaks: portable/known-members "String.padStart"
export function r(text: string): string {
  return text.padStart(3);
}
