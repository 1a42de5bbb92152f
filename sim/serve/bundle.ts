/**
 * Support bundle: one JSON file that tells someone else what has happened on a simulated meter, without its keys.
 *
 *   format, version   "curbstop support bundle", 1
 *   versions          firmware, metrology, Node and the machine's platform
 *   scenario          what was done so far as a scenario, keys and images of cards left out
 *   now               virtual time, the view of the meter, what is wrong with the world
 *   events            the newest events that the meter has logged
 *   expectations      those that were checked
 *   trace             number and SHA-256 of all lines, and the newest ones
 *   journal           what stands in the memory (journal_dump.ts)
 *
 * A key is left out where a field is called one, and wherever else its bytes stand (secrets.ts).
 */
import { basename } from "node:path";
import { METROLOGY_CHECKSUM, METROLOGY_VERSION } from "../../firmware/metrology/identity";
import { FIRMWARE_ID } from "../../firmware/version";
import { journalDump } from "./journal_dump";
import type { LiveRun } from "./live_run";
import { stateOf } from "./live_state";
import { masked, secretsOf, withoutKeys } from "./secrets";
import { timeText } from "../scenario/times";

const FORMAT = "curbstop support bundle";
const VERSION = 1;
const LINES_MAX = 1000;
const EVENTS_MAX = 1000;
const STILL = { speed: 0, achieved: 0, card_id: "" };

/** File name of the bundle: the scenario's file, and how far it has gone. */
export function bundleName({ plan, now_ms }: LiveRun): string {
  const words = basename(plan.file, ".json").toLowerCase();
  const plain = words.replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-+|-+$/g, "");
  return `support-${plain === "" ? "session" : plain.slice(0, 40)}-${Math.floor(now_ms / 1000)}s.json`;
}

export function bundleText(run: LiveRun): string {
  const { plan, book, world } = run;
  const { texts, numbers, faults, powered, ended, card_uid } = stateOf(run, STILL);
  const { steps: _steps, $schema: _schema, ...said } = plan.scenario;
  const bundle = {
    format: FORMAT,
    version: VERSION,
    versions: {
      firmware: FIRMWARE_ID,
      metrology: METROLOGY_VERSION,
      metrology_checksum: METROLOGY_CHECKSUM,
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
    },
    scenario: {
      file: basename(plan.file),
      ...(withoutKeys(said) as object),
      steps: withoutKeys(run.doneSteps()),
    },
    now: { time: timeText(run.now_ms), powered, ended, card_uid, view: { ...numbers, ...texts }, faults },
    events: book.eventsAfter(Math.max(0, book.event_count - EVENTS_MAX)),
    expectations: book.expectations,
    trace: { lines: book.count, sha256: book.sha256(), newest: book.linesAfter(0, LINES_MAX) },
    journal: journalDump(world.nvm) ?? null,
  };
  return masked(JSON.stringify(bundle, null, 2), secretsOf(run)) + "\n";
}
