/**
 * Lines of the queue's file, and what they add up to.
 *
 *   message   {number, at, meter, request, what, body}   for one meter; `what` is the place of its kind, from 1
 *   reserved  {meter, counter}       message counters towards the meter up to, and without, this one may be in use
 *   answered  {number, code, at}     the meter has said what came of it
 *   dropped   {number, at}           a person has taken it back
 *   push      {number, at, region, version, content, meters, update_file}   a signed content for many; bytes in
 *             hexadecimal; of an update its manifest, and the file (tools/update) that has the image
 *   progress  {number, meter, state, code, at}   how far a meter has come with a push: heard, delivered, active, refused
 *   sent      {number, frames, airtime_us, at}  so many frames of a push's carousel were on the air
 *   stopped   {number, at}           the push is not broadcast any more
 */
import { z } from "zod";
import { CONTENT_MAX_BYTES } from "../../firmware/carousel/fragments";
import { MESSAGE_KINDS } from "../../firmware/radio/message";
import { COUNTER_MAX, REQUEST_MAX } from "../../firmware/radio/radio_books";

export const METER_ID = /^\d{8}$/;
/**
 * Bytes of a message's body, in digits, and of a content that is broadcast. A body fills fifteen blocks of mode 7 here:
 * files have such ones that were queued before anybody looked whether a frame carries them (BODY_MAX_BYTES).
 */
const BODY_MAX_DIGITS = 2 * 231;
const CONTENT_MAX_DIGITS = 2 * CONTENT_MAX_BYTES;
const PATH_MAX = 4096;
export const METERS_MAX = 100_000;

const number = z.number().int().min(1).max(1e9);
const at = z.iso.datetime();
const meter = z.string().regex(METER_ID);
const digits = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^([0-9A-F]{2})*$/);

/** What who pushes says of it; region and version stand in the content. */
export const PUSH_WISH = z.strictObject({
  content: digits(CONTENT_MAX_DIGITS).min(2),
  meters: z.array(meter).min(1).max(METERS_MAX),
});

export const PUSH_STATES = ["heard", "delivered", "active", "refused"] as const;
export type PushState = (typeof PUSH_STATES)[number];

export const QUEUE_ENTRY = z.discriminatedUnion("entry", [
  z.strictObject({
    entry: z.literal("message"),
    number,
    at,
    meter,
    request: z.number().int().min(1).max(REQUEST_MAX),
    what: z.number().int().min(1).max(MESSAGE_KINDS.length),
    body: digits(BODY_MAX_DIGITS),
  }),
  z.strictObject({ entry: z.literal("reserved"), meter, counter: z.number().int().min(1).max(COUNTER_MAX) }),
  z.strictObject({ entry: z.literal("answered"), number, code: z.number().int().min(0).max(255), at }),
  z.strictObject({ entry: z.literal("dropped"), number, at }),
  z.strictObject({
    entry: z.literal("push"),
    number,
    at,
    region: z.string().regex(/^\d{6}$/),
    version: z.number().int().min(1).max(2147483647),
    ...PUSH_WISH.shape,
    update_file: z.string().min(1).max(PATH_MAX).optional(),
  }),
  z.strictObject({
    entry: z.literal("progress"),
    number,
    meter,
    state: z.enum(PUSH_STATES),
    code: z.number().int().min(0).max(255).optional(),
    at,
  }),
  z.strictObject({
    entry: z.literal("sent"),
    number,
    frames: z.number().int().min(1).max(1_000_000),
    airtime_us: z.number().int().min(1),
    at,
  }),
  z.strictObject({ entry: z.literal("stopped"), number, at }),
]);
export type QueueEntry = z.infer<typeof QUEUE_ENTRY>;

export interface Message {
  readonly number: number;
  readonly at: string;
  readonly meter: string;
  readonly request: number;
  readonly what: number;
  readonly body: string;
  /** What the meter has said of it. */
  code?: number;
  dropped?: boolean;
}

