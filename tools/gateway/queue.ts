/**
 * The gateway's queue: what meters are still to be told, and how far they are. A file that is only ever added to, one
 * JSON object a line (entries.ts), each with a check over the line before it and its own:
 *
 *   {"entry":"message","number":1,...,"check":"0123456789abcdef"}
 *
 * Two programs write it: the gateway that runs, and commands that put something in. Each change takes the file's lock,
 * reads what others have added since, adds its lines, forces them to the disk, and only then counts them. A program that
 * is killed at any moment leaves whole lines and at most a torn one without its end, which the next writer cuts off:
 * what a line says was acted on only after it was on the disk.
 *
 * Message counters towards a meter are reserved in steps of COUNTER_STEP before the first of them is used, and what a
 * killed gateway had reserved is skipped. A restored copy of the file would go back to counters that were used, and the
 * same counter under the same keys for another text gives texts away: so no counter is below the seconds, and no request
 * below the minutes, since 2020-01-01 UTC. That holds for who sends fewer than one message a second to one meter, and
 * whose clock is right; a clock that stands before 2026 is refused.
 *
 * The file holds no key, but what is asked of which meter: mode 0600.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { COUNTER_MAX, REQUEST_MAX } from "../../firmware/radio/radio_books";
import { systemCode } from "../keys/key_error";
import { withLock } from "../keys/lock";
import { FILE_MODE, makeSecretFolder, realFile } from "../keys/secret_file";
import {
  applyQueueEntry,
  createQueueState,
  QUEUE_ENTRY,
  type Message,
  type Push,
  type QueueEntry,
  type QueueState,
} from "./entries";
import { GatewayError } from "./gateway_error";

const QUEUE_MAX_BYTES = 256 * 1024 * 1024;
const CHECK_DIGITS = 16;
const LINE_END = 10;
const CHUNK_BYTES = 65536;
export const COUNTER_STEP = 32;
/** Messages to one meter that wait at a time. */
export const WAITING_MAX = 16;
/** 2020-01-01 and 2026-01-01, UTC seconds. */
const EPOCH_S = 1577836800;
const CLOCK_LEAST_S = 1767225600;
const DAY_MS = 86_400_000;

function lineOf(entry: object, check_before: string): { line: string; check: string } {
  const text = JSON.stringify(entry);
  const check = createHash("sha256").update(check_before).update(text).digest("hex").slice(0, CHECK_DIGITS);
  return { line: `${JSON.stringify({ ...entry, check })}\n`, check };
}

function entryOf(text: string, check_before: string): { entry: QueueEntry; check: string } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { check: _check, ...rest } = value as { check?: unknown };
  const expected = lineOf(rest, check_before);
  const parsed = QUEUE_ENTRY.safeParse(rest);
  return expected.line === `${text}\n` && parsed.success ? { entry: parsed.data, check: expected.check } : undefined;
}

function fileFault(file: string, error: unknown): GatewayError {
  const why = "make room or repair the disk, then start again";
  return new GatewayError("queue_file", `${file}: the queue cannot be written or read (${systemCode(error)}; ${why})`);
}

export type PushWish = Pick<Push, "region" | "version" | "content" | "meters">;

function isSamePush(push: Push, wish: PushWish): boolean {
  const sorted = ({ meters }: PushWish): string => [...meters].sort().join();
  return push.region === wish.region && push.content === wish.content && sorted(push) === sorted(wish);
}

export function pushedBefore(name: string, version: number): GatewayError {
  const why = `version ${version} was pushed before (meters want a higher one)`;
  return new GatewayError("bad_message", `${name}: ${why}`);
}

export class DownlinkQueue {
  readonly state: QueueState = createQueueState();
  private check = "";
  private bytes = 0;
  private lines = 0;
  private inode = 0;
  /** Counters of this process: the next one, and where its reserve ends. */
  private readonly reserves = new Map<string, { next: number; end: number }>();
  private failed: GatewayError | undefined;

  constructor(
    readonly file: string,
    private readonly now: () => Date = () => new Date(),
  ) {}

