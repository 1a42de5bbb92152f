// breaks: portable/known-members "call"
export function r(run: () => void): void {
  run.call(undefined);
}
