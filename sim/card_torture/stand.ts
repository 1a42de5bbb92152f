/**
 * Stand: a meter in front of a card reader, on twins that are made once (sim/torture/dock.ts) and set anew for each boot.
 * What it says to a person is written down: beeps, texts on the glass, and the moment at which the valve is driven.
 */
import type { BuzzerPattern } from "../../hal/buzzer";
import type { ValveDirection } from "../../hal/valve";
import { start } from "../../firmware/index";
import type { Settings } from "../../firmware/settings";
import type { Meter } from "../../firmware/state";
import type { Tariff } from "../../firmware/credit/tariff";
import type { DesfireCard } from "../desfire/card";
import type { Dock, Surroundings } from "../torture/dock";
import { bootOn, createDock, passOn, surround } from "../torture/dock";
import type { CardReaderTwin, ExchangeResult } from "../twins/card_reader";
import { createCardReaderTwin } from "../twins/card_reader";
import { createClockTwin } from "../twins/clock";
import { createFlowSensorTwin } from "../twins/flow_sensor";
import type { NvmTwin } from "../twins/nvm";
import { createPowerTwin } from "../twins/power";
import { createRandomTwin } from "../twins/random";
import { createTamperTwin } from "../twins/tamper";
import { createValveTwin } from "../twins/valve";
import { createQueue } from "../world/queue";
import { crypto } from "./made_cards";

const TRAVEL_MS = 2000;
const SUPPLY_MV = 3600;
/** Longer than any session, and than the valve takes afterwards. */
export const SESSION_MS = 3000;
/** Longer than a message stays on the glass. */
const MESSAGE_MS = 6000;
/** A valve has two tries in this time. */
const VALVE_MS = 2 * (TRAVEL_MS + 2000);

const silence = { on: false, host: { read_line: () => undefined, write_line: () => undefined }, queue: createQueue() };

/** What surrounds a meter that has just been fitted: no water runs, the valve is shut. */
export function freshSurroundings(settings: Settings, utc_s: number): Surroundings {
  const queue = createQueue();
  const valve = createValveTwin(queue, silence, TRAVEL_MS);
  return {
    queue,
    valve,
    flow: createFlowSensorTwin(queue, valve, {
      count_wrap: 65536,
      start_count: 0,
      pulse_litres: settings.pulse_litres,
      pulse_pulses: settings.pulse_pulses,
      survives_power_cut: true,
    }),
    clock: createClockTwin(queue, silence, utc_s),
    power: createPowerTwin(SUPPLY_MV),
    tamper: createTamperTwin(),
  };
}

export interface Stand {
  dock: Dock;
  reader: CardReaderTwin;
  /** Undefined until a boot, and after one that was refused. */
  meter: Meter | undefined;
  /** What the glass showed, and beeps, since the last boot. */
  glass: string;
  beeps: BuzzerPattern[];
  /** Bytes that have crossed the air since the card came, both ways; and how many had when a command was whole. */
  air_bytes: number;
  command_ends: number[];
  /** Told of everything that a person could take for an acknowledgement, before it comes out. */
  on_told: (what: "good" | "plus" | "opens") => void;
  /** Told when the card is pulled, before the meter knows. */
  on_pulled: () => void;
}

function nothing(): void {
  return;
}

/** What a meter does with its valve and its reader, as functions that others can be put before. */
interface Hand {
  drive: (direction: ValveDirection) => "started" | "busy";
}

interface Air {
  transmit: (
    command: number[],
    timeout_ms: number,
    done: (result: ExchangeResult, answer: number[]) => void,
  ) => "started" | "busy" | "absent";
}

function wireVoices(stand: Stand): void {
  const dock = stand.dock;
  const hand: Hand = dock.valve.port;
  const drive = hand.drive;
  hand.drive = (direction) => {
    if (direction === "open") stand.on_told("opens");
    return drive(direction);
  };
  dock.hal = {
    ...dock.hal,
    crypto,
    display: {
      show: (text) => {
        if (text.startsWith("+") && stand.glass !== text) stand.on_told("plus");
        stand.glass = text;
      },
    },
    buzzer: {
      beep: (pattern) => {
        if (pattern === "good") stand.on_told("good");
        stand.beeps.push(pattern);
      },
    },
  };
}

export function createStand(around: Surroundings, settings: Settings, tariff: Tariff, nvm: NvmTwin): Stand {
  const dock = createDock(around, settings, tariff, nvm);
  const stand: Stand = {
    dock,
    reader: createCardReaderTwin(dock.queue, silence),
    meter: undefined,
    glass: "",
    beeps: [],
    air_bytes: 0,
    command_ends: [],
    on_told: nothing,
    on_pulled: nothing,
  };
  wireVoices(stand);
  return stand;
}

/** A reader that counts what crosses the air and tells of a pull. */
function freshReader(stand: Stand): void {
  const twin = createCardReaderTwin(stand.dock.queue, silence);
  const pull = twin.exchange.pulled.run;
  twin.exchange.pulled.run = () => {
    stand.on_pulled();
    pull();
  };
  const air: Air = twin.port;
  const transmit = air.transmit;
  air.transmit = (command, timeout_ms, done) => {
    stand.air_bytes += command.length;
    stand.command_ends.push(stand.air_bytes);
    return transmit(command, timeout_ms, (result, answer) => {
      stand.air_bytes += answer.length;
      done(result, answer);
    });
  };
  stand.reader = twin;
}

/** Gives the power back around this memory: the meter boots and is started. */
export function powerUp(stand: Stand, from: Surroundings, nvm: NvmTwin, seed: number): void {
  surround(stand.dock, from);
  freshReader(stand);
  stand.dock.hal = { ...stand.dock.hal, random: createRandomTwin(seed), card: stand.reader.port };
  stand.glass = "";
  stand.beeps = [];
  stand.air_bytes = 0;
  stand.meter = bootOn(stand.dock, nvm);
  if (stand.meter !== undefined) start(stand.meter);
}

/** Lets the valve come to where it belongs. */
export function letValveMove(stand: Stand): void {
  const moving = (): boolean => stand.meter?.supervisor.phase === "moving";
  for (let turn = 0; turn < 2 && moving(); turn++) passOn(stand.dock, VALVE_MS);
}

/** When and how a card is pulled: after so many bytes, and whether the command that was whole by then is carried out. */
export interface Pull {
  bytes: number;
  done: boolean;
}

/** Holds a card up until its session is over, and takes it away; what the glass said. */
export function present(stand: Stand, card: DesfireCard, pull?: Pull): string {
  stand.air_bytes = 0;
  stand.command_ends = [];
  stand.beeps = [];
  if (pull === undefined) {
    stand.reader.insert_card(card);
  } else {
    // The session begins with the arrival: the first command must already meet the pull.
    const put = stand.reader.exchange.notify;
    stand.reader.exchange.notify = () => {
      stand.reader.pull_after(pull.bytes, pull.done);
      stand.reader.exchange.notify = put;
      put();
    };
    stand.reader.insert_card(card);
  }
  passOn(stand.dock, SESSION_MS);
  const said = stand.glass.trim();
  if (stand.reader.uid.length > 0) stand.reader.remove();
  letValveMove(stand);
  passOn(stand.dock, MESSAGE_MS);
  return said;
}
