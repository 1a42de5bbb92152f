/**
 * Books of updates, a part of the radio's (radio/radio_books.ts): version of the update that was confirmed last, 0 before
 * the first; when the last one was issued that ran, confirmed or not; updates and fragments refused, ever.
 *
 * What is being collected, and how far an activation is, stands in the slots themselves (slot.ts, staging.ts): there it
 * changes with the flash that it is about.
 */
import { readFields, wholeField, writeFields } from "../journal/fields";
import type { Fields } from "../journal/fields";
import { VERSION_MAX } from "../radio/signed_content";

const ISSUED_MAX_UTC_S = 4294967295;
export const REFUSED_MAX = 1000000;

export interface UpdateBooks {
  version: number;
  issued_utc_s: number;
  refused: number;
}

function walk(fields: Fields, books: UpdateBooks): void {
  books.version = wholeField(fields, books.version, 0, VERSION_MAX);
  books.issued_utc_s = wholeField(fields, books.issued_utc_s, 0, ISSUED_MAX_UTC_S);
  books.refused = wholeField(fields, books.refused, 0, REFUSED_MAX);
}

export function updateBooksText(books: UpdateBooks): string {
  const fields = writeFields();
  walk(fields, books);
  return fields.text;
}

/** New ones where there are none; undefined when they cannot be read. */
export function readUpdateBooks(text: string): UpdateBooks | undefined {
  const books: UpdateBooks = { version: 0, issued_utc_s: 0, refused: 0 };
  if (text === "") {
    return books;
  }
  const fields = readFields(text);
  walk(fields, books);
  return fields.ok && fields.place === text.length ? books : undefined;
}
