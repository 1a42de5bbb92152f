/**
 * What is said to a BG96 and what it answers, as text; when it is said is bg96.ts's.
 *
 *   AT   Quectel BG96 AT Commands Manual V2.1     TCP   BG96 TCP/IP AT Commands Manual V1.0
 *   SSL  BG96 SSL AT Commands Manual V1.0         MQTT  BG96 MQTT Application Note V1.0
 *   PSM  BG96 PSM Application Note V1.0           TS    3GPP TS 27.007
 *
 *   ATE0                                     no echo (AT 2.16)
 *   AT+CGMM                   BG96           is it one? (TS 5.2)
 *   AT+CFUN=1                                the radio is on; 4: off, for a long pause (TS 8.2)
 *   AT+CPIN?                  READY          the SIM is there and open (AT 5.3, TS 8.3)
 *   AT+QCFG="psm/urc",1                      says PSM POWER DOWN before it sleeps (AT 4.2, PSM)
 *   AT+CPSMS, AT+CEDRXS                      power saving as the settings have it (TS 7.38, 7.40); what is refused of
 *                                            it is gone without
 *   AT+CEREG?                 n,1 or n,5     registered, at home or roaming; n,3: denied (TS 10.1.22)
 *   AT+CGATT?                 1              attached (TS 10.1.9)
 *   AT+QMTCLOSE=0, AT+QIDEACT=1              what is left of before (MQTT 3.2.3, TCP 2.1.3); nothing is an answer, too
 *   AT+QICSGP=1,1,"APN","user","password",a  a: 0 nobody asks, 1 PAP, 2 CHAP (TCP 2.1.1)
 *   AT+QIACT=1                               an address; up to 150 s (TCP 2.1.2)
 *   AT+QSSLCFG="sslversion",1,3              TLS 1.2 (SSL 2.1.1); "ciphersuite",1,0XFFFF: any; "seclevel",1,1: the
 *                                            broker's certificate must be right under "cacert",1,"file", a PEM file in
 *                                            the module's storage; "ignorelocaltime",1,1: not its dates, since a module
 *                                            may have no clock. Nor is it held to the host's name, as far as the
 *                                            documents say: the file is to be the utility's own authority. What
 *                                            a file with two of them is worth no document says: `otherCaFile`
 *   AT+QMTCFG="version",0,4                  MQTT 3.1.1 (MQTT 3.2.1); "pdpcid",0,1; "ssl",0,1,1 or "ssl",0,0;
 *                                            "keepalive",0,s; "timeout",0,10,2,0: 10 s, thrice; "session",0,1:
 *                                            nothing waits in the broker for who sleeps, for a message is good
 *                                            behind its telegram only
 *   AT+QMTOPEN=0,"host",port  0,0            there is a way to it (MQTT 3.2.2); up to 75 s. Otherwise -1 or 1-5
 *   AT+QMTCONN=0,"client","user","password"  0,0,0 (MQTT 3.2.4); otherwise the broker's code 1-5
 *   AT+QMTSUB=0,id,"topic",1  0,id,0,qos     subscribed (MQTT 3.2.6); 128 for qos is refused
 *   AT+CSQ                    n,..           -113 dBm and 2 dB for each n up to 31 (AT 6.3, TS 8.5)
 *   AT+QMTCONN?               0,3            still connected: for the watch
 *   AT+QMTPUB=0,id,1,0,"topic"               then > and the payload, ended by Ctrl-Z; at most 1548 bytes (MQTT 3.2.8)
 *   +QMTPUB: 0,id,0                          the broker has it (QoS 1); 1: sent once more; 2: failed
 *   +QMTRECV: 0,id,"topic","payload"         a message
 *   +QMTSTAT: 0,code                         the connection is gone
 *
 * Commands end with a carriage return alone: a line feed behind it would be the first byte of a payload.
 *
 * Payloads are frames in upper-case hexadecimal. Raw bytes are not safe in either direction: in data mode 1A sends and
 * 1B cancels, and a received payload stands between quotes with nothing escaped. Not every module takes AT+QMTPUB with
 * a length, and it helps in one direction only. A frame of 256 bytes is 512 digits.
 *
 * Settings are put between quotes, so no quote and no control character may be in them: `bg96SettingsFault`.
 */
