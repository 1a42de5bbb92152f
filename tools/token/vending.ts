/**
 * The vending desk: tokens that are sold. One request id makes one set of tokens, once: asked again, it gives the same.
 *
 * TIDs never repeat for a meter, also across restarts and between processes. Each meter has a journal (journal.ts) and
 * a lock; a token is made with a TID above the last in the journal, its line is forced to the disk, and only then is
 * it shown. What a crash leaves is a token that nobody has seen, in the journal or not; its TID is not used again in
 * the first case, and nobody has had it in the second. Asking again with the same id gives that token.
 *
 * A meter that the desk has not sold to before has the current key of its region, unless it is told otherwise. From a
 * key change on, tokens are made under the new key: the customer keys the change in first.
 */
import path from "node:path";
import type { StaTables } from "../../firmware/crypto/sta";
import { amountField, amountOf, currencyAmount, currencyFields } from "../../firmware/token/amount";
import { CREDIT_MAX_MILLI } from "../../firmware/credit/ledger";
import {
  CLASS_CREDIT,
  CLASS_MANAGEMENT,
  REGISTER_ALL,
  SUB_CLEAR_CREDIT,
  SUB_CLEAR_TAMPER,
  SUB_LEND,
  SUB_LIMIT,
  SUB_WATER,
  SUB_WATER_CURRENCY,
} from "../../firmware/token/block";
import { KEY_TYPE_UNIQUE } from "../../firmware/token/books";
import { EA_MISTY1, EA_STA } from "../../firmware/token/cipher";
import { paygoKey } from "../keys/derive";
import { LOCK_WAIT_MS, withLock } from "../keys/lock";
import { isMeter } from "../keys/names";
import type { KeyRing } from "../keys/ring";
import { makeSecretFolder } from "../keys/secret_file";
import { identifiedToken, keyChangeTokens, randomFour, type TokenKey } from "./building";
import { decoderKey } from "./decoder_key";
import { assertNotExpired } from "./encoding";
import {
  ENTRY,
  REASON_MAX,
  isRequest,
  type Entry,
  type Issued,
  type MeterKey,
  type MeterPaygo,
  type TokenUse,
} from "./entries";
import { Journal } from "./journal";
import { nextPaygoCount, paygoOffer, paygoToken } from "./paygo";
import { claimRequest } from "./requests";
import { tablesFingerprint } from "./tables_file";
import { nextTid } from "./tid";
import { TokenError } from "./token_error";

/** Decoder keys and accounts kept in memory. */
const CACHED_MAX = 10_000;
const TARIFF_INDEX_USUAL = "01";

/** What is asked for, for one meter. */
export interface Order {
  readonly request: string;
  readonly region: string;
  readonly meter: string;
  readonly use: Exclude<TokenUse, "key_change">;
  /** Tenths of a cubic metre, milli-units, or litres an hour; 0 for the rest. */
  readonly amount: number;
  readonly reason: string;
  /** OpenPAYGO instead of STS: water and money only. `unit` of a meter to which none was sold before. */
  readonly paygo?: { readonly unit?: number | undefined } | undefined;
}

/** What a meter's key is to become; what is not given stays, and the revision becomes the current one. */
export interface KeyOrder {
  readonly request: string;
  readonly region: string;
  readonly meter: string;
  readonly reason: string;
  readonly new_region?: string | undefined;
  readonly krn?: number | undefined;
  readonly ti?: string | undefined;
}

export interface Vended {
  readonly issued: Issued;
  /** Under which the tokens are. */
  readonly key: MeterKey;
  /** They were there before: the same request, or an order to hand them out again. */
  readonly repeated: boolean;
}

interface Account {
  readonly journal: Journal<Entry>;
  key: MeterKey | undefined;
  last_tid: number | undefined;
  last_request: string | undefined;
  /** When the desk sold to it first: its OpenPAYGO key comes from then, whatever STS keys it gets later. */
  first_key: MeterKey | undefined;
  paygo: MeterPaygo | undefined;
  paygo_count: number;
  readonly requests: Map<string, { issued: Issued; key: MeterKey }>;
}

export interface VendingOptions {
  readonly now?: () => Date;
  readonly wait_ms?: number;
  readonly tables?: StaTables;
  /** Revision, tariff index and encryption algorithm of a meter that the desk has not sold to before. */
  readonly first?: {
    readonly krn?: number | undefined;
    readonly ti?: string | undefined;
    readonly ea?: MeterKey["ea"] | undefined;
  };
}

/** The records beside a key store. */
export function usualTokensFolder(store: string): string {
  return path.join(path.dirname(store), "tokens");
}

