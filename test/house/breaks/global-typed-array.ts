// breaks: portable/known-globals "is not a global of all engines"
export function bytes(): Uint8Array {
  return Uint8Array.of(1, 2);
}
