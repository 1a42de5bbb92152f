/**
 * Certificate: what a meter's ports said when it was commissioned, as JSON and as a page of text.
 *
 *   format    "curbstop certificate", version 1
 *   meter, region, board, serial   what it is: the board's name, and the board's own serial number
 *   firmware, metrology, checksum  as the meter says them
 *   person, made                   who did it, and when (UTC)
 *   device_eui   of a LoRaWAN modem, by which its network knows it; left out for other meters
 *   keys      names and revisions of the keys that it was given, never a key
 *   authority the file in the modem whose certificate it trusts, with the SHA-256 of it; null for a meter without TLS, and
 *             sha256 null where the settings leave it to somebody else what is in that file; next_sha256 of the next
 *             authority's, which is trusted beside it, where the settings name one
 *   clock     what was done to its clock, and how far it is from this machine's
 *   ports     {port, part, result, detail}, all ports of hal/hal.ts: "ok", "failed", "not tested" (detail says how to),
 *             "not fitted"
 *   passed    no port failed
 *
 * The meter tells what it can (firmware/service/self_test.ts); what a part needs from a person stands as not tested.
 */
import { PORTS, type Board, type Port } from "../build/board_schema";
import { partOn } from "../build/parts";
import { table } from "../output";
import { IDENTITY, SELF_TEST, fieldsOf, recordOf, type Identity, type SelfTest } from "../service/answers";
import { answerTo, type Asked } from "../service/collect";
import { clockWords, type ClockOutcome } from "./clock";
import type { MeterKeys } from "./meter_keys";
import type { Authority } from "./mobile_part";

const FORMAT = "curbstop certificate";
const VERSION = 1;
/** A clock further from this machine's is wrong. */
const CLOCK_OFF_MAX_S = 300;
const TAMPER_CASE = 1;
const TAMPER_MAGNET = 2;
const TAMPER_READER = 4;

export type PortResult = "ok" | "failed" | "not tested" | "not fitted";

export interface PortTest {
  readonly port: Port;
  readonly part: string | null;
  readonly result: PortResult;
  readonly detail: string;
}

interface AuthorityShown {
  readonly file: string;
  readonly sha256: string | null;
  readonly next_sha256?: string | undefined;
}

export interface Certificate {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly meter: string;
  readonly region: string;
  readonly board: string;
  readonly serial: string;
  readonly firmware: string;
  readonly metrology: string;
  readonly checksum: string;
  readonly person: string;
  readonly made: string;
  readonly device_eui?: string | undefined;
  readonly keys: readonly { readonly name: string; readonly revision: number }[];
  readonly authority: AuthorityShown | null;
  readonly clock: string;
  readonly ports: readonly PortTest[];
  readonly passed: boolean;
}

/** What the meter said. */
export interface Said {
  readonly identity: Identity;
  readonly self_test: SelfTest;
  readonly storage: string;
}

type Verdict = readonly [PortResult, string];

const BY_HAND: Readonly<Partial<Record<Port, string>>> = {
  display: "look: it shows a page of the meter",
  keypad: "press each key and look at the display",
  buzzer: "listen: a key beeps",
  watchdog: "it runs; a reset was not tried",
  timer: "it runs; its rate was not measured",
  engine: "it runs",
};

function valveVerdict({ valve }: SelfTest, has_switches: boolean): Verdict {
  if (valve === "open" || valve === "closed")
    return ["ok", has_switches ? `${valve} by its switch` : `${valve}, by time`];
  if (has_switches) return ["failed", `${valve}: no end switch closes (look at its cable)`];
  return ["not tested", `${valve}: it has no end switches; let water run`];
}

function tamperVerdict({ tamper }: SelfTest): Verdict {
  if ((tamper & TAMPER_MAGNET) !== 0) return ["failed", "a magnet is near, or its switch is not connected"];
  const open = [tamper & TAMPER_CASE ? "case" : "", tamper & TAMPER_READER ? "reader" : ""].filter((one) => one !== "");
  return ["ok", open.length === 0 ? "all closed" : `${open.join(" and ")} open, as for commissioning`];
}

function clockVerdict({ utc_s }: SelfTest, now_s: number): Verdict {
  if (utc_s === 0) return ["not tested", "not set: a card or a radio message sets it"];
  const off_s = Math.abs(utc_s - now_s);
  return off_s <= CLOCK_OFF_MAX_S
    ? ["ok", `${off_s} s from this machine's`]
    : ["failed", `${off_s} s from this machine's`];
}

/** A modem that answers; what is beyond its antenna shows at the gateway. */
function radioVerdict({ identity, self_test }: Said): Verdict {
  const { radio } = identity;
  if (radio === undefined) return ["not tested", "the meter was given no settings for it"];
  if (radio !== "on") return ["failed", `radio=${radio} (firmware/radio_room.ts says what that is)`];
  if (self_test.radio !== "ok") return ["failed", "the modem does not answer (look at its plug and its supply)"];
  return ["ok", "the modem answers; a report at the gateway shows the rest"];
}

