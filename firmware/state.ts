/**
 * State: everything one meter knows, as one record of the rooms' records. The functions around it are in metering.ts,
 * supervision.ts, requests.ts and the rooms; meter.ts wires them to the ports.
 */
import type { Hal } from "../hal/hal";
import type { Annex } from "./annex";
import type { CardState } from "./card/card_state";
import type { Account } from "./credit/account";
import type { DisplayState } from "./display/display";
import type { EngineWatch } from "./engine_watch";
import type { EventLog } from "./event_log";
import { logEvent } from "./event_log";
import type { History } from "./history";
import type { Keeper } from "./keeper";
import { DUE_SOON } from "./keeper";
import type { Flow } from "./metrology/flow";
import type { InfoCodes } from "./metrology/info_codes";
import type { Register } from "./metrology/register";
import type { Schedule } from "./schedule";
import type { Settings } from "./settings";
import type { MeterTokens } from "./token/meter_tokens";
import type { ShortCode } from "./token/short_codes";
import type { ShutReasons } from "./valve/reasons";
import type { Supervisor } from "./valve/supervisor";

export interface Meter {
  hal: Hal;
  register: Register;
  flow: Flow;
  account: Account;
  /** Commissioned, and the valve not shut: water is simply charged. Otherwise each litre needs a look. */
  plain: boolean;
  settings: Settings;
  /** Second (UTC) from which `passTime` is due; NEVER while the clock is not valid. */
  boundary_utc_s: number;
  /** Before this monotonic time the boundary cannot have come, and a pulse need not read the clock. */
  guard_ms: number;
  shown: DisplayState;

  info: InfoCodes;
  sensor: "ok" | "cable_cut" | "impossible_rate";
  reasons: ShutReasons;
  supervisor: Supervisor;
  /** Litres counted since the valve reported shut; -1 while it is not shut. */
  shut_l: number;
  flow_while_shut: boolean;
  /** The brown-out warning stands. */
  brown_out: boolean;
  /** Supply at which a valve that was shut for want of it may open again. */
  battery_back_mv: number;
  /** The present turn of the lifeline's duty cycle. */
  duty_open: boolean;
  /** As last logged. */
  was_cut: boolean;
  short_code: ShortCode;
  tokens: MeterTokens;
  schedule: Schedule;
  /** The handler of the alarm, made once at boot. */
  on_alarm: () => void;
  /** Sets the listeners of all ports. */
  listen: () => void;
  /** The deadline that the timer port holds. */
  armed_ms: number;
  /** Bytes of an unfinished line at the service port. */
  service_line: string;
  log: EventLog;
  history: History;
  keeper: Keeper;
  engine_watch: EngineWatch;
  card: CardState;
  annex: Annex;
}

/** A clock that shows less (2000-01-01) or more (2^36) has lost the time, whatever it says. */
export const UTC_MIN_S = 946684800;
export const UTC_MAX_S = 68719476736;

/** The clock's time, UTC; 0 while it is not valid. */
export function validTime(meter: Meter): number {
  const utc_s = meter.hal.clock.now_utc_s();
  return utc_s >= UTC_MIN_S && utc_s <= UTC_MAX_S ? utc_s : 0;
}

/** Logs an event at the clock's present time. It goes into the journal with the next commit, within hours. */
export function note(meter: Meter, code: string, value: number): void {
  meter.keeper.due = Math.max(meter.keeper.due, DUE_SOON);
  logEvent(meter.log, validTime(meter), code, value);
}
