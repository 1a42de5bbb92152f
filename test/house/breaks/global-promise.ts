// breaks: portable/known-globals "is not a global of all engines"
export function later(): unknown {
  return Promise.resolve(1);
}
