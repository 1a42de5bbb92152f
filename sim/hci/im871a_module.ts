/**
 * The iM871A as an emulator behind a byte line: the other side of firmware/modem/im871a.ts, and of any program that
 * speaks to the real module (frames in firmware/modem/hci_frames.ts). What it sends and hears goes over `on_transmit`
 * and `moduleHears`, as content without check sums, from L on.
 *
 *   01 01 ping   01 0F device information   01 03 and 01 05 configuration   01 07 reset   02 01 send
 *
 * It answers with a check sum when the request had one. A message that it does not know gets no answer.
 *
 * Faults:
 *   silent       hears the line, answers nothing, sends and hears nothing
 *   reset        `resetModule`: the configuration of the moment is gone, as after a dip of its supply
 *   wrong_sums   so many answers have a wrong check sum; without one in the request they are not sent at all
 * Not modelled: the encryption of the module, its clock, low power, and link modes other than C and T.
 */
import type { ByteLine } from "../../firmware/reader/byte_line";
import type { Timer } from "../../hal/timer";
import { airtimeUs } from "../../firmware/modem/airtime";
import type { RadioMode } from "../../firmware/modem/airtime";
import type { HciFrame, HciParser } from "../../firmware/modem/hci_frames";
import {
  createHciParser,
  HCI_MANAGEMENT,
  HCI_RADIO_LINK,
  hciFrame,
  resetHci,
  signalOf,
  takeHci,
} from "../../firmware/modem/hci_frames";
import { lengthA } from "../../firmware/radio/frames";

const PING = 0x01;
const SET_CONFIG = 0x03;
const GET_CONFIG = 0x05;
const RESET = 0x07;
const DEVICE_INFO = 0x0f;
const SEND = 0x01;
const RECEIVED = 0x03;

const MODULE_TYPE = 0x33;
const FIRMWARE = 0x14;
const HCI_VERSION = 0x15;
/** A request that stops for so long is given up. */
const GAP_MS = 100;
/** After a reset the module is in mode S2. */
const LINK_S2 = 2;
const LINKS_C: number[] = [6, 7, 8, 9, 10];
const LINKS_T: number[] = [3, 4, 10];

/** Fields of a configuration by the bits that announce them, and their lengths. */
const FIRST_LENGTHS: number[] = [1, 1, 1, 2, 4, 1, 1, 1];
const SECOND_LENGTHS: number[] = [1, 1, 1, 1, 1, 1, 1, 1];
const DEVICE_FIELD = 0;
const LINK_FIELD = 1;
const SIGNAL_FIELD = 12;

export interface Im871aModule {
  line: ByteLine;
  timer: Timer;
  parser: HciParser;
  /** Fields in the order of their bits, 16 of them, each as bytes. */
  config: number[][];
  default_config: number[][];
  unique_id: number[];
  silent: boolean;
  wrong_sums: number;
  resets: number;
  /** The line's other end puts check sums on. */
  has_sum: boolean;
  heard_at_ms: number;
  /** Content under way to the antenna. */
  busy: boolean;
  mode: RadioMode;
  on_transmit: (content: number[]) => void;
}

/** `id` has four bytes, low byte first. */
function freshConfig(id: number[]): number[][] {
  const config = [[0], [LINK_S2], [0x44], [0x62, 0x0e], id, [1], [7], [1]];
  return config.concat([[7], [0], [50], [0], [0], [0], [0], [0]]);
}

function answer(module: Im871aModule, endpoint: number, message: number, payload: number[]): void {
  const frame = hciFrame(endpoint, message, payload, undefined, module.has_sum);
  if (module.wrong_sums > 0) {
    module.wrong_sums -= 1;
    if (!module.has_sum) {
      return;
    }
    frame[frame.length - 1] = frame[frame.length - 1] ^ 0x55;
  }
  module.line.write(frame);
}

/** A configuration as it is sent: which fields follow, and they; in two groups of eight. */
function configBytes(config: number[][]): number[] {
  let bytes: number[] = [];
  for (let group = 0; group < 2; group++) {
    bytes.push(0xff);
    for (let field = 0; field < 8; field++) {
      bytes = bytes.concat(config[group * 8 + field]);
    }
  }
  return bytes;
}

