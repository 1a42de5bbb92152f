// breaks: @typescript-eslint/no-explicit-any "any"
export function take(x: any): void {
  x.run();
}
