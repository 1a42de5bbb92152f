// breaks: no-restricted-syntax "no regular expressions"
export const pattern = /a+/;
