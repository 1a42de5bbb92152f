/** What boot refuses, and that a refused meter touches nothing but its display and the service port. */
import assert from "node:assert/strict";
import sinon from "sinon";
import type { Hal } from "../../hal/hal";
import type { Boot } from "../../firmware/meter";
import { boot } from "../../firmware/meter";
import type { Arithmetic } from "../../firmware/self_check";
import { ENGINE_ARITHMETIC } from "../../firmware/self_check";
import type { Settings } from "../../firmware/settings";
import type { Tariff } from "../../firmware/credit/tariff";
import { Rig } from "./rig";
import { settings, tariff } from "./samples";

interface Trial {
  booted: Boot;
  /** Every call of a port's method that does something, as "port.method". */
  touched: string[];
  shown: unknown[][];
  said: string;
}

const READS = ["forward_count", "reverse_count", "empty_pipe", "fault", "position", "now_ms", "now_utc_s", "supply_mv"];

/** Boots on ports that note what is done to them. */
function tryBoot(own: Partial<Settings>, own_tariff: Partial<Tariff> = {}, engine?: Arithmetic, wrap = 65536): Trial {
  const touched: string[] = [];
  const port = (name: string, fields: Record<string, unknown>): unknown =>
    new Proxy(fields, {
      get: (target, method: string) =>
        target[method] ??
        sinon.spy(() => {
          if (!READS.includes(method)) touched.push(`${name}.${method}`);
          return method === "position" ? "open" : method === "fault" ? "none" : method === "empty_pipe" ? false : 0;
        }),
    });
  const shown: unknown[][] = [];
  let said = "";
  const names = ["valve", "clock", "timer", "power", "tamper", "keypad", "buzzer", "watchdog", "random", "crypto"];
  const hal = {
    ...Object.fromEntries([...names, "nvm", "card", "radio"].map((name) => [name, port(name, {})])),
    flow: port("flow", { count_wrap: wrap }),
    display: { show: (...what: unknown[]) => shown.push(what) },
    service: {
      write: (bytes: number[]) => ((said += String.fromCharCode(...bytes)), "ok"),
      on_receive: () => touched.push("service.on_receive"),
    },
  } as unknown as Hal;
  const booted = boot(hal, settings(own), tariff(own_tariff), engine ?? ENGINE_ARITHMETIC);
  return { booted, touched, shown, said };
}

function assertRefused(trial: Trial, result: string, detail: string, text: string): void {
  assert.deepEqual(trial.booted, { result, detail, meter: undefined });
  assert.deepEqual(trial.shown, [[text, "A"]]);
  assert.equal(trial.said, `error boot refused: ${result} ${detail}\n`);
  assert.deepEqual(trial.touched, [], "no port is set going, the valve least of all");
}

const BAD_SETTINGS: [string, Partial<Settings>[]][] = [
  ["region", [{ region: "" }, { region: "60010" }, { region: "6001000" }, { region: "60O100" }]],
  ["meter_number", [{ meter_number: "" }, { meter_number: "6001000000000000170" }, { meter_number: "6001:" }]],
  ["transport_key", [{ transport_key: "00" }, { transport_key: "0".repeat(31) }, { transport_key: "g".repeat(32) }]],
  ["pulse_litres", [{ pulse_litres: 0 }, { pulse_litres: 100001 }, { pulse_pulses: 0 }, { pulse_pulses: 100001 }]],
  ["q3_l_h", [{ q3_l_h: 0 }, { q3_l_h: 100001 }, { burst_permille: 0 }, { burst_permille: 1001 }]],
  ["flow_max_l_h", [{ flow_max_l_h: 2499 }, { flow_max_l_h: 100001 }]],
  ["utc_offset_min", [{ utc_offset_min: -735 }, { utc_offset_min: 855 }, { utc_offset_min: 61 }]],
  ["dst_shift_min", [{ dst_shift_min: -15 }, { dst_shift_min: 135 }, { dst_shift_min: 20 }]],
  ["dst_month", [{ dst_start_month: 0 }, { dst_start_month: 13 }, { dst_end_month: 0 }, { dst_end_month: 13 }]],
  ["dst_week", [{ dst_start_week: 0 }, { dst_start_week: 6 }, { dst_end_week: 0 }, { dst_end_week: 6 }]],
  ["dst_weekday", [{ dst_start_weekday: -1 }, { dst_start_weekday: 7 }, { dst_end_weekday: 7 }]],
  ["dst_minute", [{ dst_start_minute: 121 }, { dst_end_minute: 1 }]],
  ["friendly_from_minute", [{ friendly_from_minute: -1 }, { friendly_from_minute: 1440 }]],
  ["friendly_to_minute", [{ friendly_to_minute: -1 }, { friendly_to_minute: 1440 }]],
  ["low_credit_milli", [{ low_credit_milli: -1 }, { low_credit_milli: 1000000001 }]],
  ["emergency_milli", [{ emergency_milli: -1 }, { emergency_milli: 1000000001 }]],
  ["holidays", [{ holidays: new Array<number>(33).fill(18000) }]],
  ["lifeline_daily_l", [{ lifeline: "daily_allowance", lifeline_daily_l: 0 }]],
  [
    "lifeline_period_s",
    [
      { lifeline: "flow_limit", lifeline_open_s: 60, lifeline_period_s: 599 },
      { lifeline: "flow_limit", lifeline_open_s: 9, lifeline_period_s: 600 },
      { lifeline: "flow_limit", lifeline_open_s: 591, lifeline_period_s: 600 },
    ],
  ],
];

