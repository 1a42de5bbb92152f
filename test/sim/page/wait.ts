/**
 * Waits for what must come, however long the machine takes; what never comes is named.
 */
const LIMIT_MS = 120_000;
const LOOK_MS = 40;

export async function expect(what: string, is_so: () => Promise<boolean>): Promise<void> {
  for (let waited_ms = 0; waited_ms < LIMIT_MS; waited_ms += LOOK_MS) {
    if (await is_so()) return;
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
  throw new Error(`this has not come: ${what}`);
}
