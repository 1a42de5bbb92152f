// breaks: no-restricted-syntax "no tagged templates"
export function use(tag: (parts: TemplateStringsArray) => string): string {
  return tag`text`;
}
