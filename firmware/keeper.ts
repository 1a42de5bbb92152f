/**
 * Keeper: what the meter knows of its own storage: the journal, what is kept in it and what waits for it (keeping.ts).
 */
import type { Account } from "./credit/account";
import type { Tariff } from "./credit/tariff";
import type { History } from "./history";
import type { Journal } from "./journal/journal";
import type { Register } from "./metrology/register";

/** Turns of the customer's lock that are kept at once: anyone can press its keys all day, and flash wears out. */
export const SPARE_MAX = 24;

export const DUE_NONE = 0;
export const DUE_SOON = 1;
export const DUE_NOW = 2;

/**
 * Why nothing is stored. "low_power" passes with the supply, "reset_loop" after an hour; the others need a technician:
 * "damaged" (the memory is not blank and holds no commit that can be read), "worn_out", "geometry" (no such part).
 */
export type Storage = "ok" | "low_power" | "worn_out" | "damaged" | "geometry" | "reset_loop";

/** What stands in the newest commit of something, and the text of its fields. */
export interface Written<Group> {
  values: Group;
  text: string;
}

/** The part of an account that changes once a day. */
export type AccountCalendar = Pick<
  Account,
  "day" | "month" | "paid_day" | "lifeline_day" | "lifeline_today_l" | "lifeline_l"
>;

export interface Keeper {
  /** Register up to which litres are kept, by a commit or a mark. */
  kept_l: number;
  /** Register in the newest commit. */
  commit_l: number;
  commit_part: number;
  storage: Storage;
  journal: Journal | undefined;
  /** What waits to be kept: DUE_NONE, DUE_SOON or DUE_NOW. */
  due: number;
  /** Hours since the last commit. */
  hours: number;
  /** Locks and supply as last kept. */
  locks: number;
  /** Boots since the meter last ran for an hour. */
  resets: number;
  spare: number;
  /** The tariff whose fields in a commit are `tariff_text`; a tariff is never changed, another takes its place. */
  tariff: Tariff | undefined;
  tariff_text: string;
  /** Groups of fields as they were written last (saved_state.ts); undefined before the first commit. */
  register: Written<Register> | undefined;
  calendar: Written<AccountCalendar> | undefined;
  history: Written<History> | undefined;
  /** Id of the pending tariff that is in the archive; 0 for none. */
  pending_id: number;
  months_due: boolean;
  /** It has been said that the memory is worn. */
  worn: boolean;
  /** Time of the commit that the boot found; 0 when it was not known. */
  found_utc_s: number;
}

export function createKeeper(): Keeper {
  return {
    kept_l: 0,
    commit_l: 0,
    commit_part: 0,
    storage: "ok",
    journal: undefined,
    due: DUE_NONE,
    hours: 0,
    locks: -1,
    resets: 0,
    spare: SPARE_MAX,
    tariff: undefined,
    tariff_text: "",
    register: undefined,
    calendar: undefined,
    history: undefined,
    pending_id: 0,
    months_due: false,
    worn: false,
    found_utc_s: 0,
  };
}
