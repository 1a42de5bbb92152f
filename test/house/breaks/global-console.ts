// breaks: portable/known-globals "is not a global of all engines"
export function say(): void {
  console.log("a");
}
