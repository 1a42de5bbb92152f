/**
 * Assertion: stops the meter where a belief about its own state is false. Expected failures are result codes instead.
 *
 * An assertion that fires resets the meter through the watchdog, which is safer than going on with wrong books.
 */
export function assert(condition: boolean, message: string): void {
  if (!condition) {
    throw new Error(message);
  }
}
