// breaks: no-sparse-arrays "Unexpected comma"
export const list = [1, , 3];
