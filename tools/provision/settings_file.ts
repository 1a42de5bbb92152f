/**
 * Settings file of a commissioning: what many meters have in common, as JSON in the words of a scenario.
 *
 *   meter    the settings of a scenario's meter (sim/scenario/settings_schema.ts) without what is one meter's own, the
 *            twins', or a key: pulse, q3_l_h, burst_permille, flow_max_l_h, time_zone, low_credit_milli,
 *            emergency_milli, friendly_hours, lifeline, battery_empty_mv, tamper_shuts, standpipe_step_l; and
 *     tokens   {mode, tariff_index, repay_permille} for a meter with STS tokens, whose decoder key is derived when it is
 *              given; left out for a meter without
 *     radio    when it sends and hears (radio_part.ts); left out for a meter without
 *   tariff   the first tariff, as a scenario has it
 *
 * Number, region and keys come beside it, and all together become a nameplate (firmware/nameplate.ts) on the way that a
 * scenario takes into the simulator: a meter that was tried there has the very settings that it gets here.
 */
import path from "node:path";
import { crc32 } from "node:zlib";
import { z } from "zod";
import { tariffFits } from "../../firmware/credit/tariff";
import { nameplateBytes, type Nameplate } from "../../firmware/nameplate";
import { settingsFault } from "../../firmware/settings";
import { compileScenario } from "../../sim/scenario/compile";
import { loadForm } from "../../sim/scenario/load";
import { scenarioProblems, type Problem } from "../../sim/scenario/rules";
import { scenarioSchema, type Scenario } from "../../sim/scenario/schema";
import { meterSchema, tariffSchema, whole } from "../../sim/scenario/settings_schema";
import { readBeginning } from "../../sim/world/beginning";
import { hex } from "../hex";
import { tokenSettings } from "../token/board_tokens";
import type { MeterKeys } from "./meter_keys";
import { RADIO_OF_FILE, radioPartOf } from "./radio_part";

/** Of the sensors that boards have; the firmware checks its own at boot. */
const COUNT_WRAP = 65_536;
const SAMPLE_NUMBER = "600727000000000009";
const SAMPLE_REGION = "000000";

const tokens = z
  .strictObject({
    mode: z.enum(["currency", "volume"]).default("currency").describe("Whether the meter keeps money, or litres."),
    tariff_index: whole(0, 99).default(1).describe("Tariff index of its decoder key."),
    repay_permille: whole(1, 1000).default(1000).describe("Share of a credit that repays emergency credit first."),
  })
  .describe("A meter with STS tokens; its decoder key is derived when it is given.");

const SETTINGS_FILE = z
  .strictObject({
    $schema: z.string().optional().describe("Where editors find a schema; ignored."),
    meter: meterSchema
      .omit({
        meter_number: true,
        region: true,
        transport_key: true,
        tokens: true,
        radio: true,
        sensor: true,
        valve_travel_ms: true,
        battery_mv: true,
        clock_keeps: true,
        nvm: true,
      })
      .extend({ tokens: tokens.optional(), radio: RADIO_OF_FILE.optional() })
      .prefault({}),
    tariff: tariffSchema,
  })
  .describe("What the meters of one commissioning have in common.");

export type SettingsFile = z.output<typeof SETTINGS_FILE>;

/** A scenario of a meter with these settings and no steps; what comes with keys is told of stores, not of scenarios. */
function scenarioOf(file: SettingsFile, keys: MeterKeys): Scenario {
  const { tokens: _with_keys, radio: _with_keys_too, ...meter } = file.meter;
  const { transport } = keys;
  return scenarioSchema.parse({
    name: "provisioning",
    description: "A meter's settings on their way into its nameplate.",
    start: null,
    meter: {
      ...meter,
      meter_number: keys.meter,
      region: keys.region,
      ...(transport === undefined ? {} : { transport_key: hex(transport.key.bytes()) }),
    },
    tariff: file.tariff,
    end: 1,
  });
}

/** What the simulator would boot its meter with. */
function beginningOf(file: SettingsFile, keys: MeterKeys, group?: number): Nameplate {
  const scenario = scenarioOf(file, keys);
  const lines = compileScenario({ scenario, file: "settings", trace: false })[Symbol.iterator]();
  const { settings, tariff } = readBeginning({
    read_line: () => {
      const next = lines.next();
      return next.done === true ? undefined : next.value;
    },
    write_line: () => undefined,
  });
  const { radio: of_file, tokens: of_tokens } = file.meter;
  const radio =
    of_file === undefined || keys.radio === undefined ? "" : radioPartOf(of_file, keys.meter, keys.radio, group);
  if (of_tokens === undefined || keys.token === undefined) return { settings, tariff, radio };
  const { mode, repay_permille } = of_tokens;
  return { settings: { ...settings, tokens: tokenSettings(keys.token, mode, repay_permille) }, tariff, radio };
}

/** What the firmware would refuse at its boot. */
function firmwareProblems(file: SettingsFile, { settings, tariff }: Nameplate): Problem[] {
  const fault = settingsFault(settings, COUNT_WRAP);
  if (fault !== "") return [{ path: ["meter", fault], message: "the firmware refuses it (look at its bounds)" }];
  if (tariffFits(tariff, file.meter.tokens?.mode === "volume")) return [];
  return [
    { path: ["tariff", "blocks"], message: "a meter that keeps litres has one block of 1000 and no standing charge" },
  ];
}

/** Reads and checks a settings file; throws a UserError with file, line and field. */
export function loadSettings(file: string): SettingsFile {
  const nobody: MeterKeys = {
    meter: SAMPLE_NUMBER,
    region: SAMPLE_REGION,
    transport: undefined,
    token: undefined,
    radio: undefined,
  };
  const settings = loadForm(file, {
    name: "settings file",
    schema: SETTINGS_FILE,
    problems: (content) => {
      const problems = scenarioProblems(scenarioOf(content, nobody));
      return problems.length > 0 ? problems : firmwareProblems(content, beginningOf(content, nobody));
    },
  });
  const beside = (named: string): string => path.resolve(path.dirname(file), named);
  const { mobile, lorawan } = settings.meter.radio ?? {};
  if (mobile?.passwords_file !== undefined) mobile.passwords_file = beside(mobile.passwords_file);
  if (lorawan?.device_eui_file !== undefined) lorawan.device_eui_file = beside(lorawan.device_eui_file);
  if (mobile?.ca_certificate !== undefined) mobile.ca_certificate = beside(mobile.ca_certificate);
  if (mobile?.ca_certificate_next !== undefined) mobile.ca_certificate_next = beside(mobile.ca_certificate_next);
  return settings;
}

/** The CRC-32 of a nameplate's bytes. */
export function plateCrc(bytes: string): number {
  return crc32(Buffer.from(bytes, "latin1"));
}

/**
 * The nameplate of one meter, as a text of bytes. It holds its keys: it goes onto the board and nowhere else. `group` is
 * the meter's own, in the place of the file's.
 */
export function nameplateOf(file: SettingsFile, keys: MeterKeys, group?: number): string {
  const plate = beginningOf(file, keys, group);
  const [problem] = firmwareProblems(file, plate);
  if (problem !== undefined) throw new Error(`${problem.path.join(".")}: a settings file that was checked is refused`);
  return nameplateBytes(plate, plateCrc);
}
