/**
 * A vending key that is in an HSM: the store has only the reference, and whoever wants its bytes is refused.
 *
 *   module       file of the PKCS#11 library          token   label of the token in it
 *   label        of the key in the token              fingerprint   as of any vending key (fingerprint.ts)
 *
 * The fingerprint was taken when the key was made. It is held against the module's key before the first use: another
 * key under the same label would make tokens that no meter takes.
 */
import { z } from "zod";
import { hmacFingerprint } from "./fingerprint";
import { hsmSession, type HsmPlace } from "./hsm_session";
import { KeyError } from "./key_error";
import { KEY_BYTES } from "./names";
import { Secret } from "./secret";

const PATH_MAX = 4096;
const LABEL_MAX = 64;
const TOKEN_MAX = 32;

export const HSM_REFERENCE = z.strictObject({
  module: z.string().min(1).max(PATH_MAX),
  token: z.string().min(1).max(TOKEN_MAX),
  label: z.string().min(1).max(LABEL_MAX),
  fingerprint: z.string().regex(/^[0-9A-F]{6}$/),
});
export type HsmReference = z.output<typeof HSM_REFERENCE>;

export function isHsmLabel(text: string): boolean {
  return /^[ -~]+$/.test(text) && text.length <= LABEL_MAX;
}

export class HsmKey extends Secret {
  #checked = false;

  constructor(readonly reference: HsmReference) {
    super([]);
  }

  /** As long as the vending key that it stands for. */
  override get length(): number {
    return KEY_BYTES.vending;
  }

  #stays(): never {
    const { label, token } = this.reference;
    throw new KeyError("hsm_key", `key "${label}" never leaves token ${token} (this needs a key of the store's own)`);
  }

  override buffer(): Buffer {
    return this.#stays();
  }

  override bytes(): number[] {
    return this.#stays();
  }

  override equals(other: Secret): boolean {
    return other instanceof HsmKey && JSON.stringify(other.reference) === JSON.stringify(this.reference);
  }

  override get known_fingerprint(): string {
    return this.reference.fingerprint;
  }

  override hmacSha256(message: Uint8Array): Buffer {
    const { label, token, fingerprint } = this.reference;
    const session = hsmSession(this.reference);
    if (!this.#checked) {
      const there = hmacFingerprint((zeros) => session.hmacSha256(label, zeros));
      if (there !== fingerprint) {
        const prints = `fingerprint ${fingerprint} in the store, ${there} in the token`;
        throw new KeyError("conflict", `key "${label}" in token ${token}: it is another key (${prints})`);
      }
      this.#checked = true;
    }
    return session.hmacSha256(label, message);
  }
}

/** The reference to a key that has just come into a token. */
export function referenceTo(place: HsmPlace, label: string): HsmReference {
  const fingerprint = hmacFingerprint((zeros) => hsmSession(place).hmacSha256(label, zeros));
  return { module: place.module, token: place.token, label, fingerprint };
}
