// breaks: no-restricted-syntax "no declare"
export declare const host: { now: number };
