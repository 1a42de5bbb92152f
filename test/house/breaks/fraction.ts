// breaks: portable/whole-literals "0.5"
export const half = 0.5;