const SUBS: Record<Order["use"], { token_class: number; sub: number; as?: "water" | "money" }> = {
  water: { token_class: CLASS_CREDIT, sub: SUB_WATER },
  money: { token_class: CLASS_CREDIT, sub: SUB_WATER_CURRENCY },
  lend_water: { token_class: CLASS_MANAGEMENT, sub: SUB_LEND, as: "water" },
  lend_money: { token_class: CLASS_MANAGEMENT, sub: SUB_LEND, as: "money" },
  limit: { token_class: CLASS_MANAGEMENT, sub: SUB_LIMIT },
  clear_credit: { token_class: CLASS_MANAGEMENT, sub: SUB_CLEAR_CREDIT },
  clear_tamper: { token_class: CLASS_MANAGEMENT, sub: SUB_CLEAR_TAMPER },
};

/** What the token will say of an amount, which its coding rounds up; undefined when none can. */
export function saidAmount(use: Order["use"], amount: number): number | undefined {
  if (use === "clear_credit" || use === "clear_tamper") return amount === 0 ? 0 : undefined;
  if (!Number.isSafeInteger(amount) || amount < (use === "limit" ? 0 : 1)) return undefined;
  if (use === "money" || use === "lend_money") {
    const fields = currencyFields(amount);
    const said = fields === undefined ? undefined : currencyAmount(fields);
    return said === undefined || said > CREDIT_MAX_MILLI ? undefined : said;
  }
  const field = amountField(amount);
  return field === undefined ? undefined : amountOf(field);
}

/** What stands in the token's amount or value. */
function wordOf(use: Order["use"], amount: number): number {
  return use === "clear_credit" ? REGISTER_ALL : amount;
}

/** Whether a key order asks for this key, as far as it says which. */
function asksFor({ new_region, krn, ti }: KeyOrder, key: MeterKey | null): boolean {
  if (key === null) return false;
  const differs = (asked: string | number | undefined, is: string | number) => asked !== undefined && asked !== is;
  return !differs(new_region, key.region) && !differs(krn, key.krn) && !differs(ti, key.ti);
}

function applyEntry(account: Account, entry: Entry): void {
  if (entry.kind === "key") {
    account.key = entry.key;
    account.first_key ??= entry.key;
    return;
  }
  if (entry.kind === "paygo") account.paygo = entry.paygo;
  if (entry.kind !== "issued") return;
  if (account.key === undefined)
    throw new TokenError("records_damaged", `${account.journal.file}: a token before a key`);
  account.requests.set(entry.request, { issued: entry, key: account.key });
  account.last_request = entry.request;
  if (entry.tid !== null) account.last_tid = entry.tid;
  if (entry.paygo !== undefined) account.paygo_count = entry.paygo.count;
  if (entry.new_key === null) return;
  if (entry.new_key.base !== account.key.base) account.last_tid = undefined;
  account.key = entry.new_key;
}

export class VendingDesk {
  readonly #accounts = new Map<string, Account>();
  readonly #keys = new Map<string, TokenKey>();

  constructor(
    private readonly ring: KeyRing,
    private readonly folder: string,
    private readonly options: VendingOptions = {},
  ) {}

  /** The decoder key of a meter; derived once. */
  tokenKey(meter: string, { region, krn, kt, ti, base, ea, tables: wanted }: MeterKey): TokenKey {
    const { tables } = this.options;
    const given = ea === EA_STA && tables !== undefined ? tablesFingerprint(tables) : null;
    if (given !== wanted) {
      const which = wanted === null ? "the sample tables (leave --tables out)" : `tables ${wanted} (give --tables)`;
      throw new TokenError("wrong_tables", `meter ${meter}: its EA07 tokens are under ${which}`);
    }
    const name = [meter, region, krn, kt, ti, base, ea].join(" ");
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    const vending = this.ring.revision(region, "vending", krn);
    const attributes = { dkga: "04", ea, pan: meter, sgc: region, ti, krn, kt, base } as const;
    const key: TokenKey = { ea, key: decoderKey(vending.key, attributes), tables };
    if (this.#keys.size >= CACHED_MAX) this.#keys.clear();
    this.#keys.set(name, key);
    return key;
  }

  #account(meter: string): Account {
    const known = this.#accounts.get(meter);
    if (known !== undefined) return known;
    if (!isMeter(meter)) {
      throw new TokenError("bad_meter", `${meter}: a meter has 18 digits, the last of which is a check digit`);
    }
    // A hundred folders: a million files in one are slow to find on many systems.
    const folder = path.join(this.folder, "meters", meter.slice(-3, -1));
    makeSecretFolder(folder);
    const journal = new Journal<Entry>(path.join(folder, meter), ENTRY, (entry) => applyEntry(account, entry));
    const account: Account = {
      journal,
      key: undefined,
      last_tid: undefined,
      last_request: undefined,
      first_key: undefined,
      paygo: undefined,
      paygo_count: 0,
      requests: new Map(),
    };
    if (this.#accounts.size >= CACHED_MAX) this.#accounts.clear();
    this.#accounts.set(meter, account);
    return account;
  }

  /** What a meter has that comes from the current key of its region. */
  #keyOf(
    region: string,
    krn: number | undefined,
    ti: string,
    { kt, ea, tables }: Pick<MeterKey, "kt" | "ea" | "tables">,
  ): MeterKey {
    const vending =
      krn === undefined ? this.ring.current(region, "vending") : this.ring.revision(region, "vending", krn);
    const { sts } = vending;
    if (sts === undefined) throw new Error("a vending key has its STS attributes");
    return { region, krn: vending.revision, kt, ti, ken: sts.key_expiry, base: sts.base_date, ea, tables };
  }