export interface Push {
  readonly number: number;
  readonly at: string;
  readonly region: string;
  readonly version: number;
  readonly content: string;
  readonly meters: readonly string[];
  readonly update_file?: string | undefined;
  /** By meter; those who were not heard since are missing. */
  readonly states: Map<string, { state: PushState; code: number | undefined }>;
  frames: number;
  airtime_us: number;
  stopped: boolean;
}

export interface QueueState {
  readonly messages: Map<number, Message>;
  /** By meter: those without an answer, oldest first. */
  readonly waiting: Map<string, Message[]>;
  readonly pushes: Map<number, Push>;
  /** By meter: the next message counter that was never reserved, and the next request. */
  readonly counters: Map<string, number>;
  readonly requests: Map<string, number>;
  next_number: number;
}

export function createQueueState(): QueueState {
  return {
    messages: new Map(),
    waiting: new Map(),
    pushes: new Map(),
    counters: new Map(),
    requests: new Map(),
    next_number: 1,
  };
}

const ORDER = new Map(PUSH_STATES.map((state, place) => [state, place]));

/** Whether a meter's new state says more: none takes back what was said before it, but a refusal of active. */
export function isFurther(before: PushState | undefined, state: PushState): boolean {
  return before === undefined || (before !== "active" && (ORDER.get(state) ?? 0) > (ORDER.get(before) ?? 0));
}

function takeNumber(state: QueueState, taken: number): void {
  if (taken !== state.next_number) throw new RangeError(`its number is ${taken}, and ${state.next_number} is next`);
  state.next_number += 1;
}

function messageOf(state: QueueState, wanted: number): Message {
  const message = state.messages.get(wanted);
  if (message === undefined) throw new RangeError(`there is no message ${wanted}`);
  return message;
}

/** A message that waits no longer. */
function endOf(state: QueueState, wanted: number): Message {
  const message = messageOf(state, wanted);
  const left = (state.waiting.get(message.meter) ?? []).filter((one) => one !== message);
  if (left.length > 0) state.waiting.set(message.meter, left);
  else state.waiting.delete(message.meter);
  return message;
}

function pushOf(state: QueueState, wanted: number): Push {
  const push = state.pushes.get(wanted);
  if (push === undefined) throw new RangeError(`there is no push ${wanted}`);
  return push;
}

/** Takes an entry in. Throws a RangeError when it cannot follow the ones before it. */
export function applyQueueEntry(state: QueueState, entry: QueueEntry): void {
  switch (entry.entry) {
    case "message": {
      const least = state.requests.get(entry.meter) ?? 1;
      if (entry.request < least) throw new RangeError(`request ${entry.request} was used before`);
      takeNumber(state, entry.number);
      state.requests.set(entry.meter, entry.request + 1);
      const { entry: _entry, ...message } = entry;
      state.messages.set(entry.number, message);
      state.waiting.set(entry.meter, [...(state.waiting.get(entry.meter) ?? []), message]);
      return;
    }
    case "reserved":
      if (entry.counter <= (state.counters.get(entry.meter) ?? 0)) throw new RangeError("a counter falls");
      state.counters.set(entry.meter, entry.counter);
      return;
    case "answered":
      endOf(state, entry.number).code = entry.code;
      return;
    case "dropped":
      endOf(state, entry.number).dropped = true;
      return;
    case "push": {
      takeNumber(state, entry.number);
      const { entry: _entry, ...push } = entry;
      state.pushes.set(entry.number, { ...push, states: new Map(), frames: 0, airtime_us: 0, stopped: false });
      return;
    }
    case "progress": {
      const push = pushOf(state, entry.number);
      if (!push.meters.includes(entry.meter)) throw new RangeError(`push ${entry.number} is not for ${entry.meter}`);
      push.states.set(entry.meter, { state: entry.state, code: entry.code });
      return;
    }
    case "sent": {
      const push = pushOf(state, entry.number);
      push.frames += entry.frames;
      push.airtime_us += entry.airtime_us;
      return;
    }
    case "stopped":
      pushOf(state, entry.number).stopped = true;
  }
}
