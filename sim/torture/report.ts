/**
 * Report: outcomes as lines. They are the same on every engine, so that engines can be compared line by line.
 */
import { eventAt } from "../../firmware/event_log";
import { decimal } from "../../firmware/text";
import type { Host } from "../world/host";
import { EXACT, bookName, differsAt } from "./books";
import type { Outcome } from "./fork";
import type { Observation } from "./invariants";
import { passedAt } from "./model";
import type { Run } from "./run";

/** Events of a recovered meter's log that a report shows. */
const EVENTS_SHOWN = 8;

function numbers(list: number[]): string {
  let text = "";
  for (const number of list) {
    text = text + " " + decimal(number);
  }
  return text;
}

function codes(bytes: string): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) {
    text = text + " " + decimal(bytes.charCodeAt(i));
  }
  return text;
}

function place(run: Run, outcome: Outcome): string {
  return decimal(run.cut) + " " + outcome.kind + " " + decimal(outcome.depth);
}

function cutLine(run: Run, outcome: Outcome): string {
  const seen = outcome.observation;
  const verdict = outcome.broken === "" ? " ok" : " " + outcome.broken;
  if (seen === undefined) {
    return "cut " + place(run, outcome) + verdict;
  }
  const state = " " + seen.storage + " " + seen.valve + (seen.shut ? " shut" : " open");
  return "cut " + place(run, outcome) + verdict + state + numbers(seen.books) + " /" + numbers(seen.later);
}

/** Where the recovered books and the state of the trail that is nearest in generation and litres part. */
function strangers(run: Run, seen: Observation): string {
  const newest = passedAt(run.model, 0).books;
  let text = "";
  for (
    let at = differsAt(newest, seen.books, 0, EXACT);
    at < EXACT;
    at = differsAt(newest, seen.books, at + 1, EXACT)
  ) {
    text = text + " " + bookName(at) + "=" + decimal(seen.books[at]) + "(" + decimal(newest[at]) + ")";
  }
  return text === "" ? " none" : text;
}

function tell(run: Run, host: Host, outcome: Outcome): void {
  host.write_line(
    "  delivered " +
      decimal(run.model.delivered_pulses) +
      " settled " +
      decimal(run.model.settled_parts) +
      " durable " +
      decimal(run.model.durable_parts),
  );
  const operation = run.operation;
  if (operation !== undefined) {
    const bytes = operation.kind === "program" ? " bytes" + codes(operation.bytes) : "";
    const where = " at " + decimal(operation.address) + " in sector " + decimal(operation.sector);
    host.write_line("  operation " + decimal(operation.number) + " " + operation.kind + where + bytes);
  }
  host.write_line("  time " + decimal(run.world.queue.now_ms) + " ms, next step: " + run.world.step_line);
  const model = run.model;
  for (let back = Math.min(3, model.trail_count) - 1; back >= 0; back--) {
    const passed = passedAt(model, back);
    const age = back === 0 ? "  run now      " : "  run before   ";
    host.write_line(age + decimal(passed.generation) + ":" + numbers(passed.books));
  }
  host.write_line("  told up to generation " + decimal(model.floor_generation));
  const seen = outcome.observation;
  if (seen !== undefined) {
    host.write_line("  recovered:" + numbers(seen.books) + " storage " + seen.storage);
    host.write_line("  other than the run now:" + strangers(run, seen));
    host.write_line("  later:    " + numbers(seen.later) + " valve " + seen.valve);
  }
  const meter = outcome.meter;
  if (meter !== undefined) {
    const log = meter.log;
    for (let sequence = Math.max(1, log.count - EVENTS_SHOWN); sequence <= log.count; sequence++) {
      const event = eventAt(log, sequence);
      if (event !== undefined) {
        host.write_line("  log " + decimal(sequence) + " " + event.code + " " + decimal(event.value));
      }
    }
  }
}

/** Takes an outcome: counts violations and writes what the plan wants to hear. */
export function report(run: Run, host: Host, outcome: Outcome): void {
  if (run.plan.say > 0) {
    host.write_line(cutLine(run, outcome));
  }
  if (run.plan.say > 1) {
    tell(run, host, outcome);
  }
  if (outcome.broken !== "") {
    run.violations += 1;
    host.write_line("violation " + place(run, outcome) + " " + outcome.broken);
  }
}

export function reportEnd(run: Run, host: Host): void {
  const operations = decimal(run.world.nvm.operations);
  host.write_line("end " + decimal(run.forks.cuts) + " " + decimal(run.violations) + " " + operations);
}
