// breaks: no-restricted-syntax "no void"
export function start(run: () => number): void {
  void run();
}
