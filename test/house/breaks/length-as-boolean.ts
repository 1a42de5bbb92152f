// breaks: @typescript-eslint/strict-boolean-expressions "Unexpected number"
export function some(list: number[]): boolean {
  return list.length && list[0] === 1 ? true : false;
}
