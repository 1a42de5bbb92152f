// breaks: no-restricted-syntax "no async"
export async function wait(): Promise<void> {
  await Promise.resolve();
}
