/**
 * A journal at work, in portable code: commits, marks, appends, boots, low supply, on a flash of its own. Each program
 * line is a number of rounds; the trace tells what was found at each boot and the checksum of all flash.
 */
import type { Nvm } from "../../../hal/nvm";
import { appendArchive, newestOf, recordAt } from "../../../firmware/journal/archive";
import { CRC_START, crcEnd, crcText } from "../../../firmware/journal/crc";
import { bytesField, wholeField } from "../../../firmware/journal/fields";
import type { Journal } from "../../../firmware/journal/journal";
import { beginCommit, endCommit, markJournal, openJournal, prepareJournal } from "../../../firmware/journal/journal";
import { BLANK_WORD } from "../../../firmware/journal/layout";
import { KIND_EVENTS, KIND_MONTHS } from "../../../firmware/journal/record";
import { decimal } from "../../../firmware/text";
import type { Host } from "../../../sim/world/host";

const SECTOR_BYTES = 2048;
const LARGEST = 9007199254740991;

function blank(length: number): string {
  let text = "";
  while (text.length < length) {
    text += BLANK_WORD;
  }
  return text.substring(0, length);
}

/** Sectors are empty while they are blank, to spare a small engine. */
function createFlash(sectors: string[]): Nvm {
  return {
    geometry: {
      size_bytes: 7 * SECTOR_BYTES,
      sector_bytes: SECTOR_BYTES,
      page_bytes: 256,
      word_bytes: 8,
      programs_per_erase: 1,
      erase_limit: 10000,
    },
    read: function (address, length) {
      const sector = sectors[Math.floor(address / SECTOR_BYTES)];
      const first = address % SECTOR_BYTES;
      return sector === "" ? blank(length) : sector.substring(first, first + length);
    },
    program: function (address, bytes) {
      const number = Math.floor(address / SECTOR_BYTES);
      const old = sectors[number] === "" ? blank(SECTOR_BYTES) : sectors[number];
      const first = address % SECTOR_BYTES;
      let run = "";
      for (let i = 0; i < bytes.length; i++) {
        run += String.fromCharCode(old.charCodeAt(first + i) & bytes.charCodeAt(i));
      }
      sectors[number] = old.substring(0, first) + run + old.substring(first + bytes.length, SECTOR_BYTES);
      return "ok";
    },
    erase: function (sector) {
      sectors[sector] = "";
      return "ok";
    },
    crc32: undefined,
  };
}

function flashCrc(sectors: string[]): number {
  let crc = CRC_START;
  for (const sector of sectors) {
    crc = crcText(crc, sector);
  }
  return crcEnd(crc);
}

function round(journal: Journal, number: number): string {
  const fields = beginCommit();
  wholeField(fields, number, 0, LARGEST);
  wholeField(fields, number % 2 === 0 ? LARGEST - number : number - LARGEST, 0 - LARGEST, LARGEST);
  bytesField(fields, "what the meter knows".substring(0, number % 20), 100);
  const result = endCommit(journal, fields, number % 7 !== 0);
  const marked = markJournal(journal, number * 300);
  const live = [{ kind: KIND_MONTHS, payload: "months " + decimal(number) }];
  const appended = appendArchive(journal.events, KIND_EVENTS, "event " + decimal(number), true, live);
  prepareJournal(journal, number % 5 === 0);
  return result + (marked ? " marked " : " not marked ") + appended;
}

function found(journal: Journal): string {
  const state = journal.state;
  const number = state === undefined ? 0 : wholeField(state, 0, 0, LARGEST);
  const large = state === undefined ? 0 : wholeField(state, 0, 0 - LARGEST, LARGEST);
  const months = newestOf(journal.events, KIND_MONTHS);
  const event = recordAt(journal.events, 1);
  const archive = (months === undefined ? "-" : months) + " " + (event === undefined ? "-" : event.payload);
  return journal.found + " " + decimal(number) + " " + decimal(large) + " " + decimal(journal.marked) + " " + archive;
}

export function runProgram(host: Host): void {
  const sectors = ["", "", "", "", "", "", ""];
  const nvm = createFlash(sectors);
  let number = 0;
  for (let line = host.read_line(); line !== undefined; line = host.read_line()) {
    const journal = openJournal(nvm);
    if (journal === undefined) {
      return;
    }
    host.write_line(found(journal));
    for (let i = 0; i < line.length; i++) {
      number += 1;
      host.write_line(round(journal, number));
    }
    host.write_line(decimal(flashCrc(sectors)));
  }
}
