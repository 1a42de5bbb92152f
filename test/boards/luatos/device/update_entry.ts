/// <reference path="../../../../boards/luatos/luatos.d.ts" />
/** The meter of update.lua on LuatOS's bindings (../../update_scene.ts). */
import { assemble } from "../../../../boards/luatos/main";
import { W25Q_GEOMETRY } from "../../binding_scenes";
import type { Running } from "../../update_scene";
import { bootMeterOn } from "../../update_scene";
import { BOARD } from "./meter_board";

export { ring } from "../../../../boards/luatos/timer";

/** Where the slots are, as the boot code beside it has them. */
declare var update_slots: { first: number; slot_bytes: number };

function noBench(request: string): string {
  return request;
}

export function bootMeter(update_key: string, fresh: boolean): Running | undefined {
  BOARD.name = "lua-luatos";
  BOARD.update_slots = update_slots;
  BOARD.geometry = {
    size_bytes: update_slots.first,
    sector_bytes: W25Q_GEOMETRY.sector_bytes,
    page_bytes: W25Q_GEOMETRY.page_bytes,
    word_bytes: W25Q_GEOMETRY.word_bytes,
    programs_per_erase: W25Q_GEOMETRY.programs_per_erase,
    erase_limit: W25Q_GEOMETRY.erase_limit,
  };
  return bootMeterOn(assemble(BOARD, noBench), update_key, fresh);
}
