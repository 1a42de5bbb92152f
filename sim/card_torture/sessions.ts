/**
 * Sessions: each kind of card in front of a meter that is ready for it, with what the model knows by hand: where the
 * meter stands before and after, whether its valve is open, and what the glass says.
 */
import { FILE_ORDER, FILE_VOUCHER } from "../../firmware/card/files";
import type { CardType } from "../../firmware/card/files";
import type { Commissioning } from "../../firmware/card/content";
import { tariffBytes } from "../../firmware/card/content";
import { ANY_METER } from "../../firmware/card/order";
import type { Order } from "../../firmware/card/order";
import type { Voucher } from "../../firmware/card/voucher";
import type { Tariff } from "../../firmware/credit/tariff";
import { NO_LIMIT_L } from "../../firmware/credit/tariff";
import { lockRemotely } from "../../firmware/index";
import type { Settings } from "../../firmware/settings";
import { blankSettings } from "../../firmware/settings";
import type { DesfireCard } from "../desfire/card";
import { passOn } from "../torture/dock";
import { setTamper } from "../twins/tamper";
import {
  FIRST_MASTERS,
  MASTERS,
  METER,
  REGION,
  TRANSPORT_KEY,
  UTILITY,
  VOUCHER_KEY,
  commissioningOrder,
  issueCard,
  order,
  setFile,
  uidOf,
  voucher,
} from "./made_cards";
import type { Stand } from "./stand";
import { letValveMove, present } from "./stand";
import type { Standing } from "./standing";
import { tariffText } from "./standing";

/** Monday 4 March 2019, 08:00 in Rome: no day, month or friendly hour ends while a torture runs. */
export const START_UTC_S = 1551654000 + 8 * 3600;
const MONTH_S = 30 * 86400;
const HOUR_MS = 3600000;
const OPENING_MILLI = 100_000;
const EMERGENCY_MILLI = 50_000;

/** A household meter in Rome. */
export const SETTINGS: Settings = {
  ...blankSettings(),
  meter_number: METER,
  region: REGION,
  transport_key: TRANSPORT_KEY,
  pulse_litres: 1,
  pulse_pulses: 1,
  q3_l_h: 2500,
  burst_permille: 300,
  flow_max_l_h: 6250,
  utc_offset_min: 60,
  dst_shift_min: 60,
  dst_start_month: 3,
  dst_start_week: 5,
  dst_start_minute: 120,
  dst_end_month: 10,
  dst_end_week: 5,
  dst_end_minute: 180,
  low_credit_milli: 200_000,
  emergency_milli: EMERGENCY_MILLI,
  battery_empty_mv: 3000,
  tamper_shuts: true,
};

function tariff(id: number, start_utc_s: number, prices_milli: number[]): Tariff {
  const limits_l = prices_milli.map((_, block) => (block + 1 < prices_milli.length ? 1000 * (block + 1) : NO_LIMIT_L));
  return { id, start_utc_s, standing_milli: 0, limits_l, prices_milli };
}

/** What a meter begins with, what its commissioning brings, and what tariff cards bring. */
export const FIRST_TARIFF = tariff(1, 0, [1000]);
const OWN_TARIFF = tariff(9, 0, [7000, 8000]);
const NEW_TARIFF = tariff(10, 0, [3000]);
const LATER_TARIFF = tariff(11, START_UTC_S + MONTH_S, [5000, 6000, 9000]);

const NEW_METER: Standing = {
  commissioned: false,
  keys: "none",
  utility: 0,
  tariff: tariffText(FIRST_TARIFF),
  pending: "",
  balance_milli: 0,
  credited_milli: 0,
  debt_milli: 0,
  generation: 0,
  sequence: 0,
  cumulative_milli: 0,
  order_sequence: 0,
  tamper: false,
  remote_lock: false,
};

function inService(opening_milli: number): Standing {
  return {
    ...NEW_METER,
    commissioned: true,
    keys: "own",
    utility: UTILITY,
    tariff: tariffText(OWN_TARIFF),
    balance_milli: opening_milli,
    credited_milli: opening_milli,
  };
}

