/**
 * Stored: what the journal's archives still hold, for the technician's port.
 */
import type { Event } from "../event_log";
import { eventAt, storedEvent } from "../event_log";
import { MONTH_NUMBERS, hourField } from "../history";
import type { Archive } from "../journal/archive";
import { recordAt, recordOf } from "../journal/archive";
import type { Fields } from "../journal/fields";
import { WHOLE_MAX, readFields, wholeField } from "../journal/fields";
import { journalLifetime } from "../journal/journal";
import { KIND_HOURS } from "../journal/record";
import type { Meter } from "../state";
import { decimal } from "../text";

function whole(fields: Fields): number {
  return wholeField(fields, 0, 0, WHOLE_MAX);
}

function archivedEvent(archive: Archive, sequence: number): Event | undefined {
  let back = 0;
  let record = recordAt(archive, back);
  while (record !== undefined) {
    const fields = readFields(record.payload);
    const first = whole(fields);
    const count = whole(fields);
    if (fields.ok && first <= sequence) {
      const run = record.payload.substring(fields.place, record.payload.length);
      return storedEvent(run, first, count, sequence);
    }
    back += 1;
    record = recordAt(archive, back);
  }
  return undefined;
}

/** The event with this sequence number, wherever it is kept. */
export function findEvent(meter: Meter, sequence: number): Event | undefined {
  const log = meter.log;
  const recent = eventAt(log, sequence);
  if (recent !== undefined) {
    return recent;
  }
  const unsaved = storedEvent(log.unsaved, log.count - log.unsaved_count + 1, log.unsaved_count, sequence);
  if (unsaved !== undefined || meter.keeper.journal === undefined) {
    return unsaved;
  }
  return archivedEvent(meter.keeper.journal.events, sequence);
}

/** "MONTH:REGISTER_L:CHARGED_MILLI" of each month kept, oldest first; months count from year 0. */
export function answerMonths(meter: Meter): string {
  const months = meter.history.months;
  let text = "months=";
  for (let i = 0; i < months.length; i += MONTH_NUMBERS) {
    const entry = decimal(months[i]) + ":" + decimal(months[i + 1]) + ":" + decimal(months[i + 2]);
    text = text + (i === 0 ? "" : ",") + entry;
  }
  return text;
}

function hoursText(run: string, from_utc_s: number, count: number): string {
  const fields = readFields(run);
  let text = "from_utc_s=" + decimal(from_utc_s) + " hours=";
  for (let hour = 0; hour < count && fields.ok; hour++) {
    text = text + (hour === 0 ? "" : ",") + decimal(hourField(fields, 0));
  }
  return text;
}

/** Litres of hours, and when the first of them ended. `back` 0: those not yet archived; else so many records back. */
export function answerHours(meter: Meter, back: number): string {
  const history = meter.history;
  if (back === 0) {
    return hoursText(history.hours, history.from_utc_s, history.hours_count);
  }
  const journal = meter.keeper.journal;
  const record = journal === undefined ? undefined : recordOf(journal.history, KIND_HOURS, back - 1);
  if (record !== undefined) {
    const fields = readFields(record.payload);
    const from_utc_s = whole(fields);
    const count = whole(fields);
    return hoursText(record.payload.substring(fields.place, record.payload.length), from_utc_s, count);
  }
  let kept = 0;
  while (journal !== undefined && recordOf(journal.history, KIND_HOURS, kept) !== undefined) {
    kept += 1;
  }
  return "error no such hours, records kept: " + decimal(kept);
}

/** What is left of the memory. */
export function answerStore(meter: Meter): string {
  const keeper = meter.keeper;
  let text = "storage=" + keeper.storage + " resets=" + decimal(keeper.resets);
  text = text + " memory_most=" + decimal(meter.engine_watch.memory_most);
  if (keeper.journal !== undefined) {
    const life = journalLifetime(keeper.journal);
    text = text + " erases_max=" + decimal(life.erases_max) + " erase_limit=" + decimal(life.erase_limit);
    text = text + " used_permille=" + decimal(life.used_permille) + " retired=" + decimal(life.retired);
  }
  return text;
}
