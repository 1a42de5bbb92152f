import assert from "node:assert/strict";
import { cloneCard, fieldLost } from "../../../sim/desfire/card";
import { cardImage } from "../../../sim/desfire/image";
import { createRandomTwin } from "../../../sim/twins/random";
import { AID, le, MODE_BYTES, type Mode, readerAtApplication, Reader, rights } from "./reader";

const STANDARD = 1;
const BACKUP = 2;
const PURSE = 3;
const SIZE = 150;
const KEY = 1;

/** A card with a file of each kind, and a session. */
function prepared(mode: Mode = "plain", options = 0) {
  const { card, reader } = readerAtApplication();
  const head = (number: number) => [number, MODE_BYTES[mode], ...rights(KEY, KEY, KEY, KEY)];
  assert.equal(reader.command(0xcd, [...head(STANDARD), ...le(SIZE, 3)]).status, 0);
  assert.equal(reader.command(0xcb, [...head(BACKUP), ...le(SIZE, 3)]).status, 0);
  const purse = [...head(PURSE), ...le(-100, 4), ...le(1000, 4), ...le(10, 4), options];
  assert.equal(reader.command(0xcc, purse).status, 0);
  assert.equal(reader.authenticate(KEY), 0);
  const write = (file: number, offset: number, data: number[]) =>
    reader.command(0x3d, [file, ...le(offset, 3), ...le(data.length, 3)], data, mode).status;
  const read = (file: number, offset = 0, length = 0) =>
    reader.command(0xbd, [file, ...le(offset, 3), ...le(length, 3)], [], "plain", mode);
  const value = () => Buffer.from(reader.command(0x6c, [PURSE], [], "plain", mode).data).readInt32LE();
  const change = (code: number, amount: number) => reader.command(code, [PURSE], le(amount, 4), mode).status;
  const commit = () => reader.command(0xc7, []).status;
  const abort = () => reader.command(0xa7, []).status;
  return { card, reader, write, read, value, change, commit, abort };
}

const DATA = Array.from({ length: SIZE }, (_, index) => (index * 7 + 1) % 256);