  /** Works on a meter's account, which nobody else writes meanwhile. */
  async #locked<Result>(meter: string, work: (account: Account) => Result): Promise<Result> {
    const account = this.#account(meter);
    const locked = (): Promise<Result> => {
      try {
        account.journal.refresh();
        return Promise.resolve(work(account));
      } catch (error) {
        // What was half done is read again from the file.
        this.#accounts.delete(meter);
        throw error;
      }
    };
    return withLock(account.journal.file, async () => locked(), this.options.wait_ms ?? LOCK_WAIT_MS);
  }

  #now(): Date {
    return this.options.now?.() ?? new Date();
  }

  #stamp(meter: string): { at: string; meter: string } {
    return { at: `${this.#now().toISOString().slice(0, 19)}Z`, meter };
  }

  /** The meter's key; written down when the desk has not sold to it before. */
  #meterKey(account: Account, region: string, meter: string): MeterKey {
    const { krn, ti = TARIFF_INDEX_USUAL, ea = EA_MISTY1 } = this.options.first ?? {};
    if (account.key === undefined) {
      const { tables: given } = this.options;
      const tables = ea === EA_STA && given !== undefined ? tablesFingerprint(given) : null;
      const key = this.#keyOf(region, krn, ti, { kt: KEY_TYPE_UNIQUE, ea, tables });
      account.journal.append({ ...this.#stamp(meter), kind: "key", key });
      return key;
    }
    if (account.key.region === region) return account.key;
    const advice = `give --region ${account.key.region}`;
    throw new TokenError(
      "wrong_region",
      `meter ${meter} is in region ${account.key.region}, not ${region} (${advice})`,
    );
  }

  /** The tokens of a request that was answered before, when it asked for the same. */
  #answered(account: Account, request: string, use: TokenUse, amount: number, is_paygo = false): Vended | undefined {
    const known = account.requests.get(request);
    if (known === undefined) return undefined;
    const is_same_family = (known.issued.paygo !== undefined) === is_paygo;
    if (known.issued.use === use && known.issued.amount === amount && is_same_family) {
      account.journal.force();
      return { ...known, repeated: true };
    }
    const was = `${known.issued.use} ${known.issued.amount}${is_same_family ? "" : " of the other family"}`;
    throw new TokenError("request_conflict", `request ${request}: it asked for ${was} before (give a new request id)`);
  }

  #checkRequest({ request, reason }: { request: string; reason: string }): void {
    if (!isRequest(request)) {
      throw new TokenError("bad_input", "a request id is 1 to 64 letters, digits and . _ : -");
    }
    if (reason.length > REASON_MAX) throw new TokenError("bad_input", `a reason has at most ${REASON_MAX} characters`);
  }

  /** How a meter takes OpenPAYGO tokens; what it brings for one was said with the first of them. */
  #paygoUnit({ paygo }: Account, meter: string, unit: number | undefined): number {
    const known = paygo?.unit ?? unit;
    if (known === undefined) {
      const advice = "give --first-unit, litres or 10^-5 currency units, as the meter's settings have it";
      throw new TokenError("bad_input", `meter ${meter}: what does one of an OpenPAYGO value bring? (${advice})`);
    }
    if (unit === undefined || unit === known) return known;
    throw new TokenError("bad_input", `meter ${meter}: its OpenPAYGO unit is ${known}, not ${unit} (leave it out)`);
  }

  /** Makes an OpenPAYGO token that adds water or money, or gives the one that it has made. */
  async #issuePaygo({ paygo, ...order }: Order): Promise<Vended> {
    const { request, region, meter, use, amount, reason } = order;
    if (use !== "water" && use !== "money") {
      throw new TokenError("bad_input", "OpenPAYGO tokens add water or money (what else a meter is told is STS's)");
    }
    return this.#locked(meter, (account) => {
      const answered = this.#answered(account, request, use, amount, true);
      if (answered !== undefined) return answered;
      const unit = this.#paygoUnit(account, meter, paygo?.unit);
      const { value, said } = paygoOffer(use, amount, unit);
      const count = nextPaygoCount(account.paygo_count, meter);
      claimRequest(this.folder, request, meter);
      const key = this.#meterKey(account, region, meter);
      const first = account.first_key ?? key;
      const terms = account.paygo ?? { region: first.region, krn: first.krn, unit };
      if (account.paygo === undefined) account.journal.append({ ...this.#stamp(meter), kind: "paygo", paygo: terms });
      const vending = this.ring.revision(terms.region, "vending", terms.krn);
      const token = paygoToken(paygoKey(vending, meter), count, value);
      const entry = { request, use, amount, said, tid: null, tokens: [token], reason, new_key: null };
      const issued: Issued = { ...this.#stamp(meter), kind: "issued", ...entry, paygo: { count, value } };
      account.journal.append(issued);
      return { issued, key, repeated: false };
    });
  }

  /** Makes the token that an order asks for, or gives the one that it has made. */
  async issue(order: Order): Promise<Vended> {
    const { request, region, meter, use, amount, reason } = order;
    this.#checkRequest(order);
    if (order.paygo !== undefined) return this.#issuePaygo(order);
    const said = saidAmount(use, amount);
    if (said === undefined) throw new TokenError("out_of_range", `${amount}: no ${use} token can say this`);
    return this.#locked(meter, (account) => {
      const answered = this.#answered(account, request, use, amount);
      if (answered !== undefined) return answered;
      claimRequest(this.folder, request, meter);
      const key = this.#meterKey(account, region, meter);
      const tid = nextTid(key.base, this.#now(), account.last_tid);
      assertNotExpired(tid, key.ken, `meter ${meter}: `);
      const word = wordOf(use, amount);
      const token = identifiedToken(this.tokenKey(meter, key), { ...SUBS[use], tid, rnd: randomFour(), amount: word });
      const entry = { request, use, amount, said, tid, tokens: [token], reason, new_key: null };
      const issued: Issued = { ...this.#stamp(meter), kind: "issued", ...entry };
      account.journal.append(issued);
      return { issued, key, repeated: false };
    });
  }

  /** Makes the tokens that bring a meter another key. */
  async changeKey(order: KeyOrder): Promise<Vended> {
    const { request, region, meter, reason } = order;
    this.#checkRequest(order);
    return this.#locked(meter, (account) => {
      const answered = this.#answered(account, request, "key_change", 0);
      if (answered !== undefined && !asksFor(order, answered.issued.new_key)) {
        throw new TokenError(
          "request_conflict",
          `request ${request}: it asked for another key (give a new request id)`,
        );
      }
      if (answered !== undefined) return answered;
      claimRequest(this.folder, request, meter);
      const key = this.#meterKey(account, region, meter);
      const new_key = this.#keyOf(order.new_region ?? region, order.krn, order.ti ?? key.ti, key);
      if (JSON.stringify(new_key) === JSON.stringify(key)) {
        const which = `revision ${key.krn} of region ${key.region}, tariff index ${key.ti}`;
        throw new TokenError("same_key", `meter ${meter} has the key of ${which} already (nothing to change)`);
      }
      const next = this.tokenKey(meter, new_key).key;
      const rolls_over = new_key.base !== key.base;
      const { krn, kt, ti, ken } = new_key;
      const attributes = { key: next, krn, kt, ti, sgc: new_key.region, ken, rolls_over };
      const tokens = keyChangeTokens(this.tokenKey(meter, key), attributes);
      const entry = { request, use: "key_change", amount: 0, said: 0, tid: null, tokens, reason, new_key } as const;
      const issued: Issued = { ...this.#stamp(meter), kind: "issued", ...entry };
      account.journal.append(issued);
      return { issued, key, repeated: false };
    });
  }

  /** The tokens of a request once more, or of the meter's last one; that they were handed out again is written down. */
  async reissue(meter: string, request?: string): Promise<Vended> {
    return this.#locked(meter, (account) => {
      const wanted = request ?? account.last_request;
      const known = wanted === undefined ? undefined : account.requests.get(wanted);
      if (wanted === undefined || known === undefined) {
        const what = wanted === undefined ? "no token was issued for it" : `it has no request ${wanted}`;
        throw new TokenError("request_unknown", `meter ${meter}: ${what} in these records (look for the receipt)`);
      }
      account.journal.append({ ...this.#stamp(meter), kind: "reissued", request: wanted });
      return { ...known, repeated: true };
    });
  }
}
