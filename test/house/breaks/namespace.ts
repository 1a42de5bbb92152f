// breaks: no-restricted-syntax "no namespaces"
export namespace Meter {
  export const litres = 1;
}
