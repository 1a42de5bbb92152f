/**
 * Valve twin. Faults, each switched on by a scenario:
 *   stuck    the motor runs, the valve stays where it is
 *   slow     a whole travel takes three times travel_max_ms, so that it needs several drives
 *   lying    the end switches stick: position() repeats what it said when the fault began
 *   leaking  closed, but `leak_l_h` still flows when a tap is open
 * The port cuts the motor after travel_max_ms; a power cut stops it on its way. Not modelled: motor current, gradual wear of the seal.
 */
import { assert } from "../../firmware/assert";
import type { Valve, ValveDirection, ValvePosition } from "../../hal/valve";
import type { Queue, QueuedEvent } from "../world/queue";
import { cancelEvent, createEvent, scheduleEvent } from "../world/queue";
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
  powered: boolean;
  /** The drive under way: since when, and its end. */
  started_ms: number;
  stop: QueuedEvent;
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

/** What a drive covers; a slow valve, a third of its way. */
function wholeTravel(twin: ValveTwin): number {
  return twin.slow ? Math.floor(twin.travel_ms / 3) + 1 : twin.travel_ms;
}

export function createValveTwin(queue: Queue, trace: Trace, travel_ms: number): ValveTwin {
  const travel_max_ms = travel_ms + TRAVEL_MARGIN_MS;
  const twin: ValveTwin = {
    port: {
      travel_max_ms: travel_max_ms,
      drive: function (direction) {
        if (!twin.powered) {
          return "started";
        }
        if (trace.on) {
          writeLine(trace, "port", "valve", textField("drive", direction));
        }
        if (twin.moving) {
          return "busy";
        }
        twin.moving = true;
        twin.direction = direction;
        twin.started_ms = queue.now_ms;
        scheduleEvent(queue, twin.stop, queue.now_ms + (twin.slow || twin.stuck ? travel_max_ms : twin.travel_ms));
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
    powered: true,
    started_ms: 0,
    stop: createEvent(function () {
      stand(twin, trace, wholeTravel(twin));
    }),
  };
  return twin;
}

/** Power is lost: a motor that runs stops where it is. */
export function cutValve(twin: ValveTwin, queue: Queue, trace: Trace): void {
  twin.powered = false;
  if (twin.moving) {
    const ran_ms = queue.now_ms - twin.started_ms;
    const drive_ms = twin.stop.at_ms - twin.started_ms;
    cancelEvent(queue, twin.stop);
    stand(twin, trace, Math.floor((wholeTravel(twin) * ran_ms) / drive_ms));
  }
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
