// breaks: no-restricted-syntax "no null"
export const nothing: number | undefined | null = null;
