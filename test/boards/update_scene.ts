/**
 * A meter on a Lua board's bindings that takes updates over the air, for updates.lua, which runs it out of the board's slots:
 * its ports are the board's own, and its modem is the program that brings the frames. Portable code.
 */
import { hexBytes } from "../../firmware/card/bytes";
import { boot, start } from "../../firmware/meter";
import type { Assembly } from "../../firmware/program";
import { blankRadioPlate, radioPlateBytes } from "../../firmware/radio_plate";
import { attachRadioRoom } from "../../firmware/radio_room";
import { commission } from "../../firmware/requests";
import { ENGINE_ARITHMETIC } from "../../firmware/self_check";
import { decimal } from "../../firmware/text";
import type { Radio } from "../../hal/radio";
import { household, tariff } from "./household";

const RSSI_DBM = -60;
const UTILITY = 7;

/** What the program does with a meter that runs. */
export interface Running {
  /** A frame on the air, in hexadecimal. */
  hear: (frame: string) => void;
  /** What the log has of updates, with their versions. */
  events: () => string;
}

function radioPart(update_key: string): string {
  const plate = blankRadioPlate();
  plate.station.interval_s = 3600;
  plate.station.master_key = "000102030405060708090a0b0c0d0e0f";
  plate.update_key = update_key;
  return radioPlateBytes(plate);
}

function airModem(on_frame: Radio["on_frame"]): Radio {
  return {
    frame_max_bytes: 255,
    send: function (frame, done) {
      done(frame.length > 0 ? "sent" : "failed");
      return "started";
    },
    listen: function (window_ms) {
      return window_ms;
    },
    on_frame: on_frame,
  };
}

/** Boots the meter that stands in the board's memory; one that is `fresh` is put into service. */
export function bootMeterOn(assembly: Assembly, update_key: string, fresh: boolean): Running | undefined {
  let hear = function (frame: number[], _rssi_dbm: number): void {
    frame.pop();
  };
  const meter = boot(assembly.hal, household(), tariff(), ENGINE_ARITHMETIC).meter;
  if (meter === undefined) {
    return undefined;
  }
  attachRadioRoom(meter, radioPart(update_key), {
    board: assembly.aerial.board,
    modem: function () {
      return airModem(function (listener) {
        hear = listener;
      });
    },
    slots: assembly.aerial.slots,
  });
  start(meter);
  if (fresh) {
    meter.card.books.utility = UTILITY;
    commission(meter, 100000);
  }
  return {
    hear: function (frame) {
      hear(hexBytes(frame), RSSI_DBM);
    },
    events: function () {
      let text = "";
      for (const event of meter.log.ring) {
        text += event.code.indexOf("update_") === 0 ? " " + event.code + "=" + decimal(event.value) : "";
      }
      return text;
    },
  };
}
