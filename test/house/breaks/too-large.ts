// breaks: portable/whole-literals "9007199254740994"
export const large = 9007199254740994;
