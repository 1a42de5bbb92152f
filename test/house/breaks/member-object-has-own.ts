// breaks: portable/known-members "Object.hasOwnProperty"
export function r(o: { a: number }): boolean {
  return o.hasOwnProperty("a");
}
