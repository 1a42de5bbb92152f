/**
 * Link: a card seen from the desk, command by command. The secure channel is the firmware's own (firmware/card/channel);
 * here are the commands that only a desk gives: to make an application and its files, and to change keys.
 *
 * ChangeKey (C4, EV1 with AES): key number, then enciphered, chained on from the CMACs: the new key (exclusive-or with
 * the old one when it is not the key of the session), its version, CRC-32 of code, number and these, and of the new key
 * alone when it is not the session's; zeros up to whole blocks. The CRC is that of ISO 14443's DESFire, which is the
 * usual one without its last inversion, least significant byte first.
 */
import { crc32 } from "node:zlib";
import { EXIT_NO } from "../context";
import { hex } from "../hex";
import { openAnswer, openChannel, sealCommand, takeChallenge } from "../../firmware/card/channel";
import type { Channel } from "../../firmware/card/channel";
import { AUTHENTICATE_AES, FRAME_DATA_MAX, STATUS_MORE, STATUS_OK, wrapCommand } from "../../firmware/card/desfire";
import type { Crypto } from "../../hal/crypto";
import { randomBytes } from "node:crypto";

const ADDITIONAL_FRAME = 0xaf;
const CHANGE_KEY = 0xc4;
const FORMAT = 0xfc;
const FRAMES_MAX = 16;
const BLOCK_BYTES = 16;
/** DESFire's status of a key that does not match. */
const AUTHENTICATION_ERROR = 0xae;

/** A card that takes whole APDUs; an answer of less than two bytes is a card that has left. */
export interface CardTransport {
  /** Sends an APDU and brings the answer with its status. */
  transmit: (apdu: number[]) => Promise<number[]>;
  close: () => Promise<void>;
}

/** What went wrong, in words for a person at the desk. */
export class CardError extends Error {
  readonly exit_code = EXIT_NO;

  constructor(
    readonly reason: "torn" | "refused" | "wrong_key" | "not_genuine",
    message: string,
    /** What the card answered; 0 when it was not that. */
    readonly status = 0,
  ) {
    super(message);
  }
}

export interface CardLink {
  transport: CardTransport;
  crypto: Crypto;
  channel: Channel | undefined;
  /** Number of the key of the session. */
  key_number: number;
}

export function createLink(transport: CardTransport, crypto: Crypto): CardLink {
  return { transport, crypto, channel: undefined, key_number: -1 };
}

async function exchangeFrame(
  link: CardLink,
  code: number,
  data: number[],
): Promise<{ status: number; data: number[] }> {
  const answer = await link.transport.transmit(wrapCommand(code, data, 0));
  if (answer.length < 2) {
    throw new CardError("torn", "the card left the reader (hold it still and begin again)");
  }
  const [class_wrapped, status] = answer.slice(-2);
  if (class_wrapped !== 0x91) {
    throw new CardError(
      "refused",
      `the card answers ${hex(answer.slice(-2))}: it is no DESFire card (use another card)`,
    );
  }
  return { status, data: answer.slice(0, -2) };
}

/** Sends a command in frames and puts the answer together; any status but those asked for is an error. */
async function exchange(
  link: CardLink,
  code: number,
  data: number[],
  challenge = false,
): Promise<{ status: number; data: number[] }> {
  const answer: number[] = [];
  let rest = data;
  let next = code;
  for (let frame = 0; frame < FRAMES_MAX; frame++) {
    const got = await exchangeFrame(link, next, rest.slice(0, FRAME_DATA_MAX));
    rest = rest.slice(FRAME_DATA_MAX);
    answer.push(...got.data);
    if (got.status === STATUS_OK || (challenge && got.status === STATUS_MORE)) {
      return { status: got.status, data: answer };
    }
    if (got.status !== STATUS_MORE) {
      link.channel = undefined;
      const key = got.status === AUTHENTICATION_ERROR;
      throw new CardError(
        key ? "wrong_key" : "refused",
        key
          ? "the card does not know this key (it is of another region, or not one of ours)"
          : `the card refuses command ${hex([code])} with status ${hex([got.status])}`,
        got.status,
      );
    }
    next = ADDITIONAL_FRAME;
  }
  throw new CardError("refused", `the card has no end to its answer to command ${hex([code])}`);
}

