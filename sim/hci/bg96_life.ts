/**
 * The life of a BG96 emulator (bg96_module.ts): its record, what it says and when, boot, dips, sleep and the power key.
 */
import type { Timer } from "../../hal/timer";
import { assert } from "../../firmware/assert";
import { textBytes } from "../../firmware/card/bytes";
import type { LineReader } from "../../firmware/modem/at_lines";
import type { ByteLine } from "../../firmware/reader/byte_line";
import { decimal } from "../../firmware/text";
import type { MqttLink } from "./mqtt_broker";

const CR = 13;
const LF = 10;
export const ANSWER_MS = 20;
const BOOT_MS = 4900;
const READY_MS = 400;
/** Just switched off it does not take its power key. */
const DEAF_MS = 1000;
export const REGISTER_MS = 3000;
export const NEVER_MS = 4503599627370496;

interface Later {
  at_ms: number;
  run: () => void;
}

/** A file of its storage (bg96_files.ts), which outlives its power. */
export interface ModuleFile {
  name: string;
  bytes: number[];
}

/** A file that comes in. */
export interface Upload {
  file: ModuleFile;
  size: number;
  timeout_ms: number;
  acknowledges: boolean;
  /** When the last byte came over the line, also one that was lost behind it. */
  heard_at_ms: number;
  /** + that may be the end of it, and are no data yet. */
  pluses: number;
}

export interface Bg96Module {
  line: ByteLine;
  timer: Timer;
  reader: LineReader;
  link: MqttLink;
  /** What is to happen, and of which life of the module: a boot forgets the rest. */
  later: Later[];
  powered: boolean;
  off_at_ms: number;
  boots: number;
  echo: boolean;
  radio_on: boolean;
  sim_ready: boolean;
  registration: number;
  /** From when on `registration` holds; before, it is searching. */
  registered_at_ms: number;
  apn: string;
  active: boolean;
  files: ModuleFile[];
  space_bytes: number;
  /** A file that is coming in. */
  upload: Upload | undefined;
  lost_bytes: number;
  bad_bytes: number;
  /** 0: never. */
  stops_after: number;
  ca_file: string;
  /** The certificate of who signed the broker's; "": any will do. */
  authority: string;
  tls: boolean;
  state: "closed" | "opened" | "connected";
  psm_urc: boolean;
  psm_active_ms: number;
  edrx_bits: string;
  /** When it falls asleep, unless something happens. */
  sleep_at_ms: number;
  /** In data mode: where to, and what has come. */
  data: number[] | undefined;
  data_topic: string;
  data_id: number;
  signal: number;
  silent: boolean;
  refuse_times: number;
  /** Commands that this firmware does not know, by their beginning. */
  unknown: string[];
  lost_lines: number;
  cut_lines: number;
  retransmissions: number;
  /** Commands as they came. */
  commands: string[];
}

function settle(module: Bg96Module): void {
  let at_ms = module.sleep_at_ms;
  for (const one of module.later) {
    at_ms = Math.min(at_ms, one.at_ms);
  }
  if (at_ms < NEVER_MS) {
    module.timer.alarm(at_ms, function () {
      onAlarm(module);
    });
  }
}

export function after(module: Bg96Module, span_ms: number, run: () => void): void {
  module.later.push({ at_ms: module.timer.now_ms() + span_ms, run: run });
  settle(module);
}

function onAlarm(module: Bg96Module): void {
  const now_ms = module.timer.now_ms();
  const due: Later[] = [];
  const rest: Later[] = [];
  for (const one of module.later) {
    if (one.at_ms <= now_ms) {
      due.push(one);
    } else {
      rest.push(one);
    }
  }
  module.later = rest;
  const boots = module.boots;
  for (const one of due) {
    if (module.boots === boots) {
      one.run();
    }
  }
  if (now_ms >= module.sleep_at_ms) {
    fallAsleep(module);
  }
  settle(module);
}

export function say(module: Bg96Module, text: string): void {
  if (module.silent || !module.powered) {
    return;
  }
  if (module.lost_lines > 0) {
    module.lost_lines -= 1;
    return;
  }
  let said = text;
  if (module.cut_lines > 0) {
    module.cut_lines -= 1;
    said = text.substring(0, Math.floor(text.length / 2));
  }
  module.line.write([CR, LF].concat(textBytes(said), [CR, LF]));
}

/** Lines and then OK, after a while. */
export function answer(module: Bg96Module, lines: string[]): void {
  after(module, ANSWER_MS, function () {
    for (const line of lines) {
      say(module, line);
    }
    say(module, "OK");
  });
}

export function refuse(module: Bg96Module): void {
  after(module, ANSWER_MS, function () {
    say(module, "ERROR");
  });
}

/** Everything that a start forgets. */
function forget(module: Bg96Module): void {
  if (module.state !== "closed") {
    module.link.close();
  }
  module.boots += 1;
  module.later = [];
  module.sleep_at_ms = NEVER_MS;
  module.echo = true;
  module.radio_on = true;
  module.active = false;
  module.tls = false;
  module.state = "closed";
  module.data = undefined;
  module.upload = undefined;
  module.reader.text = "";
}

function bootModule(module: Bg96Module): void {
  forget(module);
  module.powered = false;
  after(module, BOOT_MS, function () {
    module.powered = true;
    module.registered_at_ms = module.timer.now_ms() + REGISTER_MS;
    say(module, "RDY");
    after(module, READY_MS, function () {
      say(module, "+CFUN: 1");
      say(module, module.sim_ready ? "+CPIN: READY" : "+CPIN: NOT INSERTED");
      say(module, "APP RDY");
      stayAwake(module);
    });
  });
}

export function dipPower(module: Bg96Module): void {
  bootModule(module);
}

function powerDown(module: Bg96Module): void {
  forget(module);
  module.powered = false;
  module.off_at_ms = module.timer.now_ms();
}

export function switchOff(module: Bg96Module): void {
  say(module, "POWERED DOWN");
  powerDown(module);
}

export function pressPowerKey(module: Bg96Module): void {
  if (module.powered) {
    switchOff(module);
  } else if (module.timer.now_ms() >= module.off_at_ms + DEAF_MS) {
    bootModule(module);
  }
}

/** By itself, as at its periodic update. */
export function wakeUp(module: Bg96Module): void {
  assert(!module.powered, "who wakes has slept");
  bootModule(module);
}

function fallAsleep(module: Bg96Module): void {
  if (module.psm_urc) {
    say(module, "PSM POWER DOWN");
  }
  powerDown(module);
}

/** From now on it is reachable for its active time. */
export function stayAwake(module: Bg96Module): void {
  const span_ms = module.psm_active_ms;
  module.sleep_at_ms = span_ms > 0 ? module.timer.now_ms() + span_ms : NEVER_MS;
  settle(module);
}

export function loseConnection(module: Bg96Module, code: number): void {
  if (module.state !== "closed") {
    module.link.close();
    module.state = "closed";
    say(module, "+QMTSTAT: 0," + decimal(code));
  }
}

/** AT+CFUN: without its radio there is neither network nor address nor connection. */
export function setRadio(module: Bg96Module, is_on: boolean): void {
  if (is_on && !module.radio_on) {
    module.registered_at_ms = module.timer.now_ms() + REGISTER_MS;
  }
  module.radio_on = is_on;
  if (!is_on) {
    module.active = false;
    loseConnection(module, 1);
  }
}

export function loseAddress(module: Bg96Module): void {
  module.active = false;
  say(module, '+QIURC: "pdpdeact",1');
  loseConnection(module, 1);
}
