/**
 * What one meter needs, in an envelope of its own for the one who loads it into a board. As JSON:
 *
 *   region   six digits
 *   meter    MeterPAN, 18 digits
 *   keys     {voucher, card_meter, radio, transport: {revision, key}}, each 16 bytes in hexadecimal
 *
 *   signing  {revision, public_key}, the region's public key for signed messages (firmware/crypto/lms.ts) in hexadecimal;
 *            left out where the region has none
 *   update   {revision, public_key}, the same of its update key (firmware/update/); exports from before have none
 *            both with `next`, where it was given: the public key of the next revision, whose seed is in no store of this
 *            one's machine (README.md, "A signing machine is lost")
 *
 *   lorawan  {revision, key}, the AppKey of a LoRaWAN modem; exports from before have none, and none has a group's keys
 *
 *   tokens   what the meter needs for its tokens (tools/token/board_tokens.ts); exports from before have none
 *
 * The first three are derived (derive.ts); `revision` is that of the region's key behind it. The transport key is the
 * region's own and the same in all fresh meters: a meter forgets it when it is commissioned, because who opens a fresh
 * one can commission others. Nothing in here mints credit for another meter.
 */
import { z } from "zod";
import {
  BOARD_TOKENS,
  boardTokensOf,
  firstTid,
  plainTokens,
  sameTokens,
  type BoardTokenWishes,
  type BoardTokens,
} from "../token/board_tokens";
import { hexKey, parseContent } from "./content";
import { cardMeterMaster, lorawanAppKey, radioMasterKey, voucherKey } from "./derive";
import { BOARD_FORMAT, sealEnvelope } from "./envelope";
import { KeyError } from "./key_error";
import { REVISION_MAX, SIGNING_KINDS, SIGNING_REVISION_MAX, isMeter, isRegion, type SigningKind } from "./names";
import type { KeyRing } from "./ring";
import type { Secret } from "./secret";
import { signingRevisions } from "./signing";

const BOARD_KEY_BYTES = 16;
const PUBLIC_KEY_MAX_DIGITS = 128;

export const BOARD_KEY_NAMES = ["voucher", "card_meter", "radio", "transport"] as const;
export type BoardKeyName = (typeof BOARD_KEY_NAMES)[number];

export interface BoardKey {
  readonly revision: number;
  readonly key: Secret;
}

/** What a meter verifies signed messages, or updates, with. */
export interface BoardSigning {
  readonly revision: number;
  readonly public_key: string;
  readonly next?: string | undefined;
}

export interface BoardKeys {
  readonly region: string;
  readonly meter: string;
  readonly signing?: BoardSigning | undefined;
  readonly update?: BoardSigning | undefined;
  readonly keys: Readonly<Record<BoardKeyName, BoardKey>>;
  readonly lorawan?: BoardKey | undefined;
  readonly tokens?: BoardTokens | undefined;
}

function boardKey(revision_max: number): z.ZodType<BoardKey> {
  return z.strictObject({ revision: z.int().min(1).max(revision_max), key: hexKey(BOARD_KEY_BYTES) });
}

const publicDigits = z
  .string()
  .max(PUBLIC_KEY_MAX_DIGITS)
  .regex(/^([0-9a-f]{2})+$/);

const PUBLIC_KEY: z.ZodType<BoardSigning> = z.strictObject({
  revision: z.int().min(1).max(SIGNING_REVISION_MAX),
  public_key: publicDigits,
  next: publicDigits.optional(),
});

const CONTENT = z.strictObject({
  region: z.string().refine(isRegion),
  meter: z.string().refine(isMeter),
  keys: z.strictObject({
    voucher: boardKey(REVISION_MAX.vending),
    card_meter: boardKey(REVISION_MAX.card),
    radio: boardKey(REVISION_MAX.radio),
    transport: boardKey(REVISION_MAX.transport),
  }),
  signing: PUBLIC_KEY.optional(),
  update: PUBLIC_KEY.optional(),
  lorawan: boardKey(REVISION_MAX.radio).optional(),
  tokens: BOARD_TOKENS.optional(),
});

/** Of which day, and with what wishes, the tokens' part of a meter is. */
export interface BoardTokenOrder extends BoardTokenWishes {
  readonly first_tid?: number;
}

/** Public keys of the next revisions, in hexadecimal. */
export type NextPublicKeys = Partial<Record<SigningKind, string | undefined>>;

