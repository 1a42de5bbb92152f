/**
 * What `curbstop monitor` does: it follows a meter's log at the service port, writes what the meter tells of itself into
 * a support bundle, or says what such a bundle shows.
 *
 * The log is asked for, once a second; a meter sends nothing by itself. When the line is lost, it is opened anew, and
 * what has happened meanwhile follows, since events are numbered.
 */
import { createInterface, type Interface } from "node:readline";
import { UserError } from "../../sim/scenario/user_error";
import type { Context } from "../context";
import { FlashError } from "../flash/flash_error";
import { printable } from "../flash/link";
import { createProgress } from "../progress";
import { analyse, analysisText } from "../service/analysis";
import type { Event } from "../service/answers";
import { eventNumber, gather, newestEvent, settingsOf } from "../service/collect";
import { eventText, eventWords } from "../service/event_words";
import { ServiceLine } from "../service/service_line";
import { checkBundleFile, readBundle, writeBundle } from "../service/support_bundle";
import { choosePort, ownWorkplace, type Workplace } from "./workplace";

export interface MonitorOptions {
  readonly port?: string;
  readonly baud: number;
  readonly board?: string;
  readonly only?: readonly string[];
  readonly last: number;
  readonly once?: boolean;
  readonly bundle?: string;
  readonly analyse?: string;
  readonly json?: boolean;
}

const POLL_MS = 1000;
const AGAIN_MS = 2000;

function pause(span_ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, span_ms));
}

function eventLine(event: Event, options: MonitorOptions, in_litres: boolean): string {
  if (options.json !== true) return `${event.sequence}  ${eventText(event, in_litres)}\n`;
  const { words, unit } = eventWords(event.code);
  return JSON.stringify({ ...event, unit, words }) + "\n";
}

/** Where the log was last read. */
interface Follow {
  after: number | undefined;
  in_litres: boolean;
}

/** Prints what is new in the log. */
async function readOn(line: ServiceLine, follow: Follow, options: MonitorOptions, context: Context): Promise<void> {
  const newest = (await newestEvent(line))?.sequence ?? 0;
  // A board that was given new books counts from 1 again.
  if (follow.after === undefined || follow.after > newest) follow.after = Math.max(0, newest - options.last);
  while (follow.after < newest) {
    const event = await eventNumber(line, follow.after + 1);
    follow.after += 1;
    if (event !== undefined && options.only?.includes(event.code) !== false) {
      context.output.out(eventLine(event, options, follow.in_litres));
    }
  }
}

async function begin(line: ServiceLine, port: string, follow: Follow, options: MonitorOptions, context: Context) {
  const identity = await line.identify(port);
  // Asked first: where no meter runs, the error alone is what a person needs.
  follow.in_litres = (await settingsOf(line))?.settings.tokens.mode === "volume";
  if (options.json !== true) context.output.err(`${printable(identity)}\n`);
}

/** What a person types goes to the meter, and its answer comes back; nothing of it can change the meter. */
function listenToPerson(current: () => ServiceLine | undefined, context: Context): Interface | undefined {
  if (!process.stdin.isTTY) return undefined;
  const typed = createInterface({ input: process.stdin });
  typed.on("line", (words) => {
    const line = current();
    if (line === undefined || words.trim() === "") return;
    void line
      .say(words.trim())
      .then((answer) => context.output.err(`${printable(answer ?? "no answer")}\n`))
      .catch(() => undefined);
  });
  return typed;
}

async function follow(port: string, options: MonitorOptions, context: Context): Promise<void> {
  const place: Follow = { after: undefined, in_litres: false };
  let line: ServiceLine | undefined;
  const typed = listenToPerson(() => line, context);
  try {
    for (;;) {
      try {
        line = await ServiceLine.open(port, options.baud);
        await begin(line, port, place, options, context);
        for (;;) {
          await readOn(line, place, options, context);
          if (options.once === true) return;
          await pause(POLL_MS);
        }
      } catch (error) {
        if (!(error instanceof FlashError) || options.once === true) throw error;
        context.output.err(`curbstop: ${error.message}; trying again\n`);
      } finally {
        line?.close();
        line = undefined;
      }
      await pause(AGAIN_MS);
    }
  } finally {
    typed?.close();
  }
}

async function writeOut(port: string, file: string, options: MonitorOptions, context: Context): Promise<void> {
  const line = await ServiceLine.open(port, options.baud);
  const progress = createProgress(context.output);
  try {
    progress.start(1, 0, { doing: "reading" });
    const made_utc_s = Math.floor(Date.now() / 1000);
    const content = await gather(line, options.board ?? null, made_utc_s, (doing, count) =>
      progress.update(0, { doing: `${doing} ${count}` }),
    );
    progress.stop();
    writeBundle(file, content);
    const counts = { events: content.events.length, hours: content.hours.length, months: content.months.length };
    if (options.json === true) {
      context.output.out(JSON.stringify({ file, meter: content.identity.meter, ...counts }, null, 2) + "\n");
    } else {
      const { events, hours, months } = counts;
      context.output.out(
        `${file}: meter ${content.identity.meter}, ${events} events, ${hours} runs of hours, ${months} months\n`,
      );
    }
  } finally {
    progress.stop();
    line.close();
  }
}

function analyseFile(file: string, options: MonitorOptions, context: Context): void {
  const bundle = readBundle(file);
  context.output.out(options.json === true ? JSON.stringify(analyse(bundle), null, 2) + "\n" : analysisText(bundle));
}

export async function monitor(
  options: MonitorOptions,
  context: Context,
  workplace: Workplace = ownWorkplace(),
): Promise<void> {
  if (options.analyse !== undefined) {
    if (options.port !== undefined || options.bundle !== undefined)
      throw new UserError("--analyse reads a file and needs no meter (leave --port and --bundle out)");
    return analyseFile(options.analyse, options, context);
  }
  if (options.bundle !== undefined) checkBundleFile(options.bundle);
  const port = await choosePort(options.port, undefined, context, workplace);
  if (options.bundle !== undefined) return writeOut(port, options.bundle, options, context);
  return follow(port, options, context);
}