/** A command, inside of the channel when there is one. */
export async function command(link: CardLink, code: number, data: number[], with_mac = false): Promise<number[]> {
  const channel = link.channel;
  if (channel === undefined) {
    return (await exchange(link, code, data)).data;
  }
  const answer = await exchange(link, code, sealed(channel, code, data, with_mac));
  return opened(link, channel, answer.data);
}

/** Chains a command on; its data, with its MAC. */
function sealed(channel: Channel, code: number, data: number[], with_mac: boolean): number[] {
  const command = [code, ...data];
  sealCommand(channel, command, with_mac);
  return command.slice(1);
}

function opened(link: CardLink, channel: Channel, answer: number[]): number[] {
  const data = openAnswer(channel, answer);
  if (data === undefined) {
    link.channel = undefined;
    throw new CardError("not_genuine", "the card's answer is not the card's (take it off the reader and begin again)");
  }
  return data;
}

/** Selects an application, which ends the channel. */
export async function select(link: CardLink, application: number[]): Promise<void> {
  link.channel = undefined;
  await exchange(link, 0x5a, application);
}

export async function authenticate(link: CardLink, key_number: number, key: number[]): Promise<void> {
  link.channel = undefined;
  const { data } = await exchange(link, AUTHENTICATE_AES, [key_number], true);
  const challenge = takeChallenge(link.crypto, key, data, [...randomBytes(BLOCK_BYTES)]);
  const proof = challenge && (await exchange(link, ADDITIONAL_FRAME, challenge.response));
  const channel = challenge && proof && openChannel(challenge, proof.data);
  if (channel === undefined) {
    throw new CardError("wrong_key", "the card does not prove that it knows its key (it is not one of ours)");
  }
  link.channel = channel;
  link.key_number = key_number;
}

function crc(bytes: number[]): number[] {
  const inverted = (crc32(Buffer.from(bytes)) ^ 0xffffffff) >>> 0;
  return [inverted & 255, (inverted >>> 8) & 255, (inverted >>> 16) & 255, inverted >>> 24];
}

/** Changes a key; the session's own ends the session. */
export async function changeKey(
  link: CardLink,
  key_number: number,
  old_key: number[],
  new_key: number[],
  version: number,
  at_card_level = false,
): Promise<void> {
  const channel = link.channel;
  if (channel === undefined) {
    throw new CardError("refused", "keys are changed in a session");
  }
  const own = key_number === link.key_number;
  // At the card's own level the number says that the key is one of AES.
  const number = at_card_level ? key_number + 0x80 : key_number;
  const sent = [...new_key.map((byte, place) => (own ? byte : byte ^ old_key[place])), version];
  const plain = [...sent, ...crc([CHANGE_KEY, number, ...sent]), ...(own ? [] : crc(new_key))];
  while (plain.length % BLOCK_BYTES !== 0) plain.push(0);
  const enciphered = link.crypto.aes_cbc_encrypt(channel.session.key, channel.chain, plain);
  channel.chain = enciphered.slice(-BLOCK_BYTES);
  const answer = await exchange(link, CHANGE_KEY, [number, ...enciphered]);
  if (own) {
    link.channel = undefined;
  } else {
    opened(link, channel, answer.data);
  }
}

/** Empties the card, by its own key; the session is over then, so the answer carries no MAC. */
export async function formatCard(link: CardLink): Promise<void> {
  const channel = link.channel;
  if (channel === undefined) {
    throw new CardError("refused", "a card is emptied in a session");
  }
  await exchange(link, FORMAT, sealed(channel, FORMAT, [], false));
  link.channel = undefined;
}
