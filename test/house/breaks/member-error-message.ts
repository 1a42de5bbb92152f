// breaks: portable/known-members "Error.message"
export function r(e: Error): string {
  return e.message;
}
