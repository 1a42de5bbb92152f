/**
 * Service port twin: a technician types a line, the meter's answers go to the trace line by line.
 * Not modelled: lost bytes, a full buffer.
 */
import { assert } from "../../firmware/assert";
import { lineBytes } from "../../firmware/text";
import type { ServicePort } from "../../hal/service_port";
import type { Trace } from "../world/trace";
import { textField, writeLine } from "../world/trace";

const LF = 10;

export interface ServicePortTwin {
  port: ServicePort;
  /** What the meter has written since its last line end. */
  unfinished: string;
  /** The last whole line it wrote. */
  said: string;
  notify: (bytes: number[]) => void;
  powered: boolean;
}

function nobody(bytes: number[]): void {
  assert(bytes.length > 0, "bytes come one or more at a time");
}

export function createServicePortTwin(trace: Trace): ServicePortTwin {
  const twin: ServicePortTwin = {
    port: {
      write: function (bytes) {
        if (!twin.powered) {
          return "ok";
        }
        for (const byte of bytes) {
          if (byte === LF) {
            twin.said = twin.unfinished;
            twin.unfinished = "";
            if (trace.on) {
              writeLine(trace, "port", "service", textField("says", twin.said));
            }
          } else {
            twin.unfinished = twin.unfinished + String.fromCharCode(byte);
          }
        }
        return "ok";
      },
      on_receive: function (listener) {
        if (twin.powered) {
          twin.notify = listener;
        }
      },
    },
    unfinished: "",
    said: "",
    notify: nobody,
    powered: true,
  };
  return twin;
}

/** A line that was not finished will never be. */
export function cutService(twin: ServicePortTwin): void {
  twin.powered = false;
  twin.unfinished = "";
  twin.notify = nobody;
}

/** Types a line at the laptop. */
export function typeLine(twin: ServicePortTwin, trace: Trace, line: string): void {
  if (trace.on) {
    writeLine(trace, "port", "service", textField("hears", line));
  }
  twin.notify(lineBytes(line));
}
