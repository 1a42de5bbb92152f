// breaks: default-case-last "last"
export function f(n: number): number {
  switch (n) {
    default:
      return 0;
    case 1:
      return 1;
  }
}
