/**
 * Radio twin: a modem on an empty channel. A frame takes its airtime at 100 kbit/s; frames that arrive outside a
 * receive window are lost. Fault: none yet; the lossy channel and the duty cycle come with the radio link.
 */
import { assert } from "../../firmware/assert";
import type { Radio } from "../../hal/radio";
import type { Queue } from "../world/queue";
import { cancelEvent, createEvent, scheduleEvent } from "../world/queue";
import type { Trace } from "../world/trace";
import { numberField, writeLine } from "../world/trace";

const FRAME_MAX_BYTES = 255;
const BYTES_PER_10_MS = 125;
const RSSI_DBM = -70;

export interface RadioTwin {
  port: Radio;
  /** A frame arrives at the antenna. */
  arrive: (frame: number[]) => void;
  powered: boolean;
  /** The modem loses its power: a frame under way is cut off, the window is closed. */
  cut: () => void;
}

type Done = (result: "sent" | "duty_cycle" | "failed") => void;

export function createRadioTwin(queue: Queue, trace: Trace): RadioTwin {
  let sending: Done | undefined = undefined;
  let listen_until_ms = 0;
  const nobody = function (frame: number[], rssi_dbm: number): void {
    assert(frame.length > 0 && rssi_dbm < 0, "a frame has bytes and a signal strength");
  };
  let notify: (frame: number[], rssi_dbm: number) => void = nobody;
  const sent = createEvent(function () {
    const done: Done | undefined = sending;
    sending = undefined;
    if (done !== undefined) {
      done("sent");
    }
  });
  const twin: RadioTwin = {
    port: {
      frame_max_bytes: FRAME_MAX_BYTES,
      send: function (frame, done) {
        assert(frame.length > 0 && frame.length <= FRAME_MAX_BYTES, "a frame fits the port");
        if (sending !== undefined || !twin.powered) {
          return "busy";
        }
        sending = done;
        if (trace.on) {
          writeLine(trace, "port", "radio", numberField("send_bytes", frame.length));
        }
        scheduleEvent(queue, sent, queue.now_ms + Math.floor((frame.length * 10) / BYTES_PER_10_MS) + 1);
        return "started";
      },
      listen: function (window_ms) {
        if (twin.powered) {
          listen_until_ms = queue.now_ms + window_ms;
        }
      },
      on_frame: function (listener) {
        if (twin.powered) {
          notify = listener;
        }
      },
    },
    arrive: function (frame) {
      const heard = queue.now_ms < listen_until_ms;
      if (trace.on) {
        writeLine(
          trace,
          "port",
          "radio",
          numberField("arrived_bytes", frame.length) + numberField("heard", heard ? 1 : 0),
        );
      }
      if (heard) {
        notify(frame, RSSI_DBM);
      }
    },
    powered: true,
    cut: function () {
      twin.powered = false;
      cancelEvent(queue, sent);
      sending = undefined;
      listen_until_ms = 0;
      notify = nobody;
    },
  };
  return twin;
}
