/**
 * Which key the desk uses for what. A meter keeps the keys that its commissioning card brought, so its vouchers, orders
 * and cards are made with those revisions, whatever has been rotated since.
 */
import type { CmacKey } from "../../firmware/crypto/cmac";
import { cmacKey } from "../../firmware/crypto/cmac";
import { derivedKey } from "../../firmware/crypto/kdf";
import type { Crypto } from "../../hal/crypto";
import { cardDeskMaster, cardMeterMaster, voucherKey } from "../keys/derive";
import type { KeyRing } from "../keys/ring";
import type { CardMasters } from "./layout";

/** The masters of user cards. */
export function userMasters(ring: KeyRing, region: string, revision: number): CardMasters {
  const card = ring.revision(region, "card", revision);
  return { meter: cardMeterMaster(card).bytes(), desk: cardDeskMaster(card).bytes() };
}

/** The masters of commissioning cards: a meter that has no keys yet knows but the transport key of its region. */
export function commissioningMasters(crypto: Crypto, ring: KeyRing, region: string, revision: number): CardMasters {
  const transport = ring.current(region, "transport").key.bytes();
  const desk = cardDeskMaster(ring.revision(region, "card", revision)).bytes();
  return { meter: derivedKey(crypto, transport, "curbstop card", []), desk };
}

/** Keys with which a commissioning order is signed, and its content enciphered. */
export function orderKeys(crypto: Crypto, ring: KeyRing, region: string): { signing: CmacKey; content: number[] } {
  const transport = ring.current(region, "transport").key.bytes();
  const derived = (label: string): number[] => derivedKey(crypto, transport, label, []);
  return { signing: cmacKey(crypto, derived("curbstop order")), content: derived("curbstop content") };
}

/** Signs the vouchers of a meter, and its read-backs. */
export function meterSigningKey(
  crypto: Crypto,
  ring: KeyRing,
  region: string,
  meter: string,
  revision: number,
): CmacKey {
  return cmacKey(crypto, voucherKey(ring.revision(region, "vending", revision), meter).bytes());
}
