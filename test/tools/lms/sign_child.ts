/**
 * A process of its own that signs until it is killed: `KEY-FILE OUTPUT`. A line a signature: leaf, digest of the message,
 * and what the signature itself says its leaf is; and a line on standard output after each. It ends by itself with 3 when the key is used up.
 */
import { createHash, randomBytes } from "node:crypto";
import fs from "node:fs";
import { KeyError } from "../../../tools/keys/key_error";
import { leafOf } from "../../../tools/lms/key";
import { signMessage } from "../../../tools/lms/signer";
import { benchOf } from "./samples";

const USED_UP = 3;
const MESSAGE_BYTES = 40;

async function main([key_file, output]: string[]): Promise<void> {
  const { key, places } = benchOf(fs.readFileSync(key_file, "utf8"));
  process.stdout.write("ready\n");
  for (;;) {
    const message = randomBytes(MESSAGE_BYTES);
    try {
      const { leaf, signature } = await signMessage(key, places, message);
      const digest = createHash("sha256").update(message).digest("hex");
      fs.appendFileSync(output, `${leaf} ${digest} ${leafOf(signature)}\n`);
      process.stdout.write("signed\n");
    } catch (error) {
      if (error instanceof KeyError && error.code === "leaves_used_up") process.exit(USED_UP);
      throw error;
    }
  }
}

void main(process.argv.slice(2));