function verdict(port: Port, board: Board, said: Said, empty_mv: number, now_s: number): Verdict {
  const { self_test, storage } = said;
  const flag = (value: number, words: string): Verdict => (value === 1 ? ["ok", words] : ["failed", `not: ${words}`]);
  switch (port) {
    case "flow":
      return self_test.flow === "none" ? ["ok", "no fault"] : ["failed", self_test.flow];
    case "valve":
      return valveVerdict(self_test, board.pins["valve_is_open"] !== undefined);
    case "clock":
      return clockVerdict(self_test, now_s);
    case "power":
      return [self_test.supply_mv > empty_mv ? "ok" : "failed", `${self_test.supply_mv} mV, empty at ${empty_mv}`];
    case "tamper":
      return tamperVerdict(self_test);
    case "service":
      return ["ok", "it answers"];
    case "random":
      return flag(self_test.random, "passes its health test");
    case "crypto":
      return flag(self_test.crypto, "AES-128 gives what FIPS 197 says");
    case "nvm":
      return [storage === "ok" ? "ok" : "failed", `storage=${storage}`];
    case "card":
      return self_test.card === 1
        ? ["ok", "a card is there"]
        : ["not tested", "lay a card on the reader, and test again"];
    case "radio":
      return radioVerdict(said);
    default:
      return ["not tested", BY_HAND[port] ?? ""];
  }
}

/** The result for each port; ports without a part are not fitted. */
export function portTests(board: Board, said: Said, empty_mv: number, now_s: number): PortTest[] {
  return PORTS.map((port) => {
    const part = partOn(board, port);
    if (part === undefined) return { port, part: null, result: "not fitted", detail: "" };
    const [result, detail] = verdict(port, board, said, empty_mv, now_s);
    return { port, part, result, detail };
  });
}

/** A modem takes a moment after a restart: it is asked again for so long. */
const MODEM_ASKS = 10;
const MODEM_PAUSE_MS = 1000;

async function selfTestOf(line: Asked, pause_ms: number): Promise<SelfTest> {
  let said = recordOf(await answerTo(line, "selftest"), SELF_TEST);
  for (let asked = 1; said.radio === "silent" && asked < MODEM_ASKS; asked++) {
    await new Promise((resolve) => setTimeout(resolve, pause_ms));
    said = recordOf(await answerTo(line, "selftest"), SELF_TEST);
  }
  return said;
}

/** Asks the meter. */
export async function askMeter(line: Asked, pause_ms = MODEM_PAUSE_MS): Promise<Said> {
  return {
    identity: recordOf(await answerTo(line, "id"), IDENTITY),
    self_test: await selfTestOf(line, pause_ms),
    storage: fieldsOf(await answerTo(line, "store"))["storage"] ?? "unknown",
  };
}

/** The radio's key, and the public ones that came with it. */
function radioKeys({ radio }: MeterKeys): Certificate["keys"] {
  if (radio === undefined) return [];
  const { lorawan, signing, update } = radio;
  return [
    { name: "radio", revision: radio.revision },
    ...(lorawan === undefined ? [] : [{ name: "lorawan", revision: lorawan.revision }]),
    ...(signing === undefined ? [] : [{ name: "signing", revision: signing.revision }]),
    ...(update === undefined ? [] : [{ name: "update", revision: update.revision }]),
  ];
}

function shown({ name, certificate, next }: Authority): AuthorityShown {
  const next_shown = next === undefined ? {} : { next_sha256: next.sha256 };
  return { file: name, sha256: certificate?.sha256 ?? null, ...next_shown };
}

export function certificateOf(
  board: Board,
  serial: string,
  keys: MeterKeys,
  said: Said,
  about: { person: string; now: Date; empty_mv: number; clock: ClockOutcome; authority: Authority | undefined },
): Certificate {
  const now_s = Math.floor(about.now.getTime() / 1000);
  const ports = portTests(board, said, about.empty_mv, now_s);
  const { firmware, metrology, checksum } = said.identity;
  const device_eui = keys.radio?.lorawan?.device_eui;
  const { authority } = about;
  return {
    format: FORMAT,
    version: VERSION,
    meter: keys.meter,
    region: keys.region,
    board: board.name,
    serial,
    firmware,
    metrology,
    checksum,
    person: about.person,
    made: `${about.now.toISOString().slice(0, 19)}Z`,
    ...(device_eui === undefined ? {} : { device_eui }),
    keys: [
      ...(keys.transport === undefined ? [] : [{ name: "transport", revision: keys.transport.revision }]),
      ...(keys.token === undefined ? [] : [{ name: "token", revision: keys.token.krn }]),
      ...radioKeys(keys),
    ],
    authority: authority === undefined ? null : shown(authority),
    clock: clockWords(about.clock, board, said.self_test.utc_s, now_s),
    ports,
    passed: ports.every(({ result }) => result !== "failed"),
  };
}

function authorityWords({ file, sha256, next_sha256 }: AuthorityShown): string {
  if (sha256 === null) return `${file} in the modem, not looked at`;
  const next = next_sha256 === undefined ? "" : `; the next one's ${next_sha256}`;
  return `${file} in the modem, SHA-256 ${sha256}${next}`;
}

/** The certificate as a page. */
export function certificateText(certificate: Certificate): string {
  const { meter, region, board, serial, firmware, metrology, checksum, person, made } = certificate;
  const { device_eui, keys, authority, clock, ports, passed } = certificate;
  const key_words = keys.map(({ name, revision }) => `${name} ${revision}`).join(", ");
  const head = table([
    ["meter", `${meter} of region ${region}`],
    ["board", `${board}, serial ${serial || "unknown"}`],
    ["firmware", `${firmware}, metrology ${metrology} ${checksum}`],
    ["keys given", key_words === "" ? "none" : key_words],
    ...(device_eui === undefined ? [] : [["device EUI", device_eui]]),
    ...(authority === null ? [] : [["authority", authorityWords(authority)]]),
    ["clock", clock],
    ["tested by", `${person}, ${made}`],
  ]);
  const rows = ports.map(({ port, part, result, detail }) => [port, part ?? "-", result, detail]);
  return `${head}\n${table([["port", "part", "result", ""], ...rows])}\n${passed ? "no port failed" : "FAILED"}\n`;
}