  private seconds(): number {
    const now_s = Math.floor(this.now().getTime() / 1000);
    if (now_s < CLOCK_LEAST_S)
      throw new GatewayError("bad_argument", "this machine's clock stands before 2026 (set it: counters go by it)");
    return now_s - EPOCH_S;
  }

  /** Takes in whole lines that others have added; gives where they end. */
  private readNew(descriptor: number): void {
    const status = fs.fstatSync(descriptor);
    if (this.inode !== 0 && (status.ino !== this.inode || status.size < this.bytes))
      throw new GatewayError("queue_damaged", `${this.file}: another file stands in its place (start again)`);
    this.inode = status.ino;
    if (status.size > QUEUE_MAX_BYTES)
      throw new GatewayError("queue_full", `${this.file}: the queue has grown too long (begin a new file)`);
    let held: Buffer = Buffer.alloc(0);
    let from = this.bytes;
    for (;;) {
      const chunk = Buffer.alloc(CHUNK_BYTES);
      const got = fs.readSync(descriptor, chunk, 0, CHUNK_BYTES, from);
      if (got === 0) return;
      from += got;
      held = this.takeLines(Buffer.concat([held, chunk.subarray(0, got)]));
    }
  }

  private takeLines(held: Buffer): Buffer {
    let begin = 0;
    for (let end = held.indexOf(LINE_END); end >= 0; end = held.indexOf(LINE_END, begin)) {
      this.takeLine(held.toString("utf8", begin, end));
      this.bytes += end + 1 - begin;
      begin = end + 1;
    }
    return held.subarray(begin);
  }

  private takeLine(text: string): void {
    this.lines += 1;
    const found = entryOf(text, this.check);
    const where = `${this.file}:${this.lines}`;
    const advice = "it was changed by hand, or a part is lost: use the newest good copy";
    if (found === undefined)
      throw new GatewayError("queue_damaged", `${where}: this line is not as it was written (${advice})`);
    try {
      applyQueueEntry(this.state, found.entry);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new GatewayError("queue_damaged", `${where}: this cannot be: ${error.message} (${advice})`);
    }
    this.check = found.check;
  }

  private write(descriptor: number, entries: readonly QueueEntry[]): void {
    let text = "";
    let check = this.check;
    for (const entry of entries) {
      const next = lineOf(QUEUE_ENTRY.parse(entry), check);
      text += next.line;
      check = next.check;
    }
    const bytes = Buffer.from(text);
    // What a killed writer has left behind its last whole line.
    fs.ftruncateSync(descriptor, this.bytes);
    for (let sent = 0; sent < bytes.length;)
      sent += fs.writeSync(descriptor, bytes, sent, bytes.length - sent, this.bytes + sent);
    fs.fsyncSync(descriptor);
    for (const entry of entries) applyQueueEntry(this.state, entry);
    this.check = check;
    this.bytes += bytes.length;
    this.lines += entries.length;
  }

  private open(): number {
    const descriptor = fs.openSync(realFile(this.file), fs.constants.O_RDWR | fs.constants.O_CREAT, FILE_MODE);
    if (fs.fstatSync(descriptor).size === 0 && process.platform !== "win32") {
      const folder = fs.openSync(path.dirname(realFile(this.file)), "r");
      fs.fsyncSync(folder);
      fs.closeSync(folder);
    }
    return descriptor;
  }

  /**
   * Changes the queue: `work` sees it as it is now, and what it returns is on the disk when this is done. When it
   * throws, nothing may be done that relies on the change.
   */
  async change(work: (state: QueueState) => readonly QueueEntry[]): Promise<void> {
    if (this.failed !== undefined) throw this.failed;
    makeSecretFolder(path.dirname(path.resolve(this.file)));
    await withLock(this.file, () => {
      let descriptor: number | undefined;
      try {
        descriptor = this.open();
        this.readNew(descriptor);
        const entries = work(this.state);
        if (entries.length > 0) this.write(descriptor, entries);
      } catch (error) {
        if (error instanceof GatewayError && error.code !== "queue_damaged") throw error;
        // The end of the file is not known any more: only the next start can tell.
        this.failed = error instanceof GatewayError ? error : fileFault(this.file, error);
        throw this.failed;
      } finally {
        if (descriptor !== undefined) fs.closeSync(descriptor);
      }
      return Promise.resolve();
    });
  }

