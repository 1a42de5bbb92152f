// breaks: portable/whole-literals "1e3"
export const thousand = 1e3;