import { hexBytes } from "../card/bytes";
import { decimal } from "../text";
import { beginsWith, splitAt, wholeOf } from "./at_lines";
import {
  ACTIVE_MAX_S,
  EDRX_MAX_S,
  EDRX_MIN_S,
  PERIODIC_MAX_S,
  activeBits,
  edrxBits,
  periodicBits,
} from "./power_saving";

export interface Bg96Settings {
  apn: string;
  apn_authentication: "none" | "pap" | "chap";
  apn_user: string;
  apn_password: string;
  network: "nb_iot" | "lte_m";
  /** The broker. */
  host: string;
  port: number;
  tls: boolean;
  /** Name of the certificate in the module's storage, which signs the broker's; "" without TLS. */
  ca_file: string;
  client_id: string;
  /** "" for a broker that asks nobody. */
  user: string;
  password: string;
  /** Where our frames go; where those for this meter come; and those for all, "" for none. */
  up_topic: string;
  down_topic: string;
  broadcast_topic: string;
  /** Longest silence between module and broker, 0: any. */
  keepalive_s: number;
  /** Cycle in which the network reaches the module, 0: always. */
  edrx_s: number;
  /** Power saving mode: how often the module reports by itself, and how long it stays reachable; 0: off. */
  psm_period_s: number;
  psm_active_s: number;
  /** How often module and connection are looked at, 0: never. */
  watch_ms: number;
}

/** What a line must say before the OK of its command. */
export type Check = "none" | "model" | "sim" | "registered" | "attached" | "signal" | "connected";
/** What comes behind the OK. */
export type Outcome = "none" | "opened" | "accepted" | "subscribed";

export interface Step {
  command: string;
  check: Check;
  outcome: Outcome;
  answer_ms: number;
  outcome_ms: number;
  /** How long a refusal, or not yet, is asked again. */
  patience_ms: number;
  /** A refusal is as good as an OK. */
  may_fail: boolean;
}

export const FRAME_MAX_BYTES = 256;
export const COMMAND_TIMEOUT_MS = 5000;
/** A network is looked for on many bands, one after the other. */
export const REGISTRATION_TIMEOUT_MS = 300000;
/** The SIM is busy for a while after a start. */
export const PATIENCE_MS = 15000;
/** Said in a long pause. */
export const RADIO_OFF = "AT+CFUN=4";
const RADIO_TIMEOUT_MS = 15000;
const DEACTIVATE_TIMEOUT_MS = 40000;
const ACTIVATE_TIMEOUT_MS = 150000;
const OPEN_TIMEOUT_MS = 75000;
const PACKET_TIMEOUT_MS = 35000;

const AUTHORITY = 'AT+QSSLCFG="cacert",1,"';
const MODEL = "BG96";
const RECEIVED = "+QMTRECV: ";
const PUBLISHED = "+QMTPUB: ";
const SIGNAL = "+CSQ: ";
const REGISTERED_HOME = 1;
const REGISTERED_DENIED = 3;
const REGISTERED_ROAMING = 5;
const MQTT_CONNECTED = 3;
const SUBSCRIPTION_REFUSED = 128;
/** Weakest that AT+CSQ tells, and what is told when it knows nothing (99). */
export const SIGNAL_MIN_DBM = -113;
const SIGNAL_MAX = 31;

const TEXT_MAX_CHARACTERS = 100;
/** With it a line with the longest frame is no longer than at_lines.ts takes. */
const TOPIC_MAX_CHARACTERS = 64;
const PORT_MAX = 65535;
const KEEPALIVE_MAX_S = 3600;

/** Whether text can stand between quotes. */
function isQuotable(text: string, most: number): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 32 || code > 126 || text.substring(i, i + 1) === '"') {
      return false;
    }
  }
  return text.length <= most;
}

function isTopic(text: string): boolean {
  const has_special = text.indexOf(",") >= 0 || text.indexOf("+") >= 0 || text.indexOf("#") >= 0;
  return text.length > 0 && !has_special && isQuotable(text, TOPIC_MAX_CHARACTERS);
}

