/**
 * The certificate of the authority that signed the broker's, at the desk: a file with one certificate in PEM (RFC 7468)
 * and nothing else, which the modem gets as it is, byte for byte (modem_file.ts). So the SHA-256 that a meter's certificate
 * shows is that of the file.
 *
 * Its modules hold no broker to its name, and to no date (firmware/modem/bg96_commands.ts): a certificate that signs nobody,
 * or one that is over, would show only in the field. It is refused here.
 */
import { createHash, X509Certificate } from "node:crypto";
import fs from "node:fs";
import { fileError } from "../../sim/scenario/load";
import { UserError } from "../../sim/scenario/user_error";

/** A certificate with an RSA key of 4,096 bits has some 2,000 bytes. */
export const CERTIFICATE_MAX_BYTES = 4096;
const ONE_PEM = /^\s*-----BEGIN CERTIFICATE-----\r?\n(?:[A-Za-z0-9+/=]{1,76}\r?\n)+-----END CERTIFICATE-----\s*$/;
const ONLY = "(openssl x509 -in FILE -out ONE leaves one certificate and nothing else)";

export interface CaCertificate {
  /** The file, each character a byte. */
  readonly text: string;
  /** Of the file, hexadecimal. */
  readonly sha256: string;
}

function readBounded(file: string): string {
  try {
    const { size } = fs.statSync(file);
    if (size > CERTIFICATE_MAX_BYTES)
      throw new UserError(`${file}: ${size} bytes are more than a certificate has ${ONLY}`);
    return fs.readFileSync(file, "latin1");
  } catch (error) {
    throw error instanceof UserError ? error : fileError(file, error);
  }
}

function parsed(file: string, text: string): X509Certificate {
  if (!ONE_PEM.test(text)) throw new UserError(`${file}: this is not one certificate in PEM ${ONLY}`);
  try {
    return new X509Certificate(text);
  } catch {
    throw new UserError(`${file}: the certificate cannot be read: it is damaged (fetch it again from its authority)`);
  }
}

function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey);
}

/** Reads and checks the file. Throws a UserError of one line. */
export function readCaCertificate(file: string, now: Date): CaCertificate {
  const text = readBounded(file);
  const certificate = parsed(file, text);
  const { validFrom, validTo } = certificate;
  if (now.getTime() >= Date.parse(validTo))
    throw new UserError(`${file}: the certificate was good until ${validTo} (take the authority's present one)`);
  if (now.getTime() < Date.parse(validFrom))
    throw new UserError(`${file}: the certificate is good from ${validFrom} on (is this machine's clock right?)`);
  if (!certificate.ca && !isSelfSigned(certificate))
    throw new UserError(`${file}: this certificate signs no others (give that of the authority that signed it)`);
  return { text, sha256: createHash("sha256").update(Buffer.from(text, "latin1")).digest("hex") };
}
