// breaks: portable/known-members "String.split"
export function r(text: string): string[] {
  return text.split(",");
}
