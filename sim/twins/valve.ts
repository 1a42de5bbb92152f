/**
 * Valve twin. Faults, each switched on by a scenario:
 *   stuck    the motor runs, the valve stays where it is
 *   slow     a whole travel takes three times travel_max_ms, so that it needs several drives
 *   lying    the end switches stick: position() repeats what it said when the fault began
 *   leaking  closed, but `leak_l_h` still flows when a tap is open
 * The port cuts the motor after travel_max_ms. Not modelled: motor current, gradual wear of the seal.
 */
import { assert } from "../../firmware/assert";
import type { Valve, ValveDirection, ValvePosition } from "../../hal/valve";
import type { Queue } from "../world/queue";
import { createEvent, scheduleEvent } from "../world/queue";
import type { Trace } from "../world/trace";
import { textField, writeLine } from "../world/trace";

const TRAVEL_MARGIN_MS = 1200;

export interface ValveTwin {
  port: Valve;
  stuck: boolean;
  slow: boolean;
  lying: boolean;
  leak_l_h: number;
  travel_ms: number;
  /** How far it is open, in milliseconds of travel: 0 closed, `travel_ms` open. */
  opened_ms: number;
  moving: boolean;
  direction: ValveDirection;
  /** What the stuck switches say while `lying`. */
  said: ValvePosition;
  /** Told when the valve came to stand, so that the flow can follow. */
  on_move: () => void;
}

function positionOf(twin: ValveTwin): ValvePosition {
  if (twin.opened_ms === 0) {
    return "closed";
  }
  return twin.opened_ms === twin.travel_ms ? "open" : "between";
}

function stand(twin: ValveTwin, trace: Trace, travelled_ms: number): void {
  twin.moving = false;
  if (!twin.stuck) {
    const opened_ms = twin.direction === "open" ? twin.opened_ms + travelled_ms : twin.opened_ms - travelled_ms;
    if (opened_ms <= 0) {
      twin.opened_ms = 0;
    } else {
      twin.opened_ms = opened_ms < twin.travel_ms ? opened_ms : twin.travel_ms;
    }
  }
  assert(twin.opened_ms >= 0 && twin.opened_ms <= twin.travel_ms, "the valve stays between its ends");
  if (trace.on) {
    writeLine(trace, "port", "valve", textField("position", positionOf(twin)));
  }
  twin.on_move();
}

export function createValveTwin(queue: Queue, trace: Trace, travel_ms: number): ValveTwin {
  const travel_max_ms = travel_ms + TRAVEL_MARGIN_MS;
  const stop = createEvent(function () {
    // A slow valve covers a third of its way in a drive.
    stand(twin, trace, twin.slow ? Math.floor(twin.travel_ms / 3) + 1 : twin.travel_ms);
  });
  const twin: ValveTwin = {
    port: {
      travel_max_ms: travel_max_ms,
      drive: function (direction) {
        if (trace.on) {
          writeLine(trace, "port", "valve", textField("drive", direction));
        }
        if (twin.moving) {
          return "busy";
        }
        twin.moving = true;
        twin.direction = direction;
        scheduleEvent(queue, stop, queue.now_ms + (twin.slow || twin.stuck ? travel_max_ms : twin.travel_ms));
        return "started";
      },
      position: function () {
        return twin.lying ? twin.said : positionOf(twin);
      },
    },
    stuck: false,
    slow: false,
    lying: false,
    leak_l_h: 0,
    travel_ms: travel_ms,
    opened_ms: 0,
    moving: false,
    direction: "close",
    said: "closed",
    on_move: function () {
      return;
    },
  };
  return twin;
}

/** Makes the end switches stick as they are now, or frees them. */
export function setLying(twin: ValveTwin, lying: boolean): void {
  twin.said = positionOf(twin);
  twin.lying = lying;
}

/** Where the valve really is, whatever its switches say. */
export function truePosition(twin: ValveTwin): ValvePosition {
  return positionOf(twin);
}
