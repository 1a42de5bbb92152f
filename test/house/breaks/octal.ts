// breaks: portable/whole-literals "0o17"
export const mode = 0o17;
