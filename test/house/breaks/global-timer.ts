// breaks: portable/known-globals "is not a global of all engines"
export function later(run: () => void): void {
  setTimeout(run, 10);
}
