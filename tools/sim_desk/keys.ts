/**
 * Keys of one session, from the system's random numbers: those of a region, as `curbstop keys make` draws them, and a
 * signing key. They are never written, shown or sent; a meter's settings have what is derived for this one meter.
 */
import { OTHER_REGION, REGION } from "../../sim/card_torture/made_cards";
import type { MeterKeys } from "../../sim/serve/desk";
import { EA_MISTY1 } from "../../firmware/token/cipher";
import { KEY_TYPE_UNIQUE } from "../../firmware/token/books";
import { radioMasterKey } from "../keys/derive";
import { BASE_DATE_USUAL, KEY_EXPIRY_MAX } from "../keys/names";
import { KeyRing, withRegion } from "../keys/ring";
import type { Secret } from "../keys/secret";
import { makeKey, type MadeKey } from "../lms/key";
import type { ParameterSet } from "../lms/names";
import { decoderKey } from "../token/decoder_key";

/** SHA-256/192, height 5, W8: a signature as long as a region's, but a key of 32 that is made in a moment. */
const SESSION_PARAMETERS: ParameterSet = { tree_type: 10, ots_type: 8 };
/** The meter of the session and its neighbour, with good check digits. */
export const METER = "600100000000000014";
export const OTHER_METER = "600100000000000022";
const KEY_REVISION = 1;
const TARIFF_INDEX = "01";

export interface SessionKeys {
  /** With a second region, whose cards are foreign here. */
  readonly ring: KeyRing;
  readonly signing: MadeKey;
}

export async function drawKeys(now: Date): Promise<SessionKeys> {
  const sts = { base_date: BASE_DATE_USUAL, key_expiry: KEY_EXPIRY_MAX };
  const ring = withRegion(withRegion(new KeyRing(), REGION, sts, now), OTHER_REGION, sts, now);
  return { ring, signing: await makeKey(SESSION_PARAMETERS) };
}

function hexText(key: Secret): string {
  return key.buffer().toString("hex");
}

/** What the meter of the session is made with. */
export function meterKeys({ ring, signing }: SessionKeys): MeterKeys {
  const vending = ring.current(REGION, "vending");
  const attributes = {
    ...({ dkga: "04", ea: EA_MISTY1, pan: METER, sgc: REGION, ti: TARIFF_INDEX } as const),
    ...{ krn: KEY_REVISION, kt: KEY_TYPE_UNIQUE, base: BASE_DATE_USUAL },
  };
  return {
    meter_number: METER,
    transport_key: hexText(ring.current(REGION, "transport").key),
    token_key: hexText(decoderKey(vending.key, attributes)),
    radio_master_key: hexText(radioMasterKey(ring.current(REGION, "radio"), METER)),
    region_key: signing.public_key.toString("hex"),
  };
}
