// breaks: no-restricted-syntax "no this"
export function position(this: { at: number }): number {
  return this.at;
}
