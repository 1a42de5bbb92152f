/**
 * Every key that is derived from a region's keys, one function each. Derived keys are never stored.
 *
 *   key           from       how                                      context                       held by
 *   meter root    vending    HMAC-SHA-256, first 16 bytes             region || meter || revision   nobody
 *   voucher       meter root KDF "curbstop voucher"                   region || meter || revision   that meter
 *   OpenPAYGO     meter root KDF "curbstop openpaygo"                 region || meter || revision   that meter
 *   radio master  radio      KDF "curbstop radio"                     region || meter || revision   that meter
 *   LoRaWAN app   radio      KDF "curbstop lorawan"                   region || meter || revision   that meter, its network
 *   LoRaWAN group radio      KDF "curbstop lorawan group network",    region || address || revision all meters, their network
 *                            and "... group app"
 *   card meter    card       KDF "curbstop card meter"                region || revision            all meters
 *   card desk     card       KDF "curbstop card desk"                 region || revision            the card desk
 *   card's own    either     AN10922 (firmware/card/diversify.ts)     UID, application, system      that card
 *
 * KDF is SP 800-108 in counter mode with AES-CMAC (firmware/crypto/kdf.ts). Region is 3 bytes and meter 9 bytes of BCD, revision one
 * byte: that of the key it is derived from, so that meter and desk know which one they mean.
 *
 * Why a root per meter: a vending key has 20 bytes and AES-CMAC takes 16. HMAC takes any length, is what DKGA04 does
 * with the same key anyway, and is what an HSM offers; since the meter is in the message, no 16-byte key exists that is
 * worth a region, and a vending key may stay in its HSM. DKGA04's message begins with 04 02 "04", this one with the
 * letter c, so neither is ever the other's; and only half of the HMAC is used.
 *
 * Why radio has a key of its own: a gateway is online and reads every meter's telegrams; derived from the vending key
 * that would take the power to mint credit.
 *
 * Why LoRaWAN's keys come from the radio key: a network server gets them as a list, and whoever has that list reads what
 * the network carries and no telegram in it, for those are under the radio master, to which CMAC does not lead back. The
 * region's key itself never leaves the store for a network. Whoever takes it, a gateway, could make these keys as well, and
 * can do no more with them than with what it has.
 *
 * Why two card masters: a meter must read vouchers, write read-backs and debit purses of every card of its region, so
 * its master is as open as the least guarded meter. What makes money (write a voucher, credit a purse, change a key)
 * is under the desk's, and CMAC does not lead from one to the other, nor from either to the card key.
 */
import { diversifiedKey } from "../../firmware/card/diversify";
import { AES_KEY_BYTES } from "../../firmware/crypto/aes";
import { derivedKey } from "../../firmware/crypto/kdf";
import { createNodeCrypto } from "./crypto";
import { KeyError } from "./key_error";
import { bcd, isMeter, type KeyKind } from "./names";
import type { RegionKey } from "./ring";
import { Secret } from "./secret";

export const METER_ROOT_LABEL = "curbstop meter";
export const VOUCHER_LABEL = "curbstop voucher";
export const PAYGO_LABEL = "curbstop openpaygo";
export const RADIO_LABEL = "curbstop radio";
export const LORAWAN_LABEL = "curbstop lorawan";
export const LORAWAN_GROUP_NETWORK_LABEL = "curbstop lorawan group network";
export const LORAWAN_GROUP_APP_LABEL = "curbstop lorawan group app";
export const CARD_METER_LABEL = "curbstop card meter";
export const CARD_DESK_LABEL = "curbstop card desk";

const crypto = createNodeCrypto();

/** A key handed to the function of another kind is a mistake of the program, not of its user. */
function assertKind(from: RegionKey, kind: KeyKind): void {
  if (from.kind !== kind) throw new Error(`a ${from.kind} key is not a ${kind} key`);
}

