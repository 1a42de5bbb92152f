/**
 * Options of every command that opens the key store, and the arguments that they share.
 */
import { InvalidArgumentError, type Command } from "commander";
import { isMeter, isRegion } from "../keys/names";

const DESCRIPTOR_MAX = 1023;

export const PASSPHRASE_NOTES = `
The passphrase is asked for on the terminal, or read as one line from a file that only you can read, or from an open
file descriptor. It is never an argument or an environment variable.
`;

/** Of an option that names a file with the password of a broker's user. */
export const PASSWORD_OPTION = "the password of its user, in a file that only you can read";

export function parseRegion(text: string): string {
  if (!isRegion(text)) throw new InvalidArgumentError("a region is six digits, its supply group code.");
  return text;
}

export function parseMeter(text: string): string {
  if (!isMeter(text)) throw new InvalidArgumentError("a meter has 18 digits, the last of which is a check digit.");
  return text;
}

export function parseDescriptor(text: string): number {
  const fd = Number(text);
  if (!/^\d{1,4}$/.test(text) || fd === 1 || fd === 2 || fd > DESCRIPTOR_MAX)
    throw new InvalidArgumentError("a file descriptor to read from is 0, or 3 and more.");
  return fd;
}

export function storeCommand(keys: Command, name: string, description: string): Command {
  return keys
    .command(name)
    .description(description)
    .option("--store <file>", "the key store (default: curbstop/keys.store in the user's data folder)")
    .option("--passphrase-file <file>", "read the store's passphrase from this file")
    .option("--passphrase-fd <n>", "read the store's passphrase from this file descriptor", parseDescriptor);
}

/** The same for a command that uses a vending key, which may be in an HSM. */
export function vendingCommand(keys: Command, name: string, description: string): Command {
  return storeCommand(keys, name, description).option(
    "--hsm-pin-file <file>",
    "read the PIN of the vending keys' HSM from this file (default: $CURBSTOP_HSM_PIN, or asked for)",
  );
}
