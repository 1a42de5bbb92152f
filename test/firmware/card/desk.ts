/**
 * Desk: makes cards for tests with the desk's own functions (tools/card), on virtual cards, under fixed keys. One region,
 * one meter and its commissioning are enough for most promises.
 */
import {
  FILE_ORDER,
  FILE_PURSE,
  FILE_READ_BACK,
  FILE_VOUCHER,
  KEY_DESK,
  READ_BACK_BYTES,
} from "../../../firmware/card/files";
import type { CardType } from "../../../firmware/card/files";
import { bytesAt, lowFirst } from "../../../firmware/card/bytes";
import { GET_VALUE } from "../../../firmware/card/desfire";
import { commissioningBytes, tariffBytes } from "../../../firmware/card/content";
import type { Commissioning } from "../../../firmware/card/content";
import { ANY_METER, orderBytes } from "../../../firmware/card/order";
import type { Order } from "../../../firmware/card/order";
import { readReadBack } from "../../../firmware/card/read_back";
import type { ReadBack } from "../../../firmware/card/read_back";
import { voucherBytes } from "../../../firmware/card/voucher";
import type { Voucher } from "../../../firmware/card/voucher";
import { cmacKey } from "../../../firmware/crypto/cmac";
import { derivedKey } from "../../../firmware/crypto/kdf";
import type { DesfireCard } from "../../../sim/desfire/card";
import { createDesfireCard, fieldLost } from "../../../sim/desfire/card";
import { respond } from "../../../sim/desfire/respond";
import { createCryptoTwin } from "../../../sim/twins/crypto";
import { createRandomTwin } from "../../../sim/twins/random";
import type { CardMasters } from "../../../tools/card/layout";
import { layOut, openCard, readFile, writeFile } from "../../../tools/card/layout";
import type { CardLink } from "../../../tools/card/link";
import { command, createLink } from "../../../tools/card/link";
import { tariff } from "../samples";

export const crypto = createCryptoTwin();

export const REGION = "600100";
export const OTHER_REGION = "600201";
export const METER = "600100000000000017";
export const UTILITY = 7;
export const TRANSPORT_KEY = "000102030405060708090a0b0c0d0e0f";

const key = (byte: number) => new Array<number>(16).fill(byte);
export const MASTERS: CardMasters = { meter: key(0x11), desk: key(0x22) };
export const VOUCHER_KEY = key(0x33);
const transport = [...Buffer.from(TRANSPORT_KEY, "hex")];

/** Before a meter has keys, the card's key for meters comes from its transport key. */
const FIRST_MASTERS: CardMasters = { meter: derivedKey(crypto, transport, "curbstop card", []), desk: key(0x44) };

export interface TestCard {
  card: DesfireCard;
  uid: number[];
  masters: CardMasters;
  region: string;
}

function linkTo(card: DesfireCard): CardLink {
  return createLink(
    { transmit: (apdu) => Promise.resolve(respond(card, apdu)), close: () => Promise.resolve() },
    crypto,
  );
}

let cards = 0;

/** An empty card of the utility, under the next number unless one is given. */
export async function issued(
  type: CardType,
  { region = REGION, masters = MASTERS, generation = 1, number = (cards += 1) } = {},
): Promise<TestCard> {
  const uid = [4, 1, 2, 3, 4, Math.floor(number / 256), number % 256];
  const card = createDesfireCard(crypto, createRandomTwin(number), uid);
  await layOut(linkTo(card), masters, uid, { type, region, card: number, generation }, () => undefined);
  fieldLost(card);
  return { card, uid, masters, region };
}

async function write(held: TestCard, file: number, bytes: number[]): Promise<TestCard> {
  const link = linkTo(held.card);
  await openCard(link, held.masters, held.uid, held.region, KEY_DESK);
  await writeFile(link, file, bytes);
  fieldLost(held.card);
  return held;
}

