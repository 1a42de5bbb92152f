/** The drivers against the emulators of their modules, in virtual time. */
import assert from "node:assert/strict";
import { frameB } from "../../../firmware/radio/frames";
import { linkContent, type Address } from "../../../firmware/radio/link";
import { createIm871a, LINK_C1, type Im871a, type Im871aSettings } from "../../../firmware/modem/im871a";
import { createBg96, type Bg96, type Bg96Settings } from "../../../firmware/modem/bg96";
import { WHOLE_MAX_BYTES } from "../../../firmware/modem/lorawan_pieces";
import { createRak3172, type LorawanSettings, type Rak3172 } from "../../../firmware/modem/rak3172";
import type { Bg96Module } from "../../../sim/hci/bg96_life";
import { createBg96Module } from "../../../sim/hci/bg96_module";
import { createBroker, linkTo, publishTo, type Broker } from "../../../sim/hci/mqtt_broker";
import { createIm871aModule, moduleHears, type Im871aModule } from "../../../sim/hci/im871a_module";
import { addDevice, createNetwork, frameTo, networkHears, type Network } from "../../../sim/hci/lorawan_network";
import { createRak3172Module, deviceHears, type Rak3172Module } from "../../../sim/hci/rak3172_module";
import { createBytePipe, type BytePipe } from "../../../sim/pn532/pipe";
import { createCryptoTwin } from "../../../sim/twins/crypto";
import { createTimerTwin } from "../../../sim/twins/timer";
import { createEvent, scheduleEvent, type Queue } from "../../../sim/world/queue";
import type { Benches } from "../../hal/benches";
import { virtualTime } from "../../hal/twins";

export const SETTLE_MS = 2000;
export const MODULE_ID = [0x78, 0x56, 0x34, 0x12];
export const GATEWAY: Address = { manufacturer: "CSB", id: "00000001", version: 1, device_type: 0x31 };
const RSSI_DBM = -58;
/** Within this a short frame has come over the line. */
const LINE_MS = 50;

export const SETTINGS: Im871aSettings = {
  device: 0,
  link: LINK_C1,
  sends: "C2",
  sums: "b",
  watch_ms: 60_000,
  used_permille: 0,
};

/** Content with so many bytes behind its link layer. */
export const content = (number: number, bytes = 1): number[] =>
  linkContent(0x44, GATEWAY, [number, ...new Array<number>(bytes - 1).fill(number)]);

export interface HciRig {
  queue: Queue;
  pipe: BytePipe;
  module: Im871aModule;
  modem: Im871a;
  /** Content that went out, and when. */
  on_air: { at_ms: number; content: number[] }[];
  pass: (span_ms: number) => void;
}

export function hciRig(settings: Partial<Im871aSettings> = {}, piece_bytes = 1000): HciRig {
  const { queue, pass } = virtualTime();
  const pipe = createBytePipe(queue, piece_bytes);
  const module = createIm871aModule(pipe.chip, createTimerTwin(queue).port, MODULE_ID, "C2");
  const on_air: HciRig["on_air"] = [];
  module.on_transmit = (bytes) => on_air.push({ at_ms: queue.now_ms, content: bytes });
  const modem = createIm871a(pipe.host, createTimerTwin(queue).port, { ...SETTINGS, ...settings });
  return { queue, pipe, module, modem, on_air, pass };
}

/** A frame as it is on the air. */
export const frame = (number: number): number[] => frameB(content(number));

export function hciBench(piece_bytes: number): Benches["radio"] {
  const rig = hciRig({}, piece_bytes);
  rig.pass(SETTLE_MS);
  return {
    port: rig.modem.port,
    pass: rig.pass,
    arrive: (bytes) => {
      moduleHears(rig.module, [bytes.length - 3, ...bytes.slice(1, -2)], "C1", RSSI_DBM);
      rig.pass(LINE_MS);
    },
    lag_ms: LINE_MS,
    frame,
    longest: frameB(content(1, 252 - 10)),
  };
}

export const DEVICE_EUI = [0xac, 0x1f, 0x09, 0xff, 0xfe, 0x00, 0x00, 0x01];
export const APP_KEY = Array.from({ length: 16 }, (_, index) => index * 7);
export const GROUP = {
  address: 0x01020304,
  network_key: Array.from({ length: 16 }, (_, index) => 100 + index),
  application_key: Array.from({ length: 16 }, (_, index) => 200 + index),
};
const text = (bytes: number[]): string => Buffer.from(bytes).toString("hex").toUpperCase();

export const LORAWAN: LorawanSettings = {
  device_eui: text(DEVICE_EUI),
  join_eui: "0000000000000001",
  app_key: text(APP_KEY),
  port: 2,
  data_rate: 3,
  frame_max_bytes: 115,
  multicast: `C:01020304:${text(GROUP.network_key)}:${text(GROUP.application_key)}:869525000:3:0`,
};

export interface LorawanRig {
  queue: Queue;
  pipe: BytePipe;
  module: Rak3172Module;
  modem: Rak3172;
  network: Network;
  /** Frames up as they were on the air. */
  frames: number[][];
  /** Payloads that the network took, in their order. */
  taken: number[][];
  hear: (frame: number[]) => void;
  down: (payload: number[]) => number[];
  /** The meter starts anew, on a module that has not lost its power. */
  restart: () => Rak3172;
  pass: (span_ms: number) => void;
}

