/**
 * Benches: a port together with what a test must be able to do to the hardware behind it. Whoever makes a driver makes
 * a bench for it: the twins' stand in twins.ts, a board's beside its driver's tests.
 */
import type { Buzzer } from "../../hal/buzzer";
import type { CardReader } from "../../hal/card_reader";
import type { Clock } from "../../hal/clock";
import type { Crypto } from "../../hal/crypto";
import type { Display } from "../../hal/display";
import type { Engine, EngineFault } from "../../hal/engine";
import type { FirmwareSlots } from "../../hal/firmware_slots";
import type { FlowSensor } from "../../hal/flow_sensor";
import type { Keypad } from "../../hal/keypad";
import type { Nvm } from "../../hal/nvm";
import type { Power } from "../../hal/power";
import type { Radio } from "../../hal/radio";
import type { Random } from "../../hal/random";
import type { ServicePort } from "../../hal/service_port";
import type { Tamper, TamperInput } from "../../hal/tamper";
import type { Timer } from "../../hal/timer";
import type { Valve } from "../../hal/valve";
import type { Watchdog } from "../../hal/watchdog";

interface Bench<Port> {
  port: Port;
  /** Lets time pass, with all that the hardware does in it. */
  pass: (span_ms: number) => void;
}

export interface Benches {
  flow: Bench<FlowSensor> & {
    /** A sensor without direction, whose reverse count is 0 for ever: no test runs it backward. */
    undirected?: boolean;
    /** Water for so many pulses runs; backward when negative. */
    run: (pulses: number) => void;
    set_empty: (empty: boolean) => void;
    set_cut: (cut: boolean) => void;
    /** The meter loses its power, and has it again. */
    off: () => void;
    on: () => void;
  };
  valve: Bench<Valve>;
  clock: Bench<Clock> & { lose: () => void };
  /** `restart`: the power is gone for a while; the port of the next boot. */
  timer: Bench<Timer> & { restart: (off_ms: number) => Timer };
  power: Bench<Power> & { set_supply: (supply_mv: number) => void; brown_out: (low: boolean) => void };
  tamper: Bench<Tamper> & { set: (input: TamperInput, active: boolean) => void };
  display: Bench<Display> & { seen: () => { text: string; annunciators: string } };
  keypad: Bench<Keypad> & { press: (key: string) => void };
  buzzer: Bench<Buzzer>;
  service: Bench<ServicePort> & { type: (bytes: number[]) => void; written: () => number[] };
  watchdog: Bench<Watchdog> & {
    was_reset: () => boolean;
    /** The meter is reset and boots again. */
    restart: (by: "watchdog" | "power") => void;
  };
  random: Bench<Random>;
  crypto: Bench<Crypto>;
  nvm: Bench<Nvm>;
  card: Bench<CardReader> & { insert: (uid: number[]) => void; remove: () => void };
  radio: Bench<Radio> & {
    /** A frame arrives; `lag_ms` passes in it, until it has come from the modem to the port. */
    arrive: (frame: number[]) => void;
    lag_ms: number;
    /** A whole frame of the kind that this modem takes, a different one for each number; and one of the longest. */
    frame: (number: number) => number[];
    longest: number[];
  };
  engine: Bench<Engine> & { raise: (fault: EngineFault) => void };
  /** `restarts`: how often the board has been started anew. */
  firmware_slots: Bench<FirmwareSlots> & { restarts: () => number };
}

export type PortName = keyof Benches;
