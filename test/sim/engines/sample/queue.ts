/** Events in time order, callbacks held in records: the shape of the simulator's own queue. */

export interface QueueEntry {
  readonly at_ms: number;
  readonly sequence: number;
  readonly run: () => void;
}

export interface Queue {
  now_ms(): number;
  after(delay_ms: number, run: () => void): void;
  drain(limit: number): number;
}

/** Makes an empty queue at time `start_ms`. */
export function createQueue(start_ms: number): Queue {
  let current_ms = start_ms;
  let next_sequence = 0;
  const entries: QueueEntry[] = [];

  function takeFirst(): QueueEntry | undefined {
    let best = -1;
    for (let index = 0; index < entries.length; index += 1) {
      if (best < 0 || isBefore(entries[index], entries[best])) best = index;
    }
    return best < 0 ? undefined : entries.splice(best, 1)[0];
  }

  return {
    now_ms: () => current_ms,
    after(delay_ms: number, run: () => void): void {
      next_sequence += 1;
      entries.push({ at_ms: current_ms + delay_ms, sequence: next_sequence, run });
    },
    drain(limit: number): number {
      let done = 0;
      while (done < limit) {
        const entry = takeFirst();
        if (entry === undefined) return done;
        current_ms = entry.at_ms;
        entry.run();
        done += 1;
      }
      return done;
    },
  };
}

function isBefore(left: QueueEntry, right: QueueEntry): boolean {
  if (left.at_ms !== right.at_ms) return left.at_ms < right.at_ms;
  return left.sequence < right.sequence;
}
