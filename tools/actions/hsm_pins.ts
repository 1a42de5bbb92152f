/**
 * The PINs of the HSM tokens that a store's vending keys are in, asked for before the work begins; a token is opened
 * when its key is needed, so a command that needs none works without its HSM.
 */
import { HsmKey } from "../keys/hsm_key";
import { setHsmPin, type HsmPlace } from "../keys/hsm_session";
import { readHsmPin } from "../keys/passphrase";
import type { KeyRing } from "../keys/ring";
import type { Context } from "../context";
import type { StoreOptions } from "./keys_session";
import { terminal } from "./keys_session";

export async function prepareHsm(place: HsmPlace, options: StoreOptions, context: Context): Promise<void> {
  const pin = await readHsmPin(place.token, options.hsmPinFile, terminal(context));
  if (pin !== undefined) setHsmPin(place, pin);
}

/** For every token of the ring, each once. */
export async function prepareHsms(ring: KeyRing, options: StoreOptions, context: Context): Promise<void> {
  const places = new Map<string, HsmPlace>();
  for (const { key } of ring.keys) {
    if (key instanceof HsmKey) places.set(`${key.reference.module} ${key.reference.token}`, key.reference);
  }
  for (const place of places.values()) await prepareHsm(place, options, context);
}
