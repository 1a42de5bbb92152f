/**
 * Card reader twin: a card without any application, which answers every command with 6D00 (instruction not supported,
 * ISO/IEC 7816-4) after 5 ms. Fault: the card is pulled while a command is under way. The DESFire twin will sit here.
 */
import { assert } from "../../firmware/assert";
import type { CardReader } from "../../hal/card_reader";
import type { Queue } from "../world/queue";
import { cancelEvent, createEvent, scheduleEvent } from "../world/queue";
import type { Trace } from "../world/trace";
import { numberField, writeLine } from "../world/trace";

const ANSWER_MS = 5;
const APDU_MAX_BYTES = 64;

export interface CardReaderTwin {
  port: CardReader;
  uid: number[];
  insert: (uid: number[]) => void;
  remove: () => void;
  powered: boolean;
  /** The reader loses its power: a command under way is never answered. */
  cut: () => void;
}

type Done = (result: "ok" | "removed" | "timeout", answer: number[]) => void;

export function createCardReaderTwin(queue: Queue, trace: Trace): CardReaderTwin {
  let waiting: Done | undefined = undefined;
  const nobody = function (): void {
    return;
  };
  let notify: () => void = nobody;
  const finish = function (result: "ok" | "removed", answer: number[]): void {
    const done: Done | undefined = waiting;
    waiting = undefined;
    if (done !== undefined) {
      done(result, answer);
    }
  };
  const answered = createEvent(function () {
    finish("ok", [109, 0]);
  });
  const twin: CardReaderTwin = {
    port: {
      apdu_max_bytes: APDU_MAX_BYTES,
      present: function () {
        return twin.uid.length > 0;
      },
      uid: function () {
        return twin.uid;
      },
      transmit: function (command, timeout_ms, done) {
        assert(command.length <= APDU_MAX_BYTES && timeout_ms > 0, "a command fits the port");
        if (twin.uid.length === 0 || !twin.powered) {
          return "absent";
        }
        if (waiting !== undefined) {
          return "busy";
        }
        waiting = done;
        scheduleEvent(queue, answered, queue.now_ms + ANSWER_MS);
        return "started";
      },
      on_change: function (listener) {
        if (twin.powered) {
          notify = listener;
        }
      },
    },
    uid: [],
    insert: function (uid) {
      twin.uid = uid;
      if (trace.on) {
        writeLine(trace, "port", "card", numberField("present", 1));
      }
      notify();
    },
    remove: function () {
      twin.uid = [];
      if (trace.on) {
        writeLine(trace, "port", "card", numberField("present", 0));
      }
      cancelEvent(queue, answered);
      finish("removed", []);
      notify();
    },
    powered: true,
    cut: function () {
      twin.powered = false;
      cancelEvent(queue, answered);
      waiting = undefined;
      notify = nobody;
    },
  };
  return twin;
}
