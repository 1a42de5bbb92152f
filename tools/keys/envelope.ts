/**
 * An encrypted file: one JSON object that says how it is encrypted, and what is encrypted.
 *
 *   format      "curbstop key store" or "curbstop board keys"
 *   version     of the format, 1
 *   kdf         {name: "scrypt", n, r: 8, p: 1, salt: 32 bytes}   RFC 7914: the passphrase becomes an AES key
 *   cipher      {name: "aes-256-gcm", nonce: 12 bytes}            NIST SP 800-38D
 *   ciphertext  encrypted content; all bytes are base64
 *   tag         16 bytes, over the ciphertext and, as additional data, all that stands above it
 *
 * Salt and nonce are fresh at every write, so no key ever sees two nonces. Exactly one text is good for one content:
 * what would be read alike but is spelled otherwise (a space, base64 with loose ends) is refused too, so that a changed
 * byte is a changed byte. n may be 2^17 or 2^18 (128 or 256 MiB): less is too weak, more is a file that wants the
 * memory of this machine.
 */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from "node:crypto";
import { z } from "zod";
import { KeyError } from "./key_error";
import type { Secret } from "./secret";

export const STORE_FORMAT = "curbstop key store";
export const BOARD_FORMAT = "curbstop board keys";
export type EnvelopeFormat = typeof STORE_FORMAT | typeof BOARD_FORMAT;

export const ENVELOPE_VERSION = 1;
export const ENVELOPE_MAX_BYTES = 4 * 1024 * 1024;

/** What an attacker has to compute for every guess. */
export const SCRYPT_N = 2 ** 17;
const SCRYPT_N_MAX = 2 ** 18;
const SCRYPT_R = 8;
const SCRYPT_P = 1;
const SALT_BYTES = 32;
const NONCE_BYTES = 12;
const KEK_BYTES = 32;
const TAG_BYTES = 16;

function base64(bytes: number): z.ZodString {
  return z.string().length(Math.ceil(bytes / 3) * 4);
}

const ENVELOPE = z.strictObject({
  format: z.enum([STORE_FORMAT, BOARD_FORMAT]),
  version: z.literal(ENVELOPE_VERSION),
  kdf: z.strictObject({
    name: z.literal("scrypt"),
    n: z.int(),
    r: z.literal(SCRYPT_R),
    p: z.literal(SCRYPT_P),
    salt: base64(SALT_BYTES),
  }),
  cipher: z.strictObject({ name: z.literal("aes-256-gcm"), nonce: base64(NONCE_BYTES) }),
  ciphertext: z.string().max(ENVELOPE_MAX_BYTES),
  tag: base64(TAG_BYTES),
});
type Envelope = z.infer<typeof ENVELOPE>;

/** The bytes that are authenticated beside the ciphertext. */
function headerBytes({ format, version, kdf, cipher }: Omit<Envelope, "ciphertext" | "tag">): Buffer {
  const { name, n, r, p, salt } = kdf;
  const header = { format, version, kdf: { name, n, r, p, salt }, cipher: { name: cipher.name, nonce: cipher.nonce } };
  return Buffer.from(JSON.stringify(header));
}

function envelopeText(envelope: Envelope): string {
  const header = JSON.parse(headerBytes(envelope).toString()) as object;
  return JSON.stringify({ ...header, ciphertext: envelope.ciphertext, tag: envelope.tag }, null, 2) + "\n";
}

function passphraseKey(passphrase: Secret, salt: Buffer, n: number): Promise<Buffer> {
  const options = { N: n, r: SCRYPT_R, p: SCRYPT_P, maxmem: 2 * 128 * SCRYPT_R * n };
  return new Promise((resolve, reject) => {
    scrypt(passphrase.buffer(), salt, KEK_BYTES, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

/** Encrypts. `n` is lower only where a test seals a thousand times. */
export async function sealEnvelope(
  format: EnvelopeFormat,
  content: Buffer,
  passphrase: Secret,
  n = SCRYPT_N,
): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const header = {
    format,
    version: ENVELOPE_VERSION,
    kdf: { name: "scrypt", n, r: SCRYPT_R, p: SCRYPT_P, salt: salt.toString("base64") },
    cipher: { name: "aes-256-gcm", nonce: nonce.toString("base64") },
  } as const;
  const key = await passphraseKey(passphrase, salt, n);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES }).setAAD(headerBytes(header));
  const ciphertext = Buffer.concat([cipher.update(content), cipher.final()]).toString("base64");
  key.fill(0);
  return envelopeText({ ...header, ciphertext, tag: cipher.getAuthTag().toString("base64") });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Bounds of everything in the file, before anything is computed from it. */
function parseEnvelope(text: string, source: string, n_least: number): Envelope {
  const json = parseJson(text);
  const { format, version } = (json ?? {}) as { format?: unknown; version?: unknown };
  const known = format === STORE_FORMAT || format === BOARD_FORMAT;
  if (known && typeof version === "number" && version > ENVELOPE_VERSION) {
    throw new KeyError("newer_format", `${source}: a newer curbstop has written this (update curbstop)`);
  }
  const parsed = ENVELOPE.safeParse(json);
  if (!parsed.success || !isCanonical(parsed.data, text)) {
    const what = known ? "this was a file of curbstop keys, and is damaged" : "this is not a file of curbstop keys";
    throw new KeyError("damaged", `${source}: ${what} (take a backup)`);
  }
  const { n } = parsed.data.kdf;
  if (n < n_least || n > SCRYPT_N_MAX || !Number.isInteger(Math.log2(n))) {
    throw new KeyError("damaged", `${source}: scrypt with n ${n} is not a strength that curbstop writes`);
  }
  return parsed.data;
}

/** Whether this is the one text for these fields. */
function isCanonical(envelope: Envelope, text: string): boolean {
  const { kdf, cipher, ciphertext, tag } = envelope;
  const exact = [kdf.salt, cipher.nonce, ciphertext, tag].every(
    (field) => Buffer.from(field, "base64").toString("base64") === field,
  );
  return exact && envelopeText(envelope) === text;
}

/** Which kind of file this is, before anybody is asked for its passphrase. */
export function envelopeFormat(text: string, source: string): EnvelopeFormat {
  return parseEnvelope(text, source, SCRYPT_N).format;
}

/** Decrypts what is of this format, or of one of these. `source` names the file in messages. */
export async function openEnvelope(
  text: string,
  formats: readonly EnvelopeFormat[],
  passphrase: Secret,
  source: string,
  n_least = SCRYPT_N,
): Promise<{ format: EnvelopeFormat; content: Buffer }> {
  const envelope = parseEnvelope(text, source, n_least);
  const { format, kdf, cipher } = envelope;
  if (!formats.includes(format)) {
    throw new KeyError("damaged", `${source}: this is a file of ${format}, not of ${formats.join(" or ")}`);
  }
  const key = await passphraseKey(passphrase, Buffer.from(kdf.salt, "base64"), kdf.n);
  const nonce = Buffer.from(cipher.nonce, "base64");
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(headerBytes(envelope)).setAuthTag(Buffer.from(envelope.tag, "base64"));
  key.fill(0);
  const plain = decipher.update(Buffer.from(envelope.ciphertext, "base64"));
  try {
    return { format, content: Buffer.concat([plain, decipher.final()]) };
  } catch {
    plain.fill(0);
    throw new KeyError("wrong_passphrase", `${source}: the passphrase is wrong, or the file was changed`);
  }
}
