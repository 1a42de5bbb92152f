/** The driver of a module's own modem against the twin of LuatOS's modules and a broker, in virtual time. */
import assert from "node:assert/strict";
import type { Bg96Settings } from "../../../firmware/modem/bg96_commands";
import { createModuleModem, type ModuleModem } from "../../../firmware/modem/module_modem";
import { createLuatosModule, type LuatosModule } from "../../../sim/hci/luatos_module";
import { createBroker, linkTo, publishTo, type Broker } from "../../../sim/hci/mqtt_broker";
import { createTimerTwin } from "../../../sim/twins/timer";
import type { Benches } from "../../hal/benches";
import { virtualTime } from "../../hal/twins";
import { BG96 } from "./rig";

/** From power to the broker, registration in it. */
export const MODULE_START_MS = 6000;

/** As a BG96's, without an APN to be said. */
export const MODULE: Bg96Settings = { ...BG96, apn: "", edrx_s: 0 };

export interface ModuleRig {
  module: LuatosModule;
  modem: ModuleModem;
  broker: Broker;
  /** Payloads that reached the broker on the meter's topic. */
  taken: string[];
  down: (text: string, topic?: string) => void;
  /** A frame is sent and its result waited for. */
  send: (frame: number[], span_ms?: number) => string[];
  /** Frames heard in a window from now on, and how strong. */
  heard: (window_ms?: number) => [number[], number][];
  pass: (span_ms: number) => void;
}

export function moduleRig(
  settings: Partial<Bg96Settings> = {},
  spoil: (module: LuatosModule) => void = () => undefined,
): ModuleRig {
  const { queue, pass } = virtualTime();
  const broker = createBroker();
  const module = createLuatosModule(createTimerTwin(queue).port, linkTo(broker));
  const own = { ...MODULE, ...settings };
  const taken: string[] = [];
  broker.on_publish = (topic, payload) => {
    if (topic === own.up_topic) taken.push(Buffer.from(payload).toString("latin1"));
  };
  spoil(module);
  const modem = createModuleModem(module.engine, createTimerTwin(queue).port, own);
  return {
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
      const heard: [number[], number][] = [];
      modem.port.on_frame((frame, rssi_dbm) => heard.push([frame, rssi_dbm]));
      modem.port.listen(window_ms);
      return heard;
    },
    pass,
  };
}

/** One that has an address and is subscribed. */
export function moduleWorking(settings: Partial<Bg96Settings> = {}): ModuleRig {
  const rig = moduleRig(settings);
  rig.pass(MODULE_START_MS);
  assert.equal(rig.modem.state, "working");
  return rig;
}

export function moduleBench(): Benches["radio"] {
  const rig = moduleWorking();
  return {
    port: rig.modem.port,
    pass: rig.pass,
    arrive: (bytes) => {
      rig.down(Buffer.from(bytes).toString("hex").toUpperCase());
    },
    lag_ms: 0,
    frame: (number) => [number, 26, 27],
    longest: new Array<number>(rig.modem.port.frame_max_bytes).fill(26),
  };
}