function meterContext(from: RegionKey, meter: string): number[] {
  if (!isMeter(meter)) {
    throw new KeyError("bad_name", `${meter}: a meter number has 18 digits, the last of which is a check digit`);
  }
  return [...bcd(from.region), ...bcd(meter), from.revision];
}

function regionContext(from: RegionKey): number[] {
  return [...bcd(from.region), from.revision];
}

/** The root of what one meter gets from the vending key: HMAC-SHA-256(key, label || 00 || context), 16 bytes of it. */
function meterRoot(vending: RegionKey, context: number[]): number[] {
  const message = Buffer.from([...Buffer.from(METER_ROOT_LABEL, "ascii"), 0, ...context]);
  const whole = vending.key.hmacSha256(message);
  return [...whole.subarray(0, AES_KEY_BYTES)];
}

/** Signs vouchers for one meter; the meter verifies with it. */
export function voucherKey(vending: RegionKey, meter: string): Secret {
  assertKind(vending, "vending");
  const context = meterContext(vending, meter);
  return new Secret(derivedKey(crypto, meterRoot(vending, context), VOUCHER_LABEL, context));
}

/** Makes and checks one meter's OpenPAYGO tokens (firmware/token/openpaygo.ts); its starting code follows from it. */
export function paygoKey(vending: RegionKey, meter: string): Secret {
  assertKind(vending, "vending");
  const context = meterContext(vending, meter);
  return new Secret(derivedKey(crypto, meterRoot(vending, context), PAYGO_LABEL, context));
}

/** OMS security profile B's master key MK of one meter, from which it makes a key for each message (mode 7). */
export function radioMasterKey(radio: RegionKey, meter: string): Secret {
  assertKind(radio, "radio");
  return new Secret(derivedKey(crypto, radio.key.bytes(), RADIO_LABEL, meterContext(radio, meter)));
}

/** AppKey of LoRaWAN 1.0 (6.1.1.4) of one meter's modem, from which each join makes the keys of a session. */
export function lorawanAppKey(radio: RegionKey, meter: string): Secret {
  assertKind(radio, "radio");
  return new Secret(derivedKey(crypto, radio.key.bytes(), LORAWAN_LABEL, meterContext(radio, meter)));
}

/** Session keys of a multicast group, which has an address and never joins. */
export interface LorawanGroupKeys {
  readonly network: Secret;
  readonly application: Secret;
}

/** `address` is the group's DevAddr, eight hexadecimal digits. */
export function lorawanGroupKeys(radio: RegionKey, address: string): LorawanGroupKeys {
  assertKind(radio, "radio");
  if (!/^[0-9A-Fa-f]{8}$/.test(address))
    throw new KeyError("bad_name", `${address}: the address of a LoRaWAN group has 8 hexadecimal digits`);
  const context = [...bcd(radio.region), ...Buffer.from(address, "hex"), radio.revision];
  const of = (label: string): Secret => new Secret(derivedKey(crypto, radio.key.bytes(), label, context));
  return { network: of(LORAWAN_GROUP_NETWORK_LABEL), application: of(LORAWAN_GROUP_APP_LABEL) };
}

/** Goes into meters: reads vouchers, writes read-backs, debits purses. */
export function cardMeterMaster(card: RegionKey): Secret {
  assertKind(card, "card");
  return new Secret(derivedKey(crypto, card.key.bytes(), CARD_METER_LABEL, regionContext(card)));
}

/** Stays at the card desk: writes vouchers, credits purses, changes keys. */
export function cardDeskMaster(card: RegionKey): Secret {
  assertKind(card, "card");
  return new Secret(derivedKey(crypto, card.key.bytes(), CARD_DESK_LABEL, regionContext(card)));
}

/** The key of one card under one of the two masters; the meter computes the same from its own. */
export function cardKey(master: Secret, uid: number[], application: number[], system: number[]): Secret {
  return new Secret(diversifiedKey(crypto, master.bytes(), uid, application, system));
}