describe("virtual card: transactions", () => {
  for (const mode of ["plain", "maced", "enciphered"] as const) {
    it(`writes a standard file at once and reads any part of it, over several frames, ${mode}`, () => {
      const { write, read } = prepared(mode);
      assert.equal(write(STANDARD, 0, DATA), 0);
      assert.deepEqual(read(STANDARD).data, DATA);
      for (const [offset, length] of [
        [0, 1],
        [3, 16],
        [140, 10],
        [0, SIZE],
        [1, 0],
      ]) {
        const end = length === 0 ? SIZE : offset + length;
        assert.deepEqual(read(STANDARD, offset, length).data, DATA.slice(offset, end), `${offset}, ${length}`);
      }
    });

    it(`shows a backup file and a value only after the commit, both at once, ${mode}`, () => {
      const { write, read, value, change, commit } = prepared(mode);
      const old = read(BACKUP).data;
      assert.deepEqual([write(BACKUP, 5, DATA.slice(0, 90)), change(0x0c, 300), change(0xdc, 50)], [0, 0, 0]);
      assert.deepEqual([read(BACKUP).data, value()], [old, 10]);
      assert.equal(commit(), 0);
      assert.deepEqual([read(BACKUP).data.slice(5, 95), value()], [DATA.slice(0, 90), 260]);
      assert.equal(commit(), 0x0c);
    });
  }

  it("throws away what is pending on abort, reselection, a new authentication, an error and a lost field", () => {
    const acts: Record<string, (one: ReturnType<typeof prepared>) => void> = {
      abort: ({ abort }) => assert.equal(abort(), 0),
      select: ({ reader }) => assert.equal(reader.select(AID), 0),
      authenticate: ({ reader }) => assert.equal(reader.authenticate(KEY), 0),
      error: ({ reader }) => assert.equal(reader.command(0x64, [14]).status, 0x40),
      field: ({ card }) => fieldLost(card),
    };
    for (const [name, act] of Object.entries(acts)) {
      const one = prepared();
      const before = cardImage(one.card);
      one.write(BACKUP, 0, DATA);
      one.change(0x0c, 5);
      act(one);
      one.reader.select(AID);
      one.reader.authenticate(KEY);
      assert.equal(one.commit(), 0x0c, name);
      assert.deepEqual(cardImage(one.card), before, name);
    }
  });

  it("keeps a value between its limits at every step, and takes no negative amount", () => {
    for (const [code, amount, status] of [
      [0x0c, 990, 0],
      [0x0c, 991, 0xbe],
      [0xdc, 110, 0],
      [0xdc, 111, 0xbe],
      [0x0c, -1, 0x9e],
      [0xdc, -1, 0x9e],
      [0x0c, 0x7fffffff, 0xbe],
    ]) {
      const { change, commit, value } = prepared();
      assert.equal(change(code, amount), status, `${code} ${amount}`);
      if (status === 0) {
        commit();
        assert.equal(value(), code === 0x0c ? 1000 : -100);
      }
    }
  });

  it("gives back by LimitedCredit once what the last transaction has debited, where that is on", () => {
    const off = prepared();
    assert.equal(off.change(0x1c, 0), 0x9d);
    const on = prepared("maced", 1);
    const settle = (code: number, amount: number) => [on.change(code, amount), on.commit()];
    assert.deepEqual(settle(0xdc, 40), [0, 0]);
    assert.equal(on.change(0x1c, 41), 0xbe);
    on.reader.authenticate(KEY);
    assert.deepEqual(settle(0x1c, 15), [0, 0]);
    assert.equal(on.value(), -15);
    assert.equal(on.change(0x1c, 1), 0xbe);
  });

  it("refuses what lies outside of a file, files of the other kind, and files that are not there", () => {
    const { reader } = prepared();
    const status = (code: number, data: number[]) => {
      reader.authenticate(KEY);
      return reader.command(code, data).status;
    };
    assert.deepEqual(
      [
        status(0xbd, [STANDARD, ...le(0, 3), ...le(SIZE + 1, 3)]),
        status(0xbd, [STANDARD, ...le(SIZE, 3), ...le(0, 3)]),
        status(0xbd, [STANDARD, ...le(0xffffff, 3), ...le(0xffffff, 3)]),
        status(0x3d, [STANDARD, ...le(SIZE, 3), ...le(1, 3), 1]),
        status(0x3d, [STANDARD, ...le(0, 3), ...le(0, 3)]),
        status(0x3d, [STANDARD, ...le(0, 3), ...le(1, 3), 1, 2]),
        status(0xbd, [PURSE, ...le(0, 3), ...le(0, 3)]),
        status(0x6c, [BACKUP]),
        status(0x0c, [BACKUP, ...le(1, 4)]),
        status(0xbd, [9, ...le(0, 3), ...le(0, 3)]),
        status(0xdf, [9]),
      ],
      [0xbe, 0xbe, 0xbe, 0xbe, 0x9e, 0x7e, 0x9d, 0x9d, 0x9d, 0xf0, 0xf0],
    );
  });

  it("describes, lists and deletes files, and has no memory for more than it has", () => {
    const { reader } = prepared("maced");
    assert.deepEqual(reader.command(0x6f, []).data, [STANDARD, BACKUP, PURSE]);
    assert.deepEqual(reader.command(0xf5, [BACKUP]).data, [1, 1, 0x11, 0x11, ...le(SIZE, 3)]);
    assert.deepEqual(reader.command(0xdf, [BACKUP]).status, 0);
    assert.deepEqual(reader.command(0x6f, []).data, [STANDARD, PURSE]);
    assert.equal(reader.command(0xcd, [4, 0, 0xee, 0xee, ...le(5000, 3)]).status, 0x0e);
    reader.authenticate(KEY);
    assert.equal(reader.command(0xcd, [STANDARD, 0, 0xee, 0xee, 1, 0, 0]).status, 0xde);
    assert.equal(reader.command(0xcd, [32, 0, 0xee, 0xee, 1, 0, 0]).status, 0x9e);
  });

  it("clones a card with its session, and neither then sees what becomes of the other", () => {
    const one = prepared("maced");
    one.change(0x0c, 7);
    const clone = cloneCard(one.card, createRandomTwin(9));
    const before = cardImage(one.card);
    const other = new Reader(clone);
    other.session = one.reader.session;
    other.initial = one.reader.initial;
    assert.equal(other.command(0xc7, []).status, 0);
    assert.deepEqual(cardImage(one.card), before);
    assert.notDeepEqual(cardImage(clone), before);
    assert.equal(one.commit(), 0);
    assert.deepEqual(cardImage(one.card), cardImage(clone));
  });
});
