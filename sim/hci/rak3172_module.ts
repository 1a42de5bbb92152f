/**
 * The RAK3172 as an emulator behind a byte line (commands in firmware/modem/rak3172.ts): it joins, counts, encrypts and
 * checks as a LoRaWAN device does (lorawan.ts), and keeps the duty cycle of its uplink's sub-band, 1 %.
 *
 * Faults:
 *   silent       answers nothing, sends and hears nothing
 *   forgetful    `forgetNetwork`: the session is gone, as after a reset; a frame is answered AT_NO_NETWORK_JOINED
 *   busy_times   so many commands are answered AT_BUSY_ERROR
 * A multicast group is kept, over a reset too, and none is added twice (service_lora_multicast.c of RUI3).
 * Data rates are those of EU868, 0 to 5 for SF12 to SF7; a frame that is too long for one is refused, as by the module.
 * Not modelled: data rates that the network sets, confirmed frames, MAC commands, class B.
 */
import type { Crypto } from "../../hal/crypto";
import type { Timer } from "../../hal/timer";
import { hexBytes, hexText } from "../../firmware/card/bytes";
import { airtimeUs, LORAWAN_OVERHEAD_BYTES, RADIO_MODES } from "../../firmware/modem/airtime";
import type { RadioMode } from "../../firmware/modem/airtime";
import type { LineReader } from "../../firmware/modem/at_lines";
import { beginsWith, commandBytes, createLineReader, partsOf, takeLines, wholeOf } from "../../firmware/modem/at_lines";
import type { DutyCycle } from "../../firmware/modem/duty_cycle";
import { countAirtime, createDutyCycle, DUTY_868_0_PERMILLE, mayTransmit } from "../../firmware/modem/duty_cycle";
import type { ByteLine } from "../../firmware/reader/byte_line";
import { decimal } from "../../firmware/text";
import type { DataFrame, Session } from "./lorawan";
import { DATA_DOWN, DATA_UP, dataFrame, joinRequest, readData, readJoinAccept, sessionOf } from "./lorawan";

/** Behind the uplink both receive windows are waited for (RxDelay 1 s and 2 s). */
const WINDOWS_MS = 2000;
const JOIN_WAIT_MS = 6000;
/** Of AT+JOIN=1:0:10:8: how often it is tried again, and how much later. */
const JOIN_ATTEMPTS = 8;
const JOIN_PERIOD_MS = 10000;
const GROUP_PARTS = 7;
/** Longest payloads of EU868, by data rate, where a repeater may stand between (RP002). */
const RATE_PAYLOADS_BYTES: number[] = [51, 51, 51, 115, 222, 222];
const SLOWEST = RADIO_MODES.length - 1;

export interface Rak3172Module {
  crypto: Crypto;
  line: ByteLine;
  timer: Timer;
  reader: LineReader;
  duty: DutyCycle;
  mode: RadioMode;
  device_eui: number[];
  join_eui: number[];
  app_key: number[];
  class_c: boolean;
  group: Session | undefined;
  group_next: number;
  session: Session | undefined;
  nonce: number;
  joining: boolean;
  next_up: number;
  next_down: number;
  busy: boolean;
  silent: boolean;
  busy_times: number;
  /** Frames as they are on the air. */
  on_transmit: (frame: number[]) => void;
}

function say(module: Rak3172Module, text: string): void {
  if (!module.silent) {
    module.line.write(commandBytes(text));
  }
}

function turned(bytes: number[]): number[] {
  const other: number[] = [];
  for (let i = bytes.length - 1; i >= 0; i--) {
    other.push(bytes[i]);
  }
  return other;
}

/** Puts a frame on the air; false when the hour's airtime does not allow it. */
function onAir(module: Rak3172Module, frame: number[]): boolean {
  const now_ms = module.timer.now_ms();
  const airtime_us = airtimeUs(module.mode, Math.max(0, frame.length - LORAWAN_OVERHEAD_BYTES));
  if (!mayTransmit(module.duty, now_ms, airtime_us)) {
    return false;
  }
  countAirtime(module.duty, now_ms, airtime_us);
  module.on_transmit(frame);
  return true;
}

