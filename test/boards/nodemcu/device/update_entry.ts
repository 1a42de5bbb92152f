/// <reference path="../../../../boards/nodemcu/nodemcu.d.ts" />
/** The meter of update.lua on NodeMCU's bindings (../../update_scene.ts). */
import { assemble } from "../../../../boards/nodemcu/main";
import type { Running } from "../../update_scene";
import { bootMeterOn } from "../../update_scene";
import { BOARD } from "./meter_board";

export function bootMeter(update_key: string, fresh: boolean): Running | undefined {
  return bootMeterOn(assemble(BOARD), update_key, fresh);
}
