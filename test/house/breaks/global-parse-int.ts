// breaks: portable/known-globals "is not a global of all engines"
export const n = parseInt("1", 10);