const GOOD_SETTINGS: Partial<Settings>[] = [
  {},
  { meter_number: "1" },
  { transport_key: "00112233445566778899aAbBcCdDeEfF" },
  { pulse_litres: 100000, pulse_pulses: 100000 },
  { q3_l_h: 100000, flow_max_l_h: 100000, burst_permille: 1000 },
  { utc_offset_min: -720, dst_shift_min: 0, dst_start_month: 0, dst_end_week: 9 },
  { utc_offset_min: 840, dst_shift_min: 120 },
  { friendly_from_minute: 1439, friendly_to_minute: 1439 },
  { low_credit_milli: 1000000000, emergency_milli: 1000000000 },
  { holidays: new Array<number>(32).fill(18000) },
  { lifeline: "flow_limit", lifeline_open_s: 590, lifeline_period_s: 600 },
];

describe("boot", () => {
  for (const [detail, trials] of BAD_SETTINGS) {
    it(`refuses ${detail} out of bounds, by name, and touches no valve`, () => {
      for (const own of trials) assertRefused(tryBoot(own), "settings", detail, "ERR SET");
    });
  }

  it("refuses a sensor whose counter wraps too early or too late", () => {
    for (const wrap of [255, 2 ** 32 + 1]) {
      assertRefused(tryBoot({}, {}, undefined, wrap), "settings", "count_wrap", "ERR SET");
    }
  });

  it("accepts the settings at their bounds", () => {
    for (const own of GOOD_SETTINGS) assert.equal(tryBoot(own).booted.result, "ok", JSON.stringify(own));
    for (const wrap of [256, 2 ** 32]) assert.equal(tryBoot({}, {}, undefined, wrap).booted.result, "ok");
  });

  it("refuses a malformed tariff", () => {
    for (const own of [{ id: 0 }, { prices_milli: [-1] }, { limits_l: [5] }]) {
      assertRefused(tryBoot({}, own), "tariff", "malformed", "ERR TAR");
    }
  });

  for (const [model, fit] of [
    ["int32", (value: number) => Number(BigInt.asIntN(32, BigInt(value)))],
    ["float32", Math.fround],
  ] as const) {
    it(`refuses an engine with ${model} before it looks at anything else`, () => {
      const engine: Arithmetic = {
        add: (a, b) => fit(a + b),
        multiply: (a, b) => fit(a * b),
        divide: (a, b) => fit(Math.floor(a / b)),
      };
      assertRefused(tryBoot({ region: "" }, { id: 0 }, engine), "number_model", model, "ERR NUM");
    });
  }

  it("refuses an engine whose division rounds up", () => {
    const engine = { ...ENGINE_ARITHMETIC, divide: (a: number, b: number) => Math.round(a / b) };
    assertRefused(tryBoot({}, {}, engine), "number_model", "division", "ERR NUM");
  });

  it("leaves a refused meter's valve where it stands, for days, in the whole world", () => {
    const rig = new Rig({ settings: { region: "1" } });
    rig.world.valve.opened_ms = rig.world.valve.travel_ms;
    rig.pass(86400000);
    assert.deepEqual([rig.see("valve"), rig.see("boot"), rig.see("display")], ["open", "settings:region", "ERR_SET"]);
    assert.equal(rig.see("said"), "error_boot_refused:_settings_region");
  });

  it("wires the ports but moves nothing before start", () => {
    const { booted, touched, shown } = tryBoot({});
    assert.equal(booted.result, "ok");
    assert.deepEqual(
      touched.filter((what) => !/\.on_(change|key|brown_out|receive)$/.test(what)),
      [],
    );
    assert.deepEqual(shown, []);
  });
});
