// breaks: portable/known-globals "may be used only as new Error"
export const e = Error("a");
