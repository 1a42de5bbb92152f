// breaks: no-restricted-syntax "no undefined in arrays"
export const list = [1, undefined, 3];
