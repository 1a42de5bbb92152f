/**
 * The keys that a nameplate brings onto a board, for one meter, from the key store or from an export of it.
 *
 *   transport   the region's own, which a commissioning card must know; left out for a board without a card reader
 *   token       the meter's decoder key and what goes with it (tools/token/board_tokens.ts), where its settings ask for
 *               tokens. From the store it is one of EA11; an export may have EA07, its tables, and OpenPAYGO as well
 *   radio       the meter's master key, and the region's public keys for signed messages and updates, where its settings
 *               ask for a radio. Next public keys (README.md of tools/keys) come with an export alone
 *   lorawan     the AppKey of a LoRaWAN modem, where its settings have one; and the keys of its multicast group, which come
 *               from the store alone
 *
 * Voucher and card key reach a meter at its commissioning (tools/card/commissioning.ts), under the transport key.
 */
import { createHash } from "node:crypto";
import { publicKeyOf, type BoardKeys, type BoardSigning } from "../keys/board";
import { lorawanAppKey, lorawanGroupKeys, radioMasterKey, type LorawanGroupKeys } from "../keys/derive";
import type { KeyRing, RegionKey } from "../keys/ring";
import type { Secret } from "../keys/secret";
import { boardTokensOf, firstTid, type BoardTokens } from "../token/board_tokens";
import { ProvisionError } from "./provision_error";

const DIGEST_LABEL = "curbstop provisioned key";
const DIGEST_DIGITS = 32;

export interface MeterLorawan {
  /** What its network knows it by: no key, and as much the meter's own. */
  readonly device_eui: string;
  readonly revision: number;
  /** The AppKey. */
  readonly key: Secret;
  readonly group: LorawanGroupKeys | undefined;
}

export interface MeterRadio {
  readonly revision: number;
  readonly key: Secret;
  readonly lorawan: MeterLorawan | undefined;
  readonly signing: BoardSigning | undefined;
  readonly update: BoardSigning | undefined;
}

export interface MeterKeys {
  readonly meter: string;
  readonly region: string;
  readonly transport: { readonly revision: number; readonly key: Secret } | undefined;
  readonly token: BoardTokens | undefined;
  readonly radio: MeterRadio | undefined;
}

export interface LorawanNeeds {
  readonly euiOf: (meter: string) => string;
  /** Address of the multicast group; undefined for none. */
  readonly group: string | undefined;
}

/** What a board and its settings need. */
export interface Needs {
  readonly card: boolean;
  /** Tariff index of the decoder key; undefined for a meter without tokens. */
  readonly tariff_index: number | undefined;
  readonly radio: boolean;
  /** Left out for a meter without a LoRaWAN modem. */
  readonly lorawan?: LorawanNeeds | undefined;
}

function indexText(tariff_index: number): string {
  return String(tariff_index).padStart(2, "0");
}

function lorawanFromStore(radio: RegionKey, meter: string, { lorawan }: Needs): MeterLorawan | undefined {
  if (lorawan === undefined) return undefined;
  const group = lorawan.group === undefined ? undefined : lorawanGroupKeys(radio, lorawan.group);
  const device_eui = lorawan.euiOf(meter);
  return { device_eui, revision: radio.revision, key: lorawanAppKey(radio, meter), group };
}

function radioFromStore(ring: KeyRing, region: string, meter: string, needs: Needs): MeterRadio {
  const radio = ring.current(region, "radio");
  const [signing, update] = [publicKeyOf(ring, region, "signing"), publicKeyOf(ring, region, "update")];
  const lorawan = lorawanFromStore(radio, meter, needs);
  return { revision: radio.revision, key: radioMasterKey(radio, meter), lorawan, signing, update };
}

function lorawanFromExport(board: BoardKeys, { lorawan }: Needs): MeterLorawan | undefined {
  if (lorawan === undefined) return undefined;
  if (board.lorawan === undefined)
    throw new ProvisionError("the export has no LoRaWAN key, and the settings want one (export it again)");
  if (lorawan.group !== undefined)
    throw new ProvisionError("an export has no keys of a LoRaWAN group (take the key store, or leave multicast out)");
  return { device_eui: lorawan.euiOf(board.meter), ...board.lorawan, group: undefined };
}

/** The current keys of a region, for one of its meters. */
export function keysFromStore(ring: KeyRing, region: string, meter: string, needs: Needs, now: Date): MeterKeys {
  const transport = ring.current(region, "transport");
  const vending = ring.current(region, "vending");
  const { tariff_index } = needs;
  return {
    meter,
    region,
    transport: needs.card ? { revision: transport.revision, key: transport.key } : undefined,
    token:
      tariff_index === undefined
        ? undefined
        : boardTokensOf(vending, meter, { ti: indexText(tariff_index) }, firstTid(vending, now)),
    radio: needs.radio ? radioFromStore(ring, region, meter, needs) : undefined,
  };
}

/** The keys of an export for a board, which must be this meter's. */
export function keysFromExport(board: BoardKeys, region: string, meter: string, needs: Needs): MeterKeys {
  if (board.meter !== meter || board.region !== region) {
    const whose = `meter ${board.meter} of region ${board.region}`;
    throw new ProvisionError(`the exported keys are those of ${whose}, not of meter ${meter} of region ${region}`);
  }
  const transport = needs.card ? board.keys.transport : undefined;
  const { signing, update } = board;
  const radio = needs.radio
    ? { ...board.keys.radio, lorawan: lorawanFromExport(board, needs), signing, update }
    : undefined;
  if (needs.tariff_index === undefined) return { meter, region, transport, token: undefined, radio };
  const ti = indexText(needs.tariff_index);
  if (board.tokens?.ti !== ti) {
    const has = board.tokens === undefined ? "no decoder key" : `a decoder key of tariff index ${board.tokens.ti}`;
    throw new ProvisionError(`the export has ${has}, the settings want ${ti} (export with --tariff-index ${ti})`);
  }
  return { meter, region, transport, token: board.tokens, radio };
}

/**
 * What the records keep of the keys that are this meter's alone: nobody finds the key by it, and the same key given to a
 * second meter would show.
 */
export function keyDigests({ token, radio }: MeterKeys): string[] {
  return [token, radio, radio?.lorawan].flatMap((own) => {
    if (own === undefined) return [];
    const digest = createHash("sha256").update(DIGEST_LABEL).update(own.key.buffer()).digest("hex");
    return [digest.slice(0, DIGEST_DIGITS)];
  });
}