export function lorawanRig(settings: Partial<LorawanSettings> = {}): LorawanRig {
  const { queue, pass } = virtualTime();
  const pipe = createBytePipe(queue, 1000);
  const crypto = createCryptoTwin();
  const module = createRak3172Module(crypto, pipe.chip, createTimerTwin(queue).port, "SF12");
  const network = createNetwork(crypto, GROUP);
  const device = addDevice(network, DEVICE_EUI, APP_KEY);
  const frames: number[][] = [];
  const taken: number[][] = [];
  const hear = (bytes: number[]): void => {
    deviceHears(module, bytes, RSSI_DBM);
  };
  network.on_up = (_device, data) => taken.push(data.payload);
  module.on_transmit = (bytes) => {
    frames.push(bytes);
    const answer = networkHears(network, bytes);
    const later = createEvent(() => {
      if (answer !== undefined) hear(answer);
    });
    scheduleEvent(queue, later, queue.now_ms + 5000);
  };
  const restart = (): Rak3172 => createRak3172(pipe.host, createTimerTwin(queue).port, { ...LORAWAN, ...settings });
  const modem = restart();
  const down = (payload: number[]): number[] => frameTo(network, device, LORAWAN.port, payload);
  return { queue, pipe, module, modem, network, frames, taken, hear, down, restart, pass };
}

export function lorawanBench(): Benches["radio"] {
  const rig = lorawanRig();
  rig.pass(10_000);
  return {
    port: rig.modem.port,
    pass: rig.pass,
    arrive: (bytes) => {
      rig.hear(rig.down(bytes));
      rig.pass(LINE_MS);
    },
    lag_ms: LINE_MS,
    frame: (number) => [number, 7],
    longest: new Array<number>(WHOLE_MAX_BYTES).fill(170),
  };
}

export const BG96: Bg96Settings = {
  apn: "iot.example",
  apn_authentication: "none",
  apn_user: "",
  apn_password: "",
  network: "nb_iot",
  host: "broker.example",
  port: 1883,
  tls: false,
  ca_file: "",
  client_id: "meter-00420001",
  user: "",
  password: "",
  up_topic: "curbstop/meter/00420001/up",
  down_topic: "curbstop/meter/00420001/down",
  broadcast_topic: "curbstop/meters/down",
  keepalive_s: 1200,
  edrx_s: 82,
  psm_period_s: 0,
  psm_active_s: 0,
  watch_ms: 600_000,
};
/** Asleep a minute behind its last word. */
export const BG96_PSM = { psm_period_s: 86_400, psm_active_s: 60, keepalive_s: 0, watch_ms: 0 };
/** Within this a short frame in hexadecimal has come over the line, with its topic, byte by byte. */
const MESSAGE_MS = 100;
/** From power to the broker, registration in it. */
export const BG96_START_MS = 15_000;

export interface Bg96Rig {
  queue: Queue;
  pipe: BytePipe;
  module: Bg96Module;
  modem: Bg96;
  broker: Broker;
  /** Payloads that reached the broker on the meter's topic. */
  taken: string[];
  down: (text: string, topic?: string) => void;
  /** A frame is sent and its result waited for. */
  send: (frame: number[], span_ms?: number) => string[];
  /** Frames heard in a window from now on. */
  heard: (window_ms?: number) => number[][];
  pass: (span_ms: number) => void;
}

export function bg96Rig(settings: Partial<Bg96Settings> = {}, piece_bytes = 1000): Bg96Rig {
  const { queue, pass } = virtualTime();
  const pipe = createBytePipe(queue, piece_bytes);
  const broker = createBroker();
  const module = createBg96Module(pipe.chip, createTimerTwin(queue).port, linkTo(broker));
  const own = { ...BG96, ...settings };
  const taken: string[] = [];
  broker.on_publish = (topic, payload) => {
    if (topic === own.up_topic) taken.push(Buffer.from(payload).toString("latin1"));
  };
  const modem = createBg96(pipe.host, createTimerTwin(queue).port, own);
  return {
    queue,
    pipe,
    module,
    modem,
    broker,
    taken,
    down: (text, topic = own.down_topic) => {
      publishTo(broker, topic, text);
    },
    send: (frame, span_ms = 60_000) => {
      const results: string[] = [];
      if (modem.port.send(frame, (result) => results.push(result)) === "busy") results.push("busy");
      pass(span_ms);
      return results;
    },
    heard: (window_ms = 1_000_000_000) => {
      const heard: number[][] = [];
      modem.port.on_frame((frame) => heard.push(frame));
      modem.port.listen(window_ms);
      return heard;
    },
    pass,
  };
}

/** One that has registered and connected. */
export function bg96Working(settings: Partial<Bg96Settings> = {}): Bg96Rig {
  const rig = bg96Rig(settings);
  rig.pass(BG96_START_MS);
  assert.equal(rig.modem.state, "working");
  return rig;
}

export function bg96Bench(piece_bytes: number): Benches["radio"] {
  const rig = bg96Rig({}, piece_bytes);
  rig.pass(BG96_START_MS);
  return {
    port: rig.modem.port,
    pass: rig.pass,
    arrive: (bytes) => {
      rig.down(text(bytes));
      rig.pass(MESSAGE_MS);
    },
    lag_ms: MESSAGE_MS,
    frame: (number) => [number, 26, 27],
    longest: new Array<number>(rig.modem.port.frame_max_bytes).fill(26),
  };
}