export interface CardSessionType {
  name: string;
  /** Brings a new meter to where the session begins, and hands out the card. */
  prepare: (stand: Stand) => DesfireCard;
  before: Standing;
  after: Standing;
  open_before: boolean;
  open_after: boolean;
  /** The glass, when the meter stands before it and when it stands after it. */
  says: string;
  says_again: string[];
  /** Whether every whole presentation leaves a read-back on the card. */
  reads_back: boolean;
  /** The supply is too low for the memory while the meter boots. */
  weak_boot: boolean;
}

export function commissioningCard(said: Partial<Commissioning> = {}, number = 1): DesfireCard {
  const uid = uidOf(number);
  const card = issueCard({
    type: "commissioning",
    region: REGION,
    masters: FIRST_MASTERS,
    uid,
    card: number,
    generation: 1,
  });
  const content = {
    voucher_key: VOUCHER_KEY,
    card_key: MASTERS.meter,
    opening_milli: OPENING_MILLI,
    generation: 0,
    sequence: 0,
    cumulative_milli: 0,
    tariff: OWN_TARIFF,
    ...said,
  };
  setFile(card, FILE_ORDER, commissioningOrder(uid, content));
  return card;
}

export function userCard(said: Partial<Voucher> = {}, number = 2): DesfireCard {
  const uid = uidOf(number);
  const generation = said.generation ?? 1;
  const card = issueCard({ type: "user", region: REGION, masters: MASTERS, uid, card: number, generation });
  setFile(card, FILE_VOUCHER, voucher(uid, said));
  return card;
}

export function orderCard(type: CardType, said: Partial<Order> = {}, signed_by = VOUCHER_KEY, number = 3): DesfireCard {
  const uid = uidOf(number);
  const card = issueCard({ type, region: REGION, masters: MASTERS, uid, card: number, generation: 1 });
  setFile(card, FILE_ORDER, order(uid, { type, ...said }, signed_by));
  return card;
}

/** Puts a new meter into service, and lets it run for an hour. */
function commissioned(stand: Stand, opening_milli: number): void {
  present(stand, commissioningCard({ opening_milli }));
  passOn(stand.dock, HOUR_MS + 60000);
}

/** The card of a household that has topped up once. */
function usedCard(stand: Stand): DesfireCard {
  const card = userCard();
  present(stand, card);
  return card;
}

const TAKEN_ONCE: Standing = {
  ...inService(OPENING_MILLI),
  balance_milli: OPENING_MILLI + 500_000,
  credited_milli: OPENING_MILLI + 500_000,
  generation: 1,
  sequence: 1,
  cumulative_milli: 500_000,
};

interface Sketch extends Partial<CardSessionType> {
  name: string;
  prepare: (stand: Stand) => DesfireCard;
}

function sessionType(sketch: Sketch): CardSessionType {
  const before = sketch.before ?? inService(OPENING_MILLI);
  return {
    before,
    after: before,
    open_before: true,
    open_after: true,
    says: "CARD OK",
    says_again: ["USED"],
    reads_back: true,
    weak_boot: false,
    ...sketch,
  };
}

function readOut(name: CardType, said: Partial<Order>, signed_by: number[]): CardSessionType {
  return sessionType({
    name,
    prepare: (stand) => {
      commissioned(stand, OPENING_MILLI);
      return orderCard(name, said, signed_by);
    },
    says: "READ OK",
    says_again: ["READ OK"],
  });
}

const COMMISSIONING = sessionType({
  name: "commissioning",
  prepare: (stand) => {
    passOn(stand.dock, HOUR_MS + 60000);
    return commissioningCard();
  },
  before: NEW_METER,
  after: inService(OPENING_MILLI),
  open_before: false,
  says_again: ["INST"],
  // A meter in service says so before it has looked into the card.
  reads_back: false,
});

const FIRST_TOP_UP = sessionType({
  name: "first_top_up",
  prepare: (stand) => {
    commissioned(stand, 0);
    return userCard();
  },
  before: inService(0),
  after: {
    ...inService(0),
    balance_milli: 500_000,
    credited_milli: 500_000,
    generation: 1,
    sequence: 1,
    cumulative_milli: 500_000,
  },
  open_before: false,
  says: "+   5.00",
  says_again: ["USED", "CARD OK"],
});

