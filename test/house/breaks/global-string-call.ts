// breaks: portable/known-globals "may be used only as String.member"
export function text(n: number): string {
  return String(n);
}
