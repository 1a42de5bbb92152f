/**
 * A message to this meter, in mode 7 and nothing else: what moves a valve or money is never taken unsealed.
 *
 *   link       L, 53 or 73 in turn, the gateway's address                            link.ts
 *   extended   8C, communication, access number                                      layers.ts
 *   security   90 ..., message counter of this direction, MAC                        mode7.ts
 *   transport  5B, the meter's address, access number, status, mode 7                layers.ts
 *   records    encrypted
 *
 * Frames for other meters are told by their address, before any AES. Whether the counter is new is judged by the
 * caller, who keeps it, and after this: a counter that nobody has authenticated says nothing.
 *
 * The MAC covers neither link nor extended link. `is_next` comes from there, so it may tell a repetition, whose answer
 * is sent again, but never decide whether something is done.
 */
import type { Crypto } from "../../hal/crypto";
import { putBytes } from "../card/bytes";
import { sameBytes } from "../crypto/cmac";
import { CI_AUTHENTICATION, CI_COMMAND_LONG, CI_EXTENDED_LINK, extendedLinkHeader } from "./layers";
import type { Address } from "./link";
import { ADDRESS_BYTES, C_SND_UD, C_SND_UD_NEXT, idBytes, isLinkContent, linkContent, transportAddress } from "./link";
import type { OpenResult } from "./mode7";
import { opened, sealed } from "./mode7";

/** Where the layers begin: behind the link layer; and behind the extended one. */
const EXTENDED_FIRST = 10;
const SECURITY_FIRST = 13;
const SECURITY_BYTES = 17;

/** "not_ours": to another meter, or of another kind; nothing has been computed. */
export type DownlinkResult = OpenResult | "not_ours";

export interface Downlink {
  result: DownlinkResult;
  /** The rest is meant only when opened. */
  counter: number;
  access: number;
  /** Frame count bit: the two kinds of SND-UD come in turn; the same again is a repetition. */
  is_next: boolean;
  /** Records, with fillers in front and behind. */
  text: number[];
}

function refused(result: DownlinkResult): Downlink {
  return { result: result, counter: 0, access: 0, is_next: false, text: [] };
}

/** Whether a frame's content is a message of the right kind to this meter, as far as can be seen from outside. */
function isOurs(content: number[], own_address: number[]): boolean {
  const transport_first = SECURITY_FIRST + SECURITY_BYTES;
  if (!isLinkContent(content) || content.length < transport_first + 1 + ADDRESS_BYTES) {
    return false;
  }
  if (content[1] !== C_SND_UD && content[1] !== C_SND_UD_NEXT) {
    return false;
  }
  if (content[EXTENDED_FIRST] !== CI_EXTENDED_LINK || content[SECURITY_FIRST] !== CI_AUTHENTICATION) {
    return false;
  }
  if (content[transport_first] !== CI_COMMAND_LONG) {
    return false;
  }
  const named: number[] = [];
  for (let i = 0; i < ADDRESS_BYTES; i++) {
    named.push(content[transport_first + 1 + i]);
  }
  return sameBytes(named, own_address);
}

/** Opens a frame's content (frames.ts takes the check sums off before). */
export function openDownlink(crypto: Crypto, master_key: number[], own: Address, content: number[]): Downlink {
  if (!isOurs(content, transportAddress(own))) {
    return refused("not_ours");
  }
  const id = idBytes(own.id);
  const message = opened(crypto, master_key, "to_meter", id, CI_COMMAND_LONG, content, SECURITY_FIRST);
  if (message.result !== "opened") {
    return refused(message.result);
  }
  return {
    result: "opened",
    counter: message.counter,
    access: message.access,
    is_next: content[1] === C_SND_UD_NEXT,
    text: message.text,
  };
}

export interface DownlinkHeader {
  /** Who sends, and to which meter. */
  gateway: Address;
  meter: Address;
  access: number;
  /** Message counter towards this meter: never used before. */
  counter: number;
  /** Frame count bit, the other one with each new message. */
  is_next: boolean;
}

/** The gateway's side: a message to one meter, without the check sums of a frame format. */
export function downlinkTelegram(
  crypto: Crypto,
  master_key: number[],
  header: DownlinkHeader,
  records: number[],
): number[] {
  const envelope = {
    direction: "to_meter" as const,
    counter: header.counter,
    id: idBytes(header.meter.id),
    ci: CI_COMMAND_LONG,
    address: transportAddress(header.meter),
    access: header.access,
    status: 0,
  };
  const layers = extendedLinkHeader(0, header.access);
  putBytes(layers, sealed(crypto, master_key, envelope, records));
  return linkContent(header.is_next ? C_SND_UD_NEXT : C_SND_UD, header.gateway, layers);
}