/** Puts a voucher onto a card. */
export async function sold(held: TestCard, said: Partial<Voucher> = {}, signed_by = VOUCHER_KEY): Promise<TestCard> {
  const voucher: Voucher = {
    utility: UTILITY,
    region: held.region,
    meter: METER,
    uid: held.uid,
    generation: 1,
    sequence: 1,
    cumulative_milli: 500_000,
    tariff_id: 0,
    expiry_utc_s: 0,
    point_of_sale: 3,
    ...said,
  };
  return write(held, FILE_VOUCHER, voucherBytes(cmacKey(crypto, signed_by), voucher));
}

/** Puts an order onto a card. */
export async function ordered(held: TestCard, said: Partial<Order>, signed_by = VOUCHER_KEY): Promise<TestCard> {
  const order: Order = {
    type: "test",
    utility: UTILITY,
    region: held.region,
    meter: METER,
    uid: held.uid,
    sequence: 1,
    expiry_utc_s: 0,
    content: [],
    ...said,
  };
  return write(held, FILE_ORDER, orderBytes(cmacKey(crypto, signed_by), order));
}

/** A card that puts the meter into service. */
export async function commissioningCard(
  said: Partial<Commissioning> = {},
  order: Partial<Order> = {},
  number = (cards += 1),
): Promise<TestCard> {
  const held = await issued("commissioning", { masters: FIRST_MASTERS, region: order.region ?? REGION, number });
  const content: Commissioning = {
    voucher_key: VOUCHER_KEY,
    card_key: MASTERS.meter,
    opening_milli: 100_000,
    generation: 0,
    sequence: 0,
    cumulative_milli: 0,
    tariff: tariff(),
    ...said,
  };
  const front = [...Buffer.from(order.meter ?? METER, "hex"), ...held.uid];
  const content_key = derivedKey(crypto, transport, "curbstop content", []);
  return ordered(
    held,
    {
      type: "commissioning",
      sequence: 0,
      content: commissioningBytes(crypto, content_key, bytesAt(front, 0, 16), content),
      ...order,
    },
    derivedKey(crypto, transport, "curbstop order", []),
  );
}

export async function inspectionCard(region = REGION): Promise<TestCard> {
  return ordered(
    await issued("inspection", { region }),
    { type: "inspection", meter: ANY_METER, sequence: 0 },
    MASTERS.meter,
  );
}

export async function tariffCard(content = tariffBytes(tariff({ id: 2, prices_milli: [3000] })), sequence = 1) {
  return ordered(await issued("tariff"), { type: "tariff", content, sequence });
}

/** What the meter has written onto a card. */
export async function readBack(held: TestCard): Promise<{ bytes: number[]; said: ReadBack | "none" | undefined }> {
  const link = linkTo(held.card);
  await openCard(link, held.masters, held.uid, held.region, KEY_DESK);
  const bytes = await readFile(link, FILE_READ_BACK, READ_BACK_BYTES);
  fieldLost(held.card);
  return { bytes, said: readReadBack(bytes) };
}

const CREDIT = 0x0c;
const COMMIT = 0xc7;

/** Fills a purse. */
export async function filled(held: TestCard, amount_milli: number): Promise<TestCard> {
  const link = linkTo(held.card);
  await openCard(link, held.masters, held.uid, held.region, KEY_DESK);
  await command(link, CREDIT, [FILE_PURSE, ...lowFirst(amount_milli, 4)], true);
  await command(link, COMMIT, []);
  fieldLost(held.card);
  return held;
}

/** What a purse holds, and has ever paid. */
export async function purse(held: TestCard): Promise<{ value_milli: number; spent_milli: number }> {
  const link = linkTo(held.card);
  await openCard(link, held.masters, held.uid, held.region, KEY_DESK);
  const value = await command(link, GET_VALUE, [FILE_PURSE]);
  const record = await readFile(link, FILE_READ_BACK, 16);
  fieldLost(held.card);
  return { value_milli: Buffer.from(value).readInt32LE(), spent_milli: Buffer.from(record).readUIntBE(1, 6) };
}