/** The region's current public key of a kind, with the next one; undefined where there is none. */
export function publicKeyOf(
  { signing }: KeyRing,
  region: string,
  kind: SigningKind,
  next?: string,
): BoardSigning | undefined {
  const key = signingRevisions(signing, region, kind).at(-1);
  if (key === undefined) {
    if (next === undefined) return undefined;
    throw new KeyError("key_unknown", `region ${region} has no ${kind} key in this store, so there is no next one`);
  }
  const { revision, public_key } = key;
  if (signing.some((one) => one.public_key === next)) {
    const why = "what takes this store's machine takes it too: give the public key of another store";
    throw new KeyError("conflict", `the next ${kind} key of region ${region} is in this very store (${why})`);
  }
  return next === undefined ? { revision, public_key } : { revision, public_key, next };
}

/** The keys of one meter, from the current ones of its region or from the revisions that are given. */
export function boardKeysOf(
  ring: KeyRing,
  region: string,
  meter: string,
  revisions: Partial<Record<BoardKeyName, number>> = {},
  order: BoardTokenOrder = {},
  next: NextPublicKeys = {},
): BoardKeys {
  const of = (kind: "vending" | "card" | "radio" | "transport", revision: number | undefined) =>
    revision === undefined ? ring.current(region, kind) : ring.revision(region, kind, revision);
  const vending = of("vending", revisions.voucher);
  const card = of("card", revisions.card_meter);
  const radio = of("radio", revisions.radio);
  const transport = of("transport", revisions.transport);
  const keys = {
    voucher: { revision: vending.revision, key: voucherKey(vending, meter) },
    card_meter: { revision: card.revision, key: cardMeterMaster(card) },
    radio: { revision: radio.revision, key: radioMasterKey(radio, meter) },
    transport: { revision: transport.revision, key: transport.key },
  };
  const tokens = boardTokensOf(vending, meter, order, order.first_tid ?? firstTid(vending, new Date()));
  const [signing, update] = SIGNING_KINDS.map((kind) => publicKeyOf(ring, region, kind, next[kind]));
  const lorawan = { revision: radio.revision, key: lorawanAppKey(radio, meter) };
  return { region, meter, keys, tokens, lorawan, signing, update };
}

/** The text of the envelope. */
export async function sealBoardKeys(board: BoardKeys, passphrase: Secret, scrypt_n?: number): Promise<string> {
  const plainKey = ({ revision, key }: BoardKey) => ({ revision, key: key.buffer().toString("hex") });
  const plain = BOARD_KEY_NAMES.map((name) => [name, plainKey(board.keys[name])]);
  const content = {
    region: board.region,
    meter: board.meter,
    keys: Object.fromEntries(plain) as object,
    signing: board.signing,
    update: board.update,
    lorawan: board.lorawan === undefined ? undefined : plainKey(board.lorawan),
    tokens: board.tokens === undefined ? undefined : plainTokens(board.tokens),
  };
  return sealEnvelope(BOARD_FORMAT, Buffer.from(JSON.stringify(content)), passphrase, scrypt_n);
}

/** The keys in an opened envelope. */
export function boardKeysIn(content: Buffer, source: string): BoardKeys {
  const parsed = CONTENT.safeParse(parseContent(content));
  if (parsed.success) return parsed.data;
  throw new KeyError("damaged", `${source}: its content is not the keys of one meter (export it again)`);
}

/** Whether the public key of a kind is that of this ring's revision of it. */
function isOurPublicKey(board: BoardKeys, ring: KeyRing, kind: SigningKind): boolean {
  const theirs = board[kind];
  if (theirs === undefined) return true;
  const ours = signingRevisions(ring.signing, board.region, kind).find(({ revision }) => revision === theirs.revision);
  return ours?.public_key === theirs.public_key;
}

/** Names of the keys that are not those which this ring gives for the same meter and revisions. */
export function foreignKeys(board: BoardKeys, ring: KeyRing): (BoardKeyName | "lorawan" | "tokens" | SigningKind)[] {
  const revisions = Object.fromEntries(BOARD_KEY_NAMES.map((name) => [name, board.keys[name].revision]));
  const { ea, ti, tables, first_tid, paygo } = board.tokens ?? {};
  const order = { ea, ti, tables, paygo_unit: paygo?.unit, ...(first_tid === undefined ? {} : { first_tid }) };
  const ours = boardKeysOf(ring, board.region, board.meter, revisions, order);
  const foreign = BOARD_KEY_NAMES.filter((name) => !ours.keys[name].key.equals(board.keys[name].key));
  const { tokens, lorawan } = board;
  // Its revision is that of the radio's.
  const is_our_lorawan = lorawan === undefined || ours.lorawan?.key.equals(lorawan.key) === true;
  const is_our_tokens = tokens === undefined || (ours.tokens !== undefined && sameTokens(tokens, ours.tokens));
  return [
    ...foreign,
    ...(is_our_lorawan ? [] : ["lorawan" as const]),
    ...(is_our_tokens ? [] : ["tokens" as const]),
    ...SIGNING_KINDS.filter((kind) => !isOurPublicKey(board, ring, kind)),
  ];
}