/** Each attempt that fails is told, and followed by the next one, as RUI3 does. */
function attempt(module: Rak3172Module, attempts_left: number): boolean {
  const request = { join_eui: turned(module.join_eui), device_eui: turned(module.device_eui), nonce: module.nonce + 1 };
  const is_allowed = onAir(module, joinRequest(module.crypto, module.app_key, request));
  const next = function (): void {
    if (attempts_left > 0 && module.session === undefined) {
      attempt(module, attempts_left - 1);
    }
  };
  if (!is_allowed) {
    say(module, "Restricted_Wait_5000_ms");
    module.timer.alarm(module.timer.now_ms() + JOIN_PERIOD_MS, next);
    return false;
  }
  module.nonce += 1;
  module.joining = true;
  module.timer.alarm(module.timer.now_ms() + JOIN_WAIT_MS, function () {
    if (module.joining) {
      module.joining = false;
      say(module, "+EVT:JOIN_FAILED_RX_TIMEOUT");
      module.timer.alarm(module.timer.now_ms() + JOIN_PERIOD_MS, next);
    }
  });
  return true;
}

function join(module: Rak3172Module): void {
  module.session = undefined;
  say(module, attempt(module, JOIN_ATTEMPTS) ? "OK" : "AT_BUSY_ERROR");
}

function send(module: Rak3172Module, text: string): void {
  const parts = partsOf(text, 2);
  const port = wholeOf(parts[0]);
  const payload = parts.length === 2 ? hexBytes(parts[1]) : [];
  const session = module.session;
  const most_bytes = RATE_PAYLOADS_BYTES[SLOWEST - RADIO_MODES.indexOf(module.mode)];
  if (port === undefined || payload.length === 0 || payload.length > most_bytes) {
    say(module, "AT_PARAM_ERROR");
  } else if (session === undefined) {
    say(module, "AT_NO_NETWORK_JOINED");
  } else if (module.busy) {
    say(module, "AT_BUSY_ERROR");
  } else {
    const data = { address: session.address, counter: module.next_up, port: port, payload: payload };
    if (!onAir(module, dataFrame(module.crypto, session, DATA_UP, data))) {
      // As RUI3 does; its manual has AT_DUTYCYCLE_RESTRICTED for it.
      say(module, "Restricted_Wait_5000_ms");
      say(module, "AT_BUSY_ERROR");
      return;
    }
    module.next_up += 1;
    module.busy = true;
    say(module, "OK");
    const airtime_ms = Math.floor((airtimeUs(module.mode, payload.length) + 999) / 1000);
    module.timer.alarm(module.timer.now_ms() + airtime_ms + WINDOWS_MS, function () {
      module.busy = false;
      say(module, "+EVT:TX_DONE");
    });
  }
}

/** class:address:network key:application key:frequency:rate:period. */
function setGroup(module: Rak3172Module, text: string): void {
  const parts = partsOf(text, GROUP_PARTS);
  const address = parts.length === GROUP_PARTS ? hexBytes(parts[1]) : [];
  const network_key = parts.length === GROUP_PARTS ? hexBytes(parts[2]) : [];
  const application_key = parts.length === GROUP_PARTS ? hexBytes(parts[3]) : [];
  if (address.length !== 4 || network_key.length !== 16 || application_key.length !== 16) {
    say(module, "AT_PARAM_ERROR");
    return;
  }
  const number = ((address[0] * 256 + address[1]) * 256 + address[2]) * 256 + address[3];
  if (module.group !== undefined && module.group.address === number) {
    say(module, "AT_PARAM_ERROR");
    return;
  }
  module.group = { address: number, network_key: network_key, application_key: application_key };
  module.group_next = 0;
  say(module, "OK");
}

/** Of an address that is no group's there is nothing to remove. */
function removeGroup(module: Rak3172Module, text: string): void {
  const address = hexBytes(text);
  const group = module.group;
  const is_group =
    group !== undefined &&
    address.length === 4 &&
    group.address === ((address[0] * 256 + address[1]) * 256 + address[2]) * 256 + address[3];
  module.group = is_group ? undefined : group;
  say(module, is_group ? "OK" : "AT_PARAM_ERROR");
}

function setRate(module: Rak3172Module, rate: number | undefined): boolean {
  if (rate === undefined || rate < 0 || rate >= RATE_PAYLOADS_BYTES.length) {
    return false;
  }
  module.mode = RADIO_MODES[SLOWEST - rate];
  return true;
}

