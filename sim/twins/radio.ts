/**
 * Radio twin: a modem on an empty channel. A frame takes its airtime at 100 kbit/s; frames that arrive outside a
 * receive window are lost. Faults, as the state of the modem:
 *   ok          a frame is sent
 *   duty_cycle  the airtime of the hour is used up: nothing is sent, and the answer says so
 *   failed      nothing is sent: the modem is resetting
 *   silent      nothing is sent, and no answer ever comes; the next frame is taken all the same
 * Not modelled here: loss, other senders (a channel between many meters and gateways is the gateway's test).
 */
import { hexText } from "../../firmware/card/bytes";
import { assert } from "../../firmware/assert";
import type { Radio } from "../../hal/radio";
import type { Queue } from "../world/queue";
import { cancelEvent, createEvent, scheduleEvent } from "../world/queue";
import type { Trace } from "../world/trace";
import { numberField, textField, writeLine } from "../world/trace";

const FRAME_MAX_BYTES = 255;
const BYTES_PER_10_MS = 125;
const RSSI_DBM = -70;
export const MODEM_STATES: string[] = ["ok", "duty_cycle", "failed", "silent"];

export interface RadioTwin {
  port: Radio;
  /** A frame arrives at the antenna. */
  arrive: (frame: number[]) => void;
  powered: boolean;
  /** One of MODEM_STATES. */
  state: string;
  /** Told of each frame that is on the air. */
  on_sent: (frame: number[]) => void;
  /** The modem loses its power: a frame under way is cut off, the window is closed. */
  cut: () => void;
}

type Done = (result: "sent" | "duty_cycle" | "failed") => void;

function traceSent(trace: Trace, frame: number[], state: string): void {
  if (trace.on) {
    const fields = numberField("send_bytes", frame.length) + textField("modem", state);
    writeLine(trace, "port", "radio", fields + textField("frame", hexText(frame)));
  }
}

function traceArrived(trace: Trace, frame: number[], heard: boolean): void {
  if (trace.on) {
    const fields = numberField("arrived_bytes", frame.length) + numberField("heard", heard ? 1 : 0);
    writeLine(trace, "port", "radio", fields);
  }
}

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
      done(twin.state === "duty_cycle" ? "duty_cycle" : twin.state === "failed" ? "failed" : "sent");
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
        if (twin.state === "silent") {
          return "started";
        }
        sending = done;
        traceSent(trace, frame, twin.state);
        if (twin.state === "ok") {
          twin.on_sent(frame);
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
      answers: function () {
        return twin.powered && (twin.state === "ok" || twin.state === "duty_cycle");
      },
    },
    arrive: function (frame) {
      const heard = queue.now_ms < listen_until_ms;
      traceArrived(trace, frame, heard);
      if (heard) {
        notify(frame, RSSI_DBM);
      }
    },
    powered: true,
    state: "ok",
    on_sent: function (frame) {
      assert(frame.length > 0, "a frame has bytes");
    },
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
