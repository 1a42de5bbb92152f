// breaks: no-restricted-syntax "only ASCII"
export const byte = "\xff";
