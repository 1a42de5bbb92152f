// breaks: no-restricted-syntax "no default parameters"
export function open(times = 1): number {
  return times;
}
