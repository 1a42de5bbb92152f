// breaks: portable/known-globals "is not a global of all engines"
export const all: unknown = Map;