function within(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

/** The first setting that is out of bounds, or "". */
export function bg96SettingsFault(settings: Bg96Settings): string {
  const names = ["apn", "apn_user", "apn_password", "ca_file", "user", "password", "host", "client_id"];
  const texts = [settings.apn, settings.apn_user, settings.apn_password, settings.ca_file, settings.user];
  texts.push(settings.password, settings.host, settings.client_id);
  for (let i = 0; i < texts.length; i++) {
    const is_needed = names[i] === "host" || names[i] === "client_id" || (names[i] === "ca_file" && settings.tls);
    if (!isQuotable(texts[i], TEXT_MAX_CHARACTERS) || (is_needed && texts[i].length === 0)) {
      return names[i];
    }
  }
  if (!within(settings.port, 1, PORT_MAX)) {
    return "port";
  }
  if (!isTopic(settings.up_topic)) {
    return "up_topic";
  }
  if (!isTopic(settings.down_topic)) {
    return "down_topic";
  }
  if (settings.broadcast_topic !== "" && !isTopic(settings.broadcast_topic)) {
    return "broadcast_topic";
  }
  if (!within(settings.keepalive_s, 0, KEEPALIVE_MAX_S)) {
    return "keepalive_s";
  }
  if (settings.edrx_s !== 0 && !within(settings.edrx_s, EDRX_MIN_S, EDRX_MAX_S)) {
    return "edrx_s";
  }
  if (!within(settings.psm_period_s, 0, PERIODIC_MAX_S)) {
    return "psm_period_s";
  }
  // The one without the other is no power saving.
  const has_psm = settings.psm_period_s > 0;
  return within(settings.psm_active_s, has_psm ? 1 : 0, has_psm ? ACTIVE_MAX_S : 0) ? "" : "psm_active_s";
}

function step(command: string, check: Check): Step {
  return {
    command: command,
    check: check,
    outcome: "none",
    answer_ms: COMMAND_TIMEOUT_MS,
    outcome_ms: 0,
    patience_ms: PATIENCE_MS,
    may_fail: false,
  };
}

/** A step that may be refused. */
function optional(command: string, answer_ms: number): Step {
  const one = step(command, "none");
  one.answer_ms = answer_ms;
  one.may_fail = true;
  return one;
}

/** A step with the network, which is not said twice: the first may still have its effect. */
function once(command: string, outcome: Outcome, outcome_ms: number): Step {
  const one = step(command, "none");
  one.outcome = outcome;
  one.outcome_ms = outcome_ms;
  one.patience_ms = 0;
  return one;
}

function powerSteps(settings: Bg96Settings): Step[] {
  const steps: Step[] = [];
  if (settings.psm_period_s > 0) {
    const timers = ',,,"' + periodicBits(settings.psm_period_s) + '","' + activeBits(settings.psm_active_s) + '"';
    steps.push(
      optional('AT+QCFG="psm/urc",1', COMMAND_TIMEOUT_MS),
      optional("AT+CPSMS=1" + timers, COMMAND_TIMEOUT_MS),
    );
  } else {
    steps.push(optional("AT+CPSMS=0", COMMAND_TIMEOUT_MS));
  }
  const technology = settings.network === "nb_iot" ? "5" : "4";
  const cycle = settings.edrx_s > 0 ? "1," + technology + ',"' + edrxBits(settings.edrx_s) + '"' : "0," + technology;
  steps.push(optional("AT+CEDRXS=" + cycle, COMMAND_TIMEOUT_MS));
  return steps;
}

function networkSteps(settings: Bg96Settings): Step[] {
  const registered = step("AT+CEREG?", "registered");
  registered.patience_ms = REGISTRATION_TIMEOUT_MS;
  const attached = step("AT+CGATT?", "attached");
  attached.patience_ms = REGISTRATION_TIMEOUT_MS;
  const kinds = ["none", "pap", "chap"];
  const kind = decimal(kinds.indexOf(settings.apn_authentication));
  const who = '","' + settings.apn_user + '","' + settings.apn_password + '",' + kind;
  const activate = step("AT+QIACT=1", "none");
  activate.answer_ms = ACTIVATE_TIMEOUT_MS;
  const steps = [registered, attached, optional("AT+QMTCLOSE=0", COMMAND_TIMEOUT_MS)];
  steps.push(optional("AT+QIDEACT=1", DEACTIVATE_TIMEOUT_MS));
  steps.push(step('AT+QICSGP=1,1,"' + settings.apn + who, "none"), activate);
  return steps;
}

/**
 * The other name under which the module's storage may have a certificate. A module cannot rename a file, nor write over
 * one in a stroke: while one is replaced, the other is whole. It may be the next authority's, too.
 */
export function otherCaFile(name: string): string {
  return "2" + name;
}

function brokerSteps(settings: Bg96Settings, ca_file: string): Step[] {
  const commands: string[] = [];
  if (settings.tls) {
    commands.push('AT+QSSLCFG="sslversion",1,3', 'AT+QSSLCFG="ciphersuite",1,0XFFFF', 'AT+QSSLCFG="seclevel",1,1');
    commands.push(AUTHORITY + ca_file + '"', 'AT+QSSLCFG="ignorelocaltime",1,1');
  }
  commands.push('AT+QMTCFG="version",0,4', 'AT+QMTCFG="pdpcid",0,1');
  commands.push(settings.tls ? 'AT+QMTCFG="ssl",0,1,1' : 'AT+QMTCFG="ssl",0,0');
  commands.push('AT+QMTCFG="keepalive",0,' + decimal(settings.keepalive_s));
  commands.push('AT+QMTCFG="session",0,1', 'AT+QMTCFG="timeout",0,10,2,0');
  const steps: Step[] = [];
  for (const command of commands) {
    steps.push(step(command, "none"));
  }
  const open = 'AT+QMTOPEN=0,"' + settings.host + '",' + decimal(settings.port);
  const who = settings.user === "" ? "" : ',"' + settings.user + '","' + settings.password + '"';
  steps.push(once(open, "opened", OPEN_TIMEOUT_MS));
  steps.push(once('AT+QMTCONN=0,"' + settings.client_id + '"' + who, "accepted", PACKET_TIMEOUT_MS));
  steps.push(once('AT+QMTSUB=0,1,"' + settings.down_topic + '",1', "subscribed", PACKET_TIMEOUT_MS));
  if (settings.broadcast_topic !== "") {
    steps.push(once('AT+QMTSUB=0,2,"' + settings.broadcast_topic + '",1', "subscribed", PACKET_TIMEOUT_MS));
  }
  return steps;
}

/** A step that only the module has to do with. */
export function isQuick(step: Step): boolean {
  return step.outcome === "none" && step.answer_ms <= COMMAND_TIMEOUT_MS;
}

/** A step that fails where the certificate is not the right one, or not there. */
export function isOfTrust(step: Step): boolean {
  return step.outcome === "opened" || beginsWith(step.command, AUTHORITY);
}

/** From a module that has its power to a meter that is subscribed, with the certificate in this file. */
export function startSteps(settings: Bg96Settings, ca_file: string): Step[] {
  const radio_on = step("AT+CFUN=1", "none");
  radio_on.answer_ms = RADIO_TIMEOUT_MS;
  const steps = [step("ATE0", "none"), step("AT+CGMM", "model"), radio_on, step("AT+CPIN?", "sim")];
  const network = powerSteps(settings).concat(networkSteps(settings));
  return steps.concat(network, brokerSteps(settings, ca_file), [step("AT+CSQ", "signal")]);
}

/** Is the module still there, and does it still think that it is connected? */
export function watchSteps(): Step[] {
  const connected = step("AT+QMTCONN?", "connected");
  connected.patience_ms = 0;
  return [step("AT+CSQ", "signal"), connected];
}

export function publishCommand(topic: string, message_id: number): string {
  return "AT+QMTPUB=0," + decimal(message_id) + ',1,0,"' + topic + '"';
}

/** Numbers behind a line's beginning; undefined when it begins otherwise or one is none. */
function numbersOf(line: string, front: string, most: number): number[] | undefined {
  if (!beginsWith(line, front)) {
    return undefined;
  }
  const numbers: number[] = [];
  const parts = splitAt(line.substring(front.length, line.length), ",", most);
  for (const part of parts) {
    const value = wholeOf(part);
    if (value === undefined) {
      return undefined;
    }
    numbers.push(value);
  }
  return numbers;
}

/** Registration: its second number; behind it may stand cells and timers. */
function registrationOf(line: string): number | undefined {
  const parts = splitAt(line, ",", 3);
  return beginsWith(line, "+CEREG: ") && parts.length >= 2 ? wholeOf(parts[1]) : undefined;
}

/** Whether a line before the OK says what it must. */
export function judgeLine(check: Check, line: string): "good" | "denied" | "other" {
  if (check === "registered") {
    const status = registrationOf(line);
    if (status === REGISTERED_DENIED) {
      return "denied";
    }
    return status === REGISTERED_HOME || status === REGISTERED_ROAMING ? "good" : "other";
  }
  if (check === "connected") {
    const numbers = numbersOf(line, "+QMTCONN: ", 2);
    return numbers !== undefined && numbers[0] === 0 && numbers[1] === MQTT_CONNECTED ? "good" : "other";
  }
  const is_good =
    (check === "model" && line === MODEL) ||
    (check === "sim" && line === "+CPIN: READY") ||
    (check === "attached" && line === "+CGATT: 1") ||
    (check === "signal" && signalOf(line) !== undefined);
  return is_good ? "good" : "other";
}

/** Whether a line is what a step waits for behind its OK. A packet that was sent once more is waited for. */
export function judgeOutcome(outcome: Outcome, line: string): "done" | "refused" | "other" {
  if (outcome === "opened") {
    const numbers = numbersOf(line, "+QMTOPEN: ", 2);
    return numbers === undefined || numbers.length !== 2 ? "other" : numbers[1] === 0 ? "done" : "refused";
  }
  if (outcome === "accepted") {
    const numbers = numbersOf(line, "+QMTCONN: ", 3);
    if (numbers === undefined || numbers.length < 2 || numbers[1] === 1) {
      return "other";
    }
    return numbers[1] === 0 && numbers[2] === 0 ? "done" : "refused";
  }
  const numbers = numbersOf(line, "+QMTSUB: ", 4);
  if (outcome !== "subscribed" || numbers === undefined || numbers.length < 3 || numbers[2] === 1) {
    return "other";
  }
  return numbers[2] === 0 && numbers.length === 4 && numbers[3] !== SUBSCRIPTION_REFUSED ? "done" : "refused";
}

/** What became of the message with this number. */
export function publishedAs(line: string, message_id: number): "done" | "refused" | "other" {
  const numbers = numbersOf(line, PUBLISHED, 4);
  if (numbers === undefined || numbers.length < 3 || numbers[1] !== message_id || numbers[2] === 1) {
    return "other";
  }
  return numbers[2] === 0 ? "done" : "refused";
}

/** Strength in dBm; undefined when the line says none. */
export function signalOf(line: string): number | undefined {
  const numbers = numbersOf(line, SIGNAL, 2);
  if (numbers === undefined || numbers[0] < 0) {
    return undefined;
  }
  return numbers[0] <= SIGNAL_MAX ? SIGNAL_MIN_DBM + 2 * numbers[0] : SIGNAL_MIN_DBM;
}

function unquoted(text: string): string {
  const is_quoted = text.length >= 2 && beginsWith(text, '"') && text.substring(text.length - 1, text.length) === '"';
  return is_quoted ? text.substring(1, text.length - 1) : "";
}

export function isReceived(line: string): boolean {
  return beginsWith(line, RECEIVED);
}

/** The frame of a received message; [] when it is for another topic, or none. */
export function receivedFrame(line: string, settings: Bg96Settings): number[] {
  const parts = splitAt(line.substring(RECEIVED.length, line.length), ",", 4);
  if (parts.length !== 4) {
    return [];
  }
  const topic = unquoted(parts[2]);
  if (topic === "" || (topic !== settings.down_topic && topic !== settings.broadcast_topic)) {
    return [];
  }
  const frame = hexBytes(unquoted(parts[3]));
  return frame.length <= FRAME_MAX_BYTES ? frame : [];
}
