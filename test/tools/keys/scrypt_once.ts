/**
 * Scrypt in this process is computed once for each passphrase, salt and strength, and remembered.
 *
 * A command that opens a store takes half a second of a core for it, on purpose; a test types twenty of them, on the
 * same store with the same passphrase. Each asks for the real scrypt and gets what it gives: only the second time is
 * saved. What runs in a process of its own remembers nothing.
 */
import crypto from "node:crypto";

const REMEMBERED_MAX = 256;
const real = crypto.scrypt;
const remembered = new Map<string, Buffer>();

type Done = (error: Error | null, key: Buffer) => void;

function scryptOnce(password: Buffer, salt: Buffer, length: number, options: crypto.ScryptOptions, done: Done): void {
  const asked = JSON.stringify([password.toString("hex"), salt.toString("hex"), length, options]);
  const known = remembered.get(asked);
  if (known !== undefined) {
    // A copy, since who asks overwrites it after use.
    setImmediate(() => done(null, Buffer.from(known)));
    return;
  }
  real(password, salt, length, options, (error, key) => {
    if (error === null && remembered.size < REMEMBERED_MAX) remembered.set(asked, Buffer.from(key));
    done(error, key);
  });
}

// Only the form with options and buffers is asked for (tools/keys/envelope.ts).
crypto.scrypt = scryptOnce as typeof crypto.scrypt;
