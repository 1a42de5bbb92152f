// breaks: no-restricted-syntax "no dynamic import"
export function load(): unknown {
  return import("./clean");
}
