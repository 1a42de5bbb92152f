/**
 * Tariffs of a session: signed under its key as `curbstop tariff make` and `sign` do, or wrong in one way, and followed by
 * what the meter's telegrams say, as the gateway does.
 *
 * Used leaves are counted in memory, for the key is there no longer than the count: no leaf signs twice.
 */
import { OTHER_REGION, REGION } from "../../sim/card_torture/made_cards";
import type { PushNews, SignedTariff, TariffOrder } from "../../sim/serve/desk";
import { UserError } from "../../sim/scenario/user_error";
import { RADIO_RESULTS, SIGNED_FIRST, SIGNED_REFUSALS } from "../../firmware/radio/radio_results";
import { DEVICE_WATER } from "../../firmware/radio/link";
import { radioId } from "../../firmware/radio/radio_settings";
import { contentBytes } from "../../firmware/radio/signed";
import type { SignedContent } from "../../firmware/radio/signed_content";
import { MANUFACTURER, TELEGRAM_VERSION } from "../../firmware/radio/uplink";
import type { Push } from "../gateway/entries";
import { Ear } from "../gateway/hearing";
import { progressEntry } from "../gateway/rollout";
import { signatureUnder, type MadeKey } from "../lms/key";
import { treeOver, type Tree } from "../lms/tree";
import { table } from "../output";
import { contentOfText } from "../tariff/wish";
import { messageRows } from "../tariff/words";
import { METER } from "./keys";

const TARIFF = "tariff";

function codeName(code: number | undefined): string {
  const number = code ?? 0;
  return (number < SIGNED_FIRST ? RADIO_RESULTS[number] : SIGNED_REFUSALS[number - SIGNED_FIRST]) ?? String(number);
}

function contentOf({ manner, version, start_utc_s, standing_milli, blocks }: TariffOrder): SignedContent {
  const region = manner === "foreign" ? OTHER_REGION : REGION;
  const prices = blocks.map(({ up_to_l, price_milli }) =>
    up_to_l === null ? { price_milli } : { up_to_l, price_milli },
  );
  const start = start_utc_s === 0 ? "now" : start_utc_s;
  return contentOfText(TARIFF, JSON.stringify({ region, version, start, tariff: { standing_milli, blocks: prices } }));
}

/** The content with another standing charge: what a forger has the signature of. */
function otherContent(content: SignedContent): SignedContent {
  if (content.tariff === undefined) throw new Error("a push has a tariff");
  const { standing_milli } = content.tariff;
  return { ...content, tariff: { ...content.tariff, standing_milli: standing_milli === 0 ? 1 : standing_milli - 1 } };
}

export class TariffDesk {
  private readonly tree: Tree;
  private readonly id = radioId(METER);
  private next_leaf = 0;
  private pushes: Push[] = [];
  private count = 0;

  constructor(
    private readonly signing: MadeKey,
    private readonly master_key: number[],
  ) {
    this.tree = treeOver(signing.key, signing.leaves);
  }

  reset(): void {
    this.pushes = [];
  }

  sign(order: TariffOrder, utc_s: number): SignedTariff {
    const content = contentOf(order);
    const bytes = Buffer.from(contentBytes(content));
    const signed_bytes = order.manner === "forged" ? Buffer.from(contentBytes(otherContent(content))) : bytes;
    const signature = this.signature(signed_bytes);
    const push = ++this.count;
    const message = Buffer.concat([bytes, signature]).toString("hex").toUpperCase();
    this.pushes.push({
      ...{ number: push, at: new Date(utc_s * 1000).toISOString(), region: content.region, version: content.version },
      ...{ content: message, meters: [this.id], states: new Map(), frames: 0, airtime_us: 0, stopped: false },
    });
    return { push, words: table(messageRows({ content, signed_bytes: bytes, signature })), message };
  }

  private signature(bytes: Buffer): Buffer {
    const { key } = this.signing;
    if (this.next_leaf >= 2 ** key.parameters.height) {
      throw new UserError(`the session's key has made all its ${this.next_leaf} signatures (start the simulator anew)`);
    }
    return signatureUnder(key, this.tree, this.next_leaf++, bytes);
  }

  follow(frame: readonly number[], utc_s: number, wanted: readonly number[]): PushNews[] {
    // An ear of its own for each: after a snapshot a meter says again what it has said before.
    const address = { manufacturer: MANUFACTURER, id: this.id, version: TELEGRAM_VERSION, device_type: DEVICE_WATER };
    const meters = new Map([[this.id, { address, name: METER, key: this.master_key, next_key: undefined }]]);
    const heard = new Ear(meters).hear([...frame]);
    if (typeof heard === "string") return [];
    const now = new Date(utc_s * 1000);
    const asked = this.pushes.filter(({ number }) => wanted.includes(number));
    return asked.flatMap((push): PushNews[] => {
      const entry = progressEntry(push, heard, now);
      if (entry?.entry !== "progress") return [];
      const { state, code } = entry;
      push.states.set(this.id, { state, code });
      return [{ push: push.number, state, reason: state === "refused" ? codeName(code) : "" }];
    });
  }
}
