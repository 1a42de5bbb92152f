// breaks: no-restricted-syntax "no try"
export function guarded(run: () => void): void {
  try {
    run();
  } finally {
    run();
  }
}
