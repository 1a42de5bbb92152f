// breaks: no-restricted-syntax "no BigInt"
export const large = 1n;