const TOP_UP = sessionType({
  name: "top_up",
  prepare: (stand) => {
    commissioned(stand, OPENING_MILLI);
    const card = usedCard(stand);
    setFile(card, FILE_VOUCHER, voucher(card.uid, { sequence: 2, cumulative_milli: 650_000 }));
    return card;
  },
  before: TAKEN_ONCE,
  after: {
    ...TAKEN_ONCE,
    balance_milli: OPENING_MILLI + 650_000,
    credited_milli: OPENING_MILLI + 650_000,
    sequence: 2,
    cumulative_milli: 650_000,
  },
  says: "+   1.50",
  says_again: ["USED", "CARD OK"],
});

const TAKEN_ALREADY = sessionType({
  name: "taken_already",
  prepare: (stand) => {
    commissioned(stand, OPENING_MILLI);
    return usedCard(stand);
  },
  before: TAKEN_ONCE,
  says: "USED",
});

const REPLACEMENT = sessionType({
  name: "replacement",
  prepare: (stand) => {
    commissioned(stand, OPENING_MILLI);
    usedCard(stand);
    return userCard({ generation: 2, sequence: 2, cumulative_milli: 700_000 }, 4);
  },
  before: TAKEN_ONCE,
  after: {
    ...TAKEN_ONCE,
    balance_milli: OPENING_MILLI + 700_000,
    credited_milli: OPENING_MILLI + 700_000,
    generation: 2,
    sequence: 2,
    cumulative_milli: 700_000,
  },
  says: "+   2.00",
  says_again: ["USED", "CARD OK"],
});

function tariffSession(name: string, brought: Tariff, changed: Partial<Standing>, weak_boot: boolean): CardSessionType {
  return sessionType({
    name,
    prepare: (stand) => {
      commissioned(stand, OPENING_MILLI);
      return orderCard("tariff", { content: tariffBytes(brought) });
    },
    after: { ...inService(OPENING_MILLI), order_sequence: 1, ...changed },
    weak_boot,
  });
}

const EMERGENCY = sessionType({
  name: "emergency",
  prepare: (stand) => {
    commissioned(stand, 0);
    return orderCard("emergency");
  },
  before: inService(0),
  after: { ...inService(0), balance_milli: EMERGENCY_MILLI, debt_milli: EMERGENCY_MILLI, order_sequence: 1 },
  open_before: false,
});

const CLEARING = sessionType({
  name: "clearing",
  prepare: (stand) => {
    commissioned(stand, OPENING_MILLI);
    setTamper(stand.dock.tamper, { on: false, host: SILENT_HOST, queue: stand.dock.queue }, "case", true);
    setTamper(stand.dock.tamper, { on: false, host: SILENT_HOST, queue: stand.dock.queue }, "case", false);
    if (stand.meter !== undefined) lockRemotely(stand.meter, true);
    letValveMove(stand);
    return orderCard("clearing");
  },
  before: { ...inService(OPENING_MILLI), tamper: true, remote_lock: true },
  after: { ...inService(OPENING_MILLI), order_sequence: 1 },
  open_before: false,
});

const SILENT_HOST = { read_line: () => undefined, write_line: () => undefined };

export const SESSION_TYPES: readonly CardSessionType[] = [
  FIRST_TOP_UP,
  TOP_UP,
  TAKEN_ALREADY,
  REPLACEMENT,
  COMMISSIONING,
  readOut("inspection", { meter: ANY_METER, sequence: 0 }, MASTERS.meter),
  readOut("test", {}, VOUCHER_KEY),
  tariffSession("tariff", NEW_TARIFF, { tariff: tariffText(NEW_TARIFF) }, false),
  tariffSession("tariff_later", LATER_TARIFF, { pending: tariffText(LATER_TARIFF) }, false),
  tariffSession("tariff_weak", NEW_TARIFF, { tariff: tariffText(NEW_TARIFF) }, true),
  EMERGENCY,
  CLEARING,
];
