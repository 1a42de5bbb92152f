/**
 * What `curbstop sim card` does: a card from its image or fresh, in a reader until it is taken out.
 */
import { randomBytes } from "node:crypto";
import { loadCard, saveCard } from "../../sim/card/image_file";
import { servePn532, type ServedPn532 } from "../../sim/card/pn532_pty";
import { serveCard, type CardService, type ServedCard } from "../../sim/card/served_card";
import { serveVpcd } from "../../sim/card/vpcd";
import { createDesfireCard, UID_BYTES, type DesfireCard } from "../../sim/desfire/card";
import type { ContactlessCard } from "../../sim/pn532/field";
import { UserError } from "../../sim/scenario/user_error";
import { createCryptoTwin } from "../../sim/twins/crypto";
import type { Context } from "../context";

export interface SimCardOptions {
  reader: "vpcd" | "pn532";
  port?: string;
  host: string;
  image?: string;
  uid?: number[];
  json?: boolean;
}

/** Where Debian's vpcd listens. */
const VPCD_PORT = "35963";
const PORT_MAX = 65535;
/** First byte of every UID that NXP gives (ISO/IEC 7816-6). */
const NXP = 4;

/** The card of the image, or a fresh one. */
function openCard({ image, uid }: SimCardOptions): { card: DesfireCard; is_fresh: boolean } {
  const crypto = createCryptoTwin();
  const random = { bytes: (length: number) => [...randomBytes(length)] };
  const kept = image === undefined ? undefined : loadCard(image, crypto, random);
  if (kept === undefined) {
    return { card: createDesfireCard(crypto, random, uid ?? [NXP, ...randomBytes(UID_BYTES - 1)]), is_fresh: true };
  }
  if (uid !== undefined) throw new UserError("--uid is for a card that is made (leave it out, or --image)");
  return { card: kept, is_fresh: false };
}

function vpcdPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > PORT_MAX)
    throw new UserError(`--port ${text}: vpcd has a TCP port, 1 to ${PORT_MAX}`);
  return port;
}

/** The card at the antenna of a PN532 on a serial device, until the other end goes away. */
function pn532Service(path: string, card: ServedCard): CardService {
  let end: () => void = () => undefined;
  let fail: (reason: Error) => void = () => undefined;
  const ended = new Promise<void>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  const contactless = {
    uid: [...card.uid],
    respond: (apdu: number[]): number[] => {
      try {
        return card.respond(apdu);
      } catch (error) {
        // A card that cannot be saved has not answered.
        fail(error as Error);
        return [];
      }
    },
    field_lost: () => card.lose_field(),
  };
  const service = openPn532(path, contactless, end);
  return {
    ended,
    stop: () => {
      service.close();
      end();
    },
  };
}

function openPn532(path: string, card: ContactlessCard, on_end: () => void): ServedPn532 {
  try {
    return servePn532(path, card, on_end);
  } catch (error) {
    throw new UserError(`--port ${path}: ${(error as Error).message}`);
  }
}

/** Puts a card into a reader: the service, and the place in words. */
type Insert = (options: SimCardOptions, card: ServedCard) => Promise<[CardService, string]>;

const READERS: Record<SimCardOptions["reader"], Insert> = {
  vpcd: async ({ host, port = VPCD_PORT }, card) => {
    const number = vpcdPort(port);
    return [await serveVpcd(host, number, card), `${host}:${number}`];
  },
  pn532: ({ port }, card) => {
    if (port === undefined) throw new UserError("--reader pn532 needs --port PTY (one end of a pair made by socat)");
    return Promise.resolve([pn532Service(port, card), port]);
  },
};

export async function simCard(options: SimCardOptions, context: Context): Promise<void> {
  const { output } = context;
  const { image, reader } = options;
  const { card, is_fresh } = openCard(options);
  const save = (): void => {
    if (image !== undefined) saveCard(image, card);
  };
  const served = serveCard(card, save);
  const [service, place] = await READERS[reader](options, served);
  const { uid, counts } = served;
  const uid_text = Buffer.from(uid).toString("hex");
  const say = (event: object, words: string): void =>
    output.out(options.json === true ? JSON.stringify(event) + "\n" : words);

  const stop = (): void => service.stop();
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  try {
    // A fresh card's UID stays, even when nothing is written to it.
    if (is_fresh) save();
    say({ event: "inserted", reader, place, uid: uid_text, image }, `card ${uid_text} is in ${reader} at ${place}\n`);
    await service.ended;
  } finally {
    service.stop();
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
  const saved = image === undefined ? "" : `, ${counts.saves} changes saved in ${image}`;
  say({ event: "removed", ...counts }, `card ${uid_text} is out: ${counts.commands} commands${saved}\n`);
}
