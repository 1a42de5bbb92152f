/**
 * The layers of a telegram, taken apart: link, extended link, authentication, transport; what is left is the content,
 * as it is or encrypted (security.ts). Formats: firmware/radio/link.ts and layers.ts; here also those of other makers'
 * meters (EN 13757-4, EN 13757-7).
 *
 *   8D CC ACC SN(4)           extended link II: all that follows is encrypted, and begins with a check sum of the rest
 *   8E CC ACC M(2) A(6)       extended link III: with the address of the other side
 *   90 AFLL FCL(2) ...        FCL bit 13 MCL, 12 ML, 11 MCR, 10 MAC follow, in this order: MCL(1) MCR(4)
 *                             MAC(by MCL) ML(2); other bits (fragments, key information) are not supported
 *   72 73 6B 8B 5B            transport with a long header;  7A 7B 6A 8A 5A with a short one;  78 79 69 with none
 *   CW                        bits 8 to 12 mode, 4 to 7 encrypted blocks
 */
import { ADDRESS_BYTES, idAt, manufacturerAt, type Address } from "../../firmware/radio/link";
import { LINK_BYTES } from "../../firmware/radio/frames";
import { hex } from "../hex";
import { Cursor } from "./cursor";
import { RadioError } from "./radio_error";

export interface MeterAddress extends Address {
  /** M and A as they are sent: M first. */
  readonly sent: number[];
}

export interface ExtendedLink {
  readonly ci: number;
  readonly communication: number;
  readonly access: number;
  /** SN of extended link II, low byte first. */
  readonly session?: number[];
}

export interface Authentication {
  readonly mcl: number;
  readonly counter: number;
  readonly mac: number[];
  readonly length?: number[];
}

export interface Transport {
  readonly ci: number;
  readonly header: "long" | "short" | "none";
  readonly access: number;
  readonly status: number;
  readonly configuration: number;
  readonly mode: number;
  readonly blocks: number;
  /** Configuration extension of mode 7. */
  readonly extension?: number;
}

export interface Layers {
  readonly c_field: number;
  /** Who sent the frame. */
  readonly sender: MeterAddress;
  extended?: ExtendedLink;
  authentication?: Authentication;
  transport?: Transport;
  /** The meter: named by a long header, or else the sender. */
  meter: MeterAddress;
}

const CI_EXTENDED_I = 0x8c;
const CI_EXTENDED_II = 0x8d;
const CI_EXTENDED_III = 0x8e;
const CI_AUTHENTICATION = 0x90;
const LONG_HEADERS = [0x72, 0x73, 0x6b, 0x8b, 0x5b];
const SHORT_HEADERS = [0x7a, 0x7b, 0x6a, 0x8a, 0x5a];
const NO_HEADERS = [0x78, 0x79, 0x69];

const HAS_MCL = 0x2000;
const HAS_ML = 0x1000;
const HAS_MCR = 0x0800;
const HAS_MAC = 0x0400;
/** Bytes of the MAC by the low four bits of MCL: AES-CMAC-128, cut. */
const MAC_BYTES = new Map([
  [5, 8],
  [6, 12],
  [7, 16],
]);

const MODE_7 = 7;

/** M and A as they are sent; digits that are none are shown as they stand. */
function addressOf(sent: number[]): MeterAddress {
  const id = idAt(sent, 2);
  return {
    sent,
    manufacturer: manufacturerAt(sent, 0),
    id: id === "" ? hex(sent.slice(2, 6).reverse()) : id,
    version: sent[6],
    device_type: sent[7],
  };
}

/** The link layer; the cursor stands at its L and is left at the CI. */
export function readLink(cursor: Cursor): Layers {
  const [, c_field, ...sent] = cursor.take(LINK_BYTES, "link layer");
  const sender = addressOf(sent);
  return { c_field, sender, meter: sender };
}

/** Layers in front of the transport layer. True when they are followed by an encrypted rest (extended link II). */
export function readExtended(cursor: Cursor, layers: Layers): void {
  const ci = cursor.peek();
  if (ci !== CI_EXTENDED_I && ci !== CI_EXTENDED_II && ci !== CI_EXTENDED_III) return;
  const [, communication, access] = cursor.take(3, "extended link layer");
  if (ci === CI_EXTENDED_III) cursor.take(ADDRESS_BYTES, "extended link layer");
  const session = ci === CI_EXTENDED_II ? cursor.take(4, "extended link layer") : undefined;
  layers.extended = { ci, communication, access, ...(session === undefined ? {} : { session }) };
}

export function readAuthentication(cursor: Cursor, layers: Layers): void {
  if (cursor.peek() !== CI_AUTHENTICATION) return;
  cursor.byte("authentication layer");
  const part = new Cursor(cursor.take(cursor.byte("authentication layer"), "authentication layer"));
  const control = part.number(2, "authentication layer");
  // FCL is not covered by the MAC: bits that mean nothing, and numbers of fragments, are not passed over.
  if ((control & ~HAS_ML) !== (HAS_MCL | HAS_MCR | HAS_MAC))
    throw new RadioError("unsupported", `authentication layer ${hex([control >> 8, control & 255])} is not supported`);
  const mcl = part.byte("authentication layer");
  const counter = part.number(4, "authentication layer");
  const mac_bytes = MAC_BYTES.get(mcl & 15);
  if (mac_bytes === undefined) throw new RadioError("unsupported", `MAC of the kind ${hex([mcl])} is not supported`);
  const mac = part.take(mac_bytes, "authentication layer");
  const length = (control & HAS_ML) === 0 ? undefined : part.take(2, "authentication layer");
  if (part.left > 0) throw new RadioError("wrong_length", "bytes are left in the authentication layer");
  layers.authentication = { mcl, counter, mac, ...(length === undefined ? {} : { length }) };
}

const PLAIN = { access: 0, status: 0, configuration: 0, mode: 0, blocks: 0 };

/** The transport layer's header; the cursor is left at the content. */
export function readTransport(cursor: Cursor, layers: Layers): Transport {
  const ci = cursor.byte("transport layer");
  if (NO_HEADERS.includes(ci)) {
    layers.transport = { ci, header: "none", ...PLAIN };
    return layers.transport;
  }
  const header = LONG_HEADERS.includes(ci) ? "long" : SHORT_HEADERS.includes(ci) ? "short" : undefined;
  if (header === undefined)
    throw new RadioError("unsupported", `what follows CI ${hex([ci])} is not known here (byte ${cursor.position})`);
  if (header === "long") {
    const [id0, id1, id2, id3, m0, m1, version, type] = cursor.take(ADDRESS_BYTES, "transport layer");
    layers.meter = addressOf([m0, m1, id0, id1, id2, id3, version, type]);
  }
  const [access, status, low, high] = cursor.take(4, "transport layer");
  const mode = high & 31;
  const extension = mode === MODE_7 ? cursor.byte("transport layer") : undefined;
  layers.transport = {
    ci,
    header,
    access,
    status,
    configuration: low + 256 * high,
    mode,
    blocks: low >> 4,
    ...(extension === undefined ? {} : { extension }),
  };
  return layers.transport;
}
