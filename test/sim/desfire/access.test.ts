import assert from "node:assert/strict";
import { AID, le, MODE_BYTES, type Mode, readerAtApplication, type Reader, rights } from "./reader";

const FREE = 14;
const NEVER = 15;
const NOBODY = -1;
const FILE = 1;
const SIZE = 8;
const DATA = [1, 2, 3, 4, 5, 6, 7, 8];
const ALL_MODES: Mode[] = ["plain", "maced", "enciphered"];

/** What is done, and which of read, write, read and write, and change allow it. */
const OPERATIONS: Record<
  string,
  { allowed_by: number[]; value: boolean; run: (reader: Reader, mode: Mode) => number }
> = {
  ReadData: {
    allowed_by: [0, 2],
    value: false,
    run: (reader, mode) => reader.command(0xbd, [FILE, ...le(0, 3), ...le(SIZE, 3)], [], "plain", mode).status,
  },
  WriteData: {
    allowed_by: [1, 2],
    value: false,
    run: (reader, mode) => reader.command(0x3d, [FILE, ...le(0, 3), ...le(SIZE, 3)], DATA, mode).status,
  },
  GetValue: {
    allowed_by: [0, 1, 2],
    value: true,
    run: (reader, mode) => reader.command(0x6c, [FILE], [], "plain", mode).status,
  },
  Credit: { allowed_by: [2], value: true, run: (reader, mode) => reader.command(0x0c, [FILE], le(5, 4), mode).status },
  Debit: {
    allowed_by: [0, 1, 2],
    value: true,
    run: (reader, mode) => reader.command(0xdc, [FILE], le(5, 4), mode).status,
  },
  LimitedCredit: {
    allowed_by: [1, 2],
    value: true,
    run: (reader, mode) => reader.command(0x1c, [FILE], le(0, 4), mode).status,
  },
  ChangeFileSettings: {
    allowed_by: [3],
    value: false,
    run: (reader, mode) =>
      reader.command(0x5f, [FILE], [0, 0xee, 0xee], mode === "plain" ? "plain" : "enciphered").status,
  },
};

/** A file whose four rights are given, with a session under a key. */
function sessionWith(access: number[], value: boolean, mode: Mode, key: number): Reader {
  const { reader } = readerAtApplication();
  const [read, write, both, change] = access;
  const head = [FILE, MODE_BYTES[mode], ...rights(read, write, both, change)];
  const made = value
    ? reader.command(0xcc, [...head, ...le(0, 4), ...le(100, 4), ...le(50, 4), 1])
    : reader.command(0xcb, [...head, ...le(SIZE, 3)]);
  assert.equal(made.status, 0);
  if (key !== NOBODY) assert.equal(reader.authenticate(key), 0);
  return reader;
}

describe("virtual card: access rights", () => {
  for (const [name, { allowed_by, value, run }] of Object.entries(OPERATIONS)) {
    it(`lets ${name} to the key of a right, to all where it is free, and to nobody else`, () => {
      for (let right = 0; right < 4; right++) {
        for (const holder of [0, 2, FREE, NEVER]) {
          for (const key of [NOBODY, 0, 1, 2]) {
            const access = [NEVER, NEVER, NEVER, NEVER];
            access[right] = holder;
            const counts = allowed_by.includes(right);
            const by_key = counts && holder === key;
            const mode = by_key ? "maced" : "plain";
            const status = run(sessionWith(access, value, "maced", key), mode);
            const expected = by_key || (counts && holder === FREE) ? 0 : counts && holder !== NEVER ? 0xae : 0x9d;
            assert.equal(status, expected, `right ${right} held by ${holder}, key ${key}`);
          }
        }
      }
    });

    it(`carries ${name} in the file's mode under its key, and plainly where it is free`, () => {
      for (const mode of ALL_MODES) {
        const sends = name === "ChangeFileSettings" ? "enciphered" : mode;
        assert.equal(run(sessionWith([1, 1, 1, 1], value, mode, 1), sends), 0, mode);
        const free = [FREE, FREE, FREE, FREE];
        assert.equal(run(sessionWith(free, value, mode, NOBODY), "plain"), 0, `${mode}, free`);
        assert.equal(run(sessionWith(free, value, mode, 1), "plain"), 0, `${mode}, free, another key`);
      }
    });
  }

  it("refuses a MAC, a checksum or padding with any bit wrong, changes nothing, and ends the authentication", () => {
    for (const mode of ["maced", "enciphered"] as const) {
      const length = mode === "maced" ? 1 + 4 + 8 : 1 + 16;
      for (let place = 1; place < length; place++) {
        const { card, reader } = readerAtApplication();
        reader.command(0xcc, [FILE, MODE_BYTES[mode], ...rights(1, 1, 1, 1), ...le(0, 4), ...le(9, 4), ...le(0, 4), 0]);
        const changes = card.changes;
        reader.authenticate(1);
        // The card's half of the session is taken aside to see what a right command would have been.
        const session = { ...card.session };
        reader.command(0x0c, [FILE], le(5, 4), mode);
        const { command } = reader.log.at(-1)!;
        card.session = { ...session, pending: [] };
        const wrong = command.map((byte, index) => (index === 5 + place ? byte ^ 0x10 : byte));
        const answer = reader.apdu(wrong);
        assert.deepEqual(answer, [0x91, 0x1e], `byte ${place} of ${mode}`);
        assert.deepEqual([card.session.pending.length, card.changes], [0, changes]);
        assert.equal(reader.raw(0xc7).status, 0x0c);
      }
    }
  });

  it("refuses a command that is repeated, left out or under an older session", () => {
    const { reader } = readerAtApplication();
    reader.command(0xcc, [FILE, 1, ...rights(1, 1, 1, 1), ...le(0, 4), ...le(99, 4), ...le(0, 4), 0]);
    reader.authenticate(1);
    assert.equal(reader.command(0x0c, [FILE], le(5, 4), "maced").status, 0);
    const credit = reader.log.at(-1)!.command;
    assert.deepEqual(reader.apdu(credit).slice(-2), [0x91, 0x1e]);
    reader.authenticate(1);
    assert.deepEqual(reader.apdu(credit).slice(-2), [0x91, 0x1e]);
    assert.equal(reader.select(AID), 0);
  });
});
