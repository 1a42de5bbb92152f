// breaks: no-restricted-syntax "no function made in a loop"
export function makers(list: number[]): (() => number)[] {
  const all: (() => number)[] = [];
  for (const x of list) all.push(() => x);
  return all;
}
