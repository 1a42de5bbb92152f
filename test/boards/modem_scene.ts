/**
 * A modem at the end of a board's line, for entries that run inside an engine: an iM871A's emulator, what goes to it
 * written down, and messages that arrive in the windows of a meter. Portable code.
 */
import { bytesText, hexBytes, hexText, textBytes } from "../../firmware/card/bytes";
import { blankRadioPlate, radioPlateBytes } from "../../firmware/radio_plate";
import { commission } from "../../firmware/requests";
import type { Meter } from "../../firmware/state";
import type { Timer } from "../../hal/timer";
import type { Im871aModule } from "../../sim/hci/im871a_module";
import { createIm871aModule, moduleHears } from "../../sim/hci/im871a_module";
import type { Host } from "../../sim/world/host";

/** Within the window behind a telegram, and from a message to the window behind its answer. */
const IN_WINDOW_MS = 500;
const ANSWERED_MS = 6000;
const RSSI_DBM = -61;

/** Radio's part of a nameplate, for a meter that reports each hour. */
export function radioPart(master_key: string | undefined): string {
  const plate = blankRadioPlate();
  plate.station.interval_s = 3600;
  plate.station.master_key = master_key === undefined ? "" : master_key;
  plate.modem.wmbus = { mode: "C" };
  return radioPlateBytes(plate);
}

export interface Plugged {
  module: Im871aModule;
  /** What the board writes to its line. */
  to_modem: (text: string) => void;
}

/** `from_modem` brings bytes to the board's line. */
export function plugIn(host: Host, make_timer: () => Timer, from_modem: (text: string) => void): Plugged {
  let hear = function (bytes: number[]): void {
    bytes.pop();
  };
  const line = {
    write: function (bytes: number[]): void {
      const text = bytesText(bytes);
      const timer = make_timer();
      // Not inside of the board's own write.
      timer.alarm(timer.now_ms(), function () {
        from_modem(text);
      });
    },
    on_bytes: function (listener: (bytes: number[]) => void): void {
      hear = listener;
    },
  };
  return {
    module: createIm871aModule(line, make_timer(), [1, 2, 3, 4], "C1"),
    to_modem: function (text) {
      host.write_line("to modem " + hexText(textBytes(text)));
      hear(textBytes(text));
    },
  };
}

/** Puts a meter into service, and brings it the program's contents, in hexadecimal, one a window. */
export function serve(host: Host, module: Im871aModule, meter: Meter, pass: (span_ms: number) => void): void {
  host.write_line("in service " + commission(meter, 100000));
  pass(IN_WINDOW_MS);
  let content = host.read_line();
  while (content !== undefined && content !== "end") {
    moduleHears(module, hexBytes(content), "C2", RSSI_DBM);
    pass(ANSWERED_MS);
    host.write_line("locked " + (meter.reasons.remote_lock ? "1" : "0"));
    content = host.read_line();
  }
}