/** Commands that set a rule of the module's; false for others. */
function setRule(module: Rak3172Module, name: string, value: string): boolean {
  if (name === "AT+DR") {
    return setRate(module, wholeOf(value));
  }
  return (name === "AT+NJM" && value === "1") || (name === "AT+ADR" && value === "0");
}

function set(module: Rak3172Module, name: string, value: string): void {
  const bytes = hexBytes(value);
  if (name === "AT+DEVEUI" && bytes.length === 8) {
    module.device_eui = bytes;
  } else if (name === "AT+APPEUI" && bytes.length === 8) {
    module.join_eui = bytes;
  } else if (name === "AT+APPKEY" && bytes.length === 16) {
    module.app_key = bytes;
  } else if (name === "AT+CLASS" && (value === "A" || value === "C")) {
    module.class_c = value === "C";
  } else if (!setRule(module, name, value)) {
    say(module, "AT_PARAM_ERROR");
    return;
  }
  say(module, "OK");
}

function onLine(module: Rak3172Module, line: string): void {
  if (module.silent) {
    return;
  }
  if (module.busy_times > 0) {
    module.busy_times -= 1;
    say(module, "AT_BUSY_ERROR");
    return;
  }
  const equals = line.indexOf("=");
  const name = equals < 0 ? line : line.substring(0, equals);
  const value = equals < 0 ? "" : line.substring(equals + 1, line.length);
  if (name === "AT") {
    say(module, "OK");
  } else if (name === "AT+JOIN") {
    join(module);
  } else if (name === "AT+SEND") {
    send(module, value);
  } else if (name === "AT+ADDMULC") {
    setGroup(module, value);
  } else if (name === "AT+RMVMULC") {
    removeGroup(module, value);
  } else if (beginsWith(name, "AT+")) {
    set(module, name, value);
  } else {
    say(module, "AT_ERROR");
  }
}

function tell(module: Rak3172Module, data: DataFrame, kind: string, rssi_dbm: number): void {
  const window = module.busy ? "1" : "C";
  const place = "+EVT:RX_" + window + ":" + decimal(rssi_dbm) + ":8:" + kind + ":";
  say(module, place + decimal(data.port) + ":" + hexText(data.payload));
}

/** A frame of the network arrives at the antenna: a join accept, or data for this device or its group. */
export function deviceHears(module: Rak3172Module, frame: number[], rssi_dbm: number): void {
  if (module.silent) {
    return;
  }
  if (module.joining) {
    const accept = readJoinAccept(module.crypto, module.app_key, frame);
    if (accept !== undefined) {
      module.joining = false;
      module.session = sessionOf(module.crypto, module.app_key, accept, module.nonce);
      module.next_up = 0;
      module.next_down = 0;
      say(module, "+EVT:JOINED");
      return;
    }
  }
  const session = module.session;
  if (session === undefined || !(module.class_c || module.busy)) {
    return;
  }
  const own = readData(module.crypto, session, DATA_DOWN, module.next_down, frame);
  if (own !== undefined) {
    module.next_down = own.counter + 1;
    tell(module, own, "UNICAST", rssi_dbm);
    return;
  }
  const group = module.group;
  const common = group === undefined ? undefined : readData(module.crypto, group, DATA_DOWN, module.group_next, frame);
  if (common !== undefined) {
    module.group_next = common.counter + 1;
    tell(module, common, "MULTICAST", rssi_dbm);
  }
}

/** The module was reset: its session is gone, its nonce is not. */
export function forgetNetwork(module: Rak3172Module): void {
  module.session = undefined;
  module.busy = false;
}

export function createRak3172Module(crypto: Crypto, line: ByteLine, timer: Timer, mode: RadioMode): Rak3172Module {
  const module: Rak3172Module = {
    crypto: crypto,
    line: line,
    timer: timer,
    reader: createLineReader(function (text) {
      onLine(module, text);
    }),
    duty: createDutyCycle(DUTY_868_0_PERMILLE, timer.now_ms(), 0),
    mode: mode,
    device_eui: [],
    join_eui: [],
    app_key: [],
    class_c: false,
    group: undefined,
    group_next: 0,
    session: undefined,
    nonce: 0,
    joining: false,
    next_up: 0,
    next_down: 0,
    busy: false,
    silent: false,
    busy_times: 0,
    on_transmit: function () {
      return;
    },
  };
  line.on_bytes(function (bytes) {
    takeLines(module.reader, bytes);
  });
  return module;
}
