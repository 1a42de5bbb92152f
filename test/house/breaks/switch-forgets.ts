// breaks: @typescript-eslint/switch-exhaustiveness-check "not exhaustive"
export function f(s: "open" | "shut"): number {
  switch (s) {
    case "open":
      return 1;
  }
  return 0;
}
