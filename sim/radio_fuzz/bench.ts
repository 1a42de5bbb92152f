/**
 * Bench: a meter in service on twins, whose modem sends at once and hands over every frame, window or not; the meter's own limit
 * of messages in a window is what a fuzz has to live with.
 */
import { createHash } from "node:crypto";
import { bytesText } from "../../firmware/card/bytes";
import { NO_LIMIT_L } from "../../firmware/credit/tariff";
import { commission, start } from "../../firmware/index";
import { attachRadio } from "../../firmware/radio/station";
import type { RadioSettings } from "../../firmware/radio/radio_settings";
import type { Settings } from "../../firmware/settings";
import { blankSettings } from "../../firmware/settings";
import type { Meter } from "../../firmware/state";
import { freshSurroundings } from "../card_torture/stand";
import { createFastCrypto } from "../card_torture/fast_crypto";
import { bootOn, createDock, passOn, surround, type Dock } from "../torture/dock";
import { createNvmTwin } from "../twins/nvm";
import { nvmGeometry, NVM_DEFAULT } from "../twins/nvm_parts";
import { createEvent, scheduleEvent } from "../world/queue";

export const METER = "600100000000000017";
export const REGION = "600100";
export const UTILITY = 7;
const START_UTC_S = 1_551_654_000;
const INTERVAL_S = 300;
const DAY_S = 86_400;

const SETTINGS: Settings = {
  ...blankSettings(),
  meter_number: METER,
  region: REGION,
  pulse_litres: 1,
  pulse_pulses: 1,
  q3_l_h: 2500,
  burst_permille: 300,
  flow_max_l_h: 6250,
  utc_offset_min: 60,
  battery_empty_mv: 3000,
  tamper_shuts: true,
};

export interface Bench {
  dock: Dock;
  meter: Meter;
  /** Telegrams that the meter has sent. */
  sent: number;
  /** A frame arrives. */
  arrive: (frame: number[]) => void;
}

/** So long that a report is sent, and a window begins. */
export function passInterval(bench: Bench): void {
  const { sent } = bench;
  // A message may have made the interval longer, up to a day.
  for (let waited_s = 0; bench.sent === sent && waited_s <= DAY_S; waited_s += INTERVAL_S) {
    passOn(bench.dock, INTERVAL_S * 1000 + 100);
  }
}

export function createBench(radio: RadioSettings, voucher_key: readonly number[]): Bench {
  const nvm = createNvmTwin(nvmGeometry(NVM_DEFAULT));
  const around = freshSurroundings(SETTINGS, START_UTC_S);
  const tariff = { id: 1, start_utc_s: 0, standing_milli: 0, limits_l: [NO_LIMIT_L], prices_milli: [1000] };
  const dock = createDock(around, SETTINGS, tariff, nvm);
  surround(dock, around);
  const sha256 = (data: number[]): number[] => [...createHash("sha256").update(Uint8Array.from(data)).digest()];
  let notify: (frame: number[], rssi_dbm: number) => void = () => undefined;
  let bench: Bench | undefined = undefined;
  dock.hal = {
    ...dock.hal,
    crypto: { ...createFastCrypto(), sha256 },
    radio: {
      frame_max_bytes: 255,
      send: (_frame, done) => {
        if (bench !== undefined) bench.sent += 1;
        callLater(dock, () => done("sent"));
        return "started";
      },
      listen: () => undefined,
      on_frame: (listener) => (notify = listener),
    },
  };
  const meter = bootOn(dock, nvm);
  if (meter === undefined) throw new Error("the fuzz's meter boots");
  const fault = attachRadio(meter, radio);
  if (fault !== "") throw new Error(`the fuzz's radio is refused: ${fault}`);
  start(meter);
  meter.card.books.utility = UTILITY;
  meter.card.books.voucher_key = bytesText([...voucher_key]);
  commission(meter, 1_000_000);
  bench = { dock, meter, sent: 0, arrive: (frame) => notify(frame, -70) };
  passInterval(bench);
  return bench;
}

/** Calls back from the queue, as a modem does. */
function callLater(dock: Dock, run: () => void): void {
  scheduleEvent(dock.queue, createEvent(run), dock.queue.now_ms + 10);
}