/** Takes the fields that are there; false when the bytes end inside of one, and nothing is changed then. */
function setConfig(module: Im871aModule, payload: number[]): boolean {
  const config = module.config.slice(0, module.config.length);
  let at = 1;
  for (let group = 0; group < 2; group++) {
    if (at >= payload.length) {
      break;
    }
    let bits = payload[at];
    at += 1;
    for (let field = 0; field < 8; field++) {
      const length = group === 0 ? FIRST_LENGTHS[field] : SECOND_LENGTHS[field];
      if (bits % 2 === 1) {
        if (at + length > payload.length) {
          return false;
        }
        config[group * 8 + field] = payload.slice(at, at + length);
        at += length;
      }
      bits = Math.floor(bits / 2);
    }
  }
  module.config = config;
  return true;
}

function manage(module: Im871aModule, frame: HciFrame): void {
  const message = frame.message;
  let payload: number[] = [];
  if (message === DEVICE_INFO) {
    payload = [MODULE_TYPE, module.config[DEVICE_FIELD][0], FIRMWARE, HCI_VERSION].concat(module.unique_id);
  } else if (message === GET_CONFIG) {
    payload = configBytes(module.config);
  } else if (message === SET_CONFIG) {
    if (frame.payload.length < 2 || !setConfig(module, frame.payload)) {
      return;
    }
    payload = [0];
  } else if (message === RESET) {
    resetModule(module);
  } else if (message !== PING) {
    return;
  }
  answer(module, HCI_MANAGEMENT, message + 1, payload);
}

/** The frame is on the air for its time; then it is answered. */
function transmit(module: Im871aModule, from_c: number[]): void {
  if (module.busy || from_c.length < 10) {
    return;
  }
  const content = [from_c.length].concat(from_c);
  const airtime_ms = Math.floor((airtimeUs(module.mode, lengthA(content[0])) + 999) / 1000);
  module.busy = true;
  module.on_transmit(content);
  module.timer.alarm(module.timer.now_ms() + airtime_ms, function () {
    module.busy = false;
    if (!module.silent) {
      answer(module, HCI_RADIO_LINK, SEND + 1, []);
    }
  });
}

function onFrame(module: Im871aModule, frame: HciFrame): void {
  if (module.silent) {
    return;
  }
  module.has_sum = frame.has_sum;
  if (frame.endpoint === HCI_MANAGEMENT) {
    manage(module, frame);
  } else if (frame.endpoint === HCI_RADIO_LINK && frame.message === SEND) {
    transmit(module, frame.payload);
  }
}

/** The supply has dipped. */
export function resetModule(module: Im871aModule): void {
  module.config = module.default_config.slice(0, module.default_config.length);
  module.resets += 1;
}

/** Whether the module, as it is set, hears frames of a mode: of C1 and C2 by one link mode, T1 and T2 by another. */
export function moduleHearsMode(module: Im871aModule, mode: RadioMode): boolean {
  const link = module.config[LINK_FIELD][0];
  const is_c = mode === "C1" || mode === "C2";
  const is_t = mode === "T1" || mode === "T2";
  return (is_c && LINKS_C.indexOf(link) >= 0) || (is_t && LINKS_T.indexOf(link) >= 0);
}

/** A frame whose check sums are right arrives at the antenna. */
export function moduleHears(module: Im871aModule, content: number[], mode: RadioMode, rssi_dbm: number): void {
  if (module.silent || module.busy || !moduleHearsMode(module, mode)) {
    return;
  }
  const signal = module.config[SIGNAL_FIELD][0] === 0 ? undefined : signalOf(rssi_dbm);
  const payload = content.slice(1, content.length);
  module.line.write(hciFrame(HCI_RADIO_LINK, RECEIVED, payload, signal, module.has_sum));
}

/** `id` of the module, four bytes, low byte first; `mode` is what it sends in. The timer is its own. */
export function createIm871aModule(line: ByteLine, timer: Timer, id: number[], mode: RadioMode): Im871aModule {
  const module: Im871aModule = {
    line: line,
    timer: timer,
    parser: createHciParser(function (frame) {
      onFrame(module, frame);
    }),
    config: freshConfig(id),
    default_config: freshConfig(id),
    unique_id: id,
    silent: false,
    wrong_sums: 0,
    resets: 0,
    has_sum: false,
    heard_at_ms: 0,
    busy: false,
    mode: mode,
    on_transmit: function () {
      return;
    },
  };
  line.on_bytes(function (bytes) {
    const now_ms = timer.now_ms();
    if (now_ms - module.heard_at_ms > GAP_MS) {
      resetHci(module.parser);
    }
    module.heard_at_ms = now_ms;
    takeHci(module.parser, bytes);
  });
  return module;
}
