/**
 * Absent parts: ports of what a board does not have. Each keeps its port's promises and says so: no card ever comes, a
 * radio that fails, a display that shows to nobody, a clock that forgets at each boot.
 */
import { assert } from "../../firmware/assert";
import type { Buzzer } from "../../hal/buzzer";
import type { CardReader } from "../../hal/card_reader";
import type { Clock } from "../../hal/clock";
import type { Display } from "../../hal/display";
import type { Keypad } from "../../hal/keypad";
import type { Radio } from "../../hal/radio";
import type { Timer } from "../../hal/timer";

const APDU_MAX_BYTES = 64;
const FRAME_MAX_BYTES = 255;

function nothing(): void {
  return;
}

export function absentBuzzer(): Buzzer {
  return { beep: nothing };
}

export function absentDisplay(): Display {
  return { show: nothing };
}

export function absentKeypad(): Keypad {
  return { on_key: nothing };
}

export function absentCardReader(): CardReader {
  return {
    apdu_max_bytes: APDU_MAX_BYTES,
    present: function () {
      return false;
    },
    uid: function () {
      return [];
    },
    transmit: function () {
      return "absent";
    },
    on_change: nothing,
  };
}

/** The timer must be the radio's own. */
export function absentRadio(timer: Timer): Radio {
  let busy = false;
  return {
    frame_max_bytes: FRAME_MAX_BYTES,
    send: function (frame, done) {
      assert(frame.length > 0, "a frame has bytes");
      if (busy) {
        return "busy";
      }
      busy = true;
      timer.alarm(timer.now_ms(), function () {
        busy = false;
        done("failed");
      });
      return "started";
    },
    listen: nothing,
    on_frame: nothing,
  };
}

/** Calendar time without a clock chip: not known after a boot until it is set. */
export function timerClock(timer: Timer): Clock {
  let base_s = 0;
  let base_ms = 0;
  return {
    now_utc_s: function () {
      return base_s === 0 ? 0 : base_s + Math.floor((timer.now_ms() - base_ms) / 1000);
    },
    set: function (utc_s) {
      base_s = utc_s;
      base_ms = timer.now_ms();
    },
  };
}