  /** Whether another program has added something since this one read or wrote. */
  get has_news(): boolean {
    const status = fs.statSync(this.file, { throwIfNoEntry: false });
    return status !== undefined && status.size !== this.bytes;
  }

  /** Reads what others have put in. */
  async refresh(): Promise<void> {
    await this.change(() => []);
  }

  /** Puts a message in; its number. */
  async addMessage(meter: string, what: number, body: readonly number[]): Promise<Message> {
    let added = 0;
    const least = Math.floor(this.seconds() / 60);
    await this.change((state) => {
      if (this.waitingFor(meter).length >= WAITING_MAX)
        throw new GatewayError("queue_full", `${meter}: ${WAITING_MAX} messages wait for this meter already`);
      const request = Math.max(state.requests.get(meter) ?? 1, least);
      if (request > REQUEST_MAX) throw new GatewayError("queue_full", `${meter}: its requests are used up`);
      added = state.next_number;
      const digits = Buffer.from(body).toString("hex").toUpperCase();
      return [{ entry: "message", number: added, at: this.now().toISOString(), meter, request, what, body: digits }];
    });
    const message = this.state.messages.get(added);
    if (message === undefined) throw new Error("a message that was added is there");
    return message;
  }

  /**
   * Puts a push in, and gives its number. The same one again is there already, and stays one; of another the version has
   * to rise, in its region. `day_max`: how many may have come within a day, of whatever region.
   */
  async addPush(name: string, wish: PushWish, day_max = Infinity): Promise<{ number: number; is_new: boolean }> {
    const pushed = { number: 0, is_new: false };
    await this.change((state) => {
      // An update's versions are a row of their own.
      const tariffs = [...state.pushes.values()].filter(({ update_file }) => update_file === undefined);
      const same = tariffs.find((push) => isSamePush(push, wish));
      Object.assign(pushed, { number: same?.number ?? state.next_number, is_new: same === undefined });
      if (same !== undefined) return [];
      const newer = tariffs.find(({ region, version }) => region === wish.region && version >= wish.version);
      if (newer !== undefined) throw pushedBefore(name, newer.version);
      const now = this.now();
      const today = tariffs.filter(({ at }) => Math.abs(now.getTime() - Date.parse(at)) < DAY_MS);
      if (today.length >= day_max)
        throw new GatewayError("queue_full", `${name}: ${day_max} pushes have come within a day (send it tomorrow)`);
      const { meters, ...said } = wish;
      const at = now.toISOString();
      return [{ entry: "push", number: pushed.number, at, ...said, meters: [...meters] }];
    });
    return pushed;
  }

  /** Messages to a meter that have no answer yet, oldest first. */
  waitingFor(meter: string): Message[] {
    return this.state.waiting.get(meter) ?? [];
  }

  /** A message counter towards a meter that was never used, and never will be again; durable before this is done. */
  async nextCounter(meter: string): Promise<number> {
    const reserve = this.reserves.get(meter);
    if (reserve !== undefined && reserve.next < reserve.end) {
      reserve.next += 1;
      return reserve.next - 1;
    }
    const least = this.seconds();
    let first = 0;
    await this.change((state) => {
      first = Math.max(state.counters.get(meter) ?? 1, least);
      if (first + COUNTER_STEP > COUNTER_MAX)
        throw new GatewayError("queue_full", `${meter}: its message counters are used up`);
      return [{ entry: "reserved", meter, counter: first + COUNTER_STEP }];
    });
    this.reserves.set(meter, { next: first + 1, end: first + COUNTER_STEP });
    return first;
  }
}

/** The queue beside a key store. */
export function usualQueueFile(store: string): string {
  return path.join(path.dirname(store), "gateway.queue");
}
