/**
 * A card in the reader twin: pulled at every byte, with wrong answers, slow, and rolled back.
 */
import assert from "node:assert/strict";
import { cloneCard, type DesfireCard } from "../../../sim/desfire/card";
import { cardImage } from "../../../sim/desfire/image";
import { exchangeTimeUs } from "../../../sim/desfire/time";
import { createCardReaderTwin } from "../../../sim/twins/card_reader";
import { createRandomTwin } from "../../../sim/twins/random";
import { virtualTime } from "../../hal/twins";
import { hex, le, Reader, readerAtApplication, rights, UID } from "./reader";

const BACKUP = 2;
const PURSE = 3;
const DATA = [9, 8, 7, 6, 5];
const SEED = 77;
const TIMEOUT_MS = 500;
const GET_VERSION = [0x90, 0x60, 0, 0, 0];

function purseCard(): DesfireCard {
  const { card, reader } = readerAtApplication();
  reader.command(0xcb, [BACKUP, 1, ...rights(1, 1, 1, 1), ...le(32, 3)]);
  reader.command(0xcc, [PURSE, 1, ...rights(1, 1, 1, 1), ...le(0, 4), ...le(1000, 4), ...le(10, 4), 0]);
  reader.select(0);
  return card;
}

/** Select, authenticate, write, credit, commit: the commands of one session, by a reader at a card of its own. */
function session(reader: Reader): void {
  reader.select(0x123456);
  reader.authenticate(1);
  reader.command(0x3d, [BACKUP, ...le(0, 3), ...le(DATA.length, 3)], DATA, "maced");
  reader.command(0x0c, [PURSE], le(5, 4), "maced");
  reader.command(0xc7, []);
}

function bench() {
  const time = virtualTime();
  const twin = createCardReaderTwin(time.queue, time.trace);
  /** Sends commands until the card is gone; what came of each. */
  const sendAll = (commands: number[][]): [string, string][] => {
    const outcomes: [string, string][] = [];
    for (const command of commands) {
      const started = twin.port.transmit(command, TIMEOUT_MS, (result, answer) => outcomes.push([result, hex(answer)]));
      if (started !== "started") break;
      time.pass(TIMEOUT_MS);
    }
    return outcomes;
  };
  return { ...time, twin, sendAll };
}

describe("virtual card: tearing", () => {
  const origin = purseCard();
  const start = cloneCard(origin, createRandomTwin(SEED));
  const reader = new Reader(start);
  const old = cardImage(start);
  session(reader);
  const fresh = cardImage(start);
  const { log } = reader;
  /** Bytes up to the end of each answer. */
  const ends = log.map((_, index) =>
    log.slice(0, index + 1).reduce((sum, { command, answer }) => sum + command.length + answer.length, 0),
  );
  const answered = ({ answer }: { answer: number[] }): [string, string] => ["ok", hex(answer)];
  const total = ends[ends.length - 1];
  const to_commit = total - log.at(-1)!.answer.length;

  it("pulled at every byte of a session leaves the old state or the new one, whole", () => {
    let [olds, news] = [0, 0];
    for (let at = 0; at <= total; at++) {
      for (const is_done of [false, true]) {
        const { twin, sendAll } = bench();
        const card = cloneCard(origin, createRandomTwin(SEED));
        twin.insert_card(card);
        twin.pull_after(at, is_done);
        const outcomes = sendAll(log.map(({ command }) => command));
        const image = cardImage(card);
        const is_new = at > to_commit || (at === to_commit && is_done);
        assert.deepEqual(image, is_new ? fresh : old, `byte ${at}, ${is_done}`);
        if (is_new) news++;
        else olds++;
        // Behind the last byte of an answer it leaves between two commands, and the next finds it absent.
        const is_between = ends.includes(at);
        if (!is_between) assert.deepEqual(outcomes.pop(), ["removed", ""], `byte ${at}`);
        const whole = ends.filter((end) => end <= at).length;
        assert.deepEqual(outcomes, log.slice(0, whole).map(answered));
        assert.deepEqual([twin.port.present(), card.session.key_number], [false, -1]);
      }
    }
    assert.ok(olds > 100 && news > 10, `${olds} old, ${news} new`);
  });

  it("answers the same through the reader twin as in the hand, until it is pulled", () => {
    const { twin, sendAll } = bench();
    twin.insert_card(cloneCard(origin, createRandomTwin(SEED)));
    const outcomes = sendAll(log.map(({ command }) => command));
    assert.deepEqual(outcomes, log.map(answered));
  });

  it("takes the time of the air and of the card", () => {
    const { twin, queue, pass } = bench();
    twin.insert(UID);
    let done_ms = 0;
    twin.port.transmit(GET_VERSION, TIMEOUT_MS, (result, answer) => {
      assert.deepEqual([result, hex(answer)], ["ok", "0401010100180591af"]);
      done_ms = queue.now_ms;
    });
    pass(TIMEOUT_MS);
    const expected_us = exchangeTimeUs(GET_VERSION, 9);
    assert.ok(
      done_ms * 1000 >= expected_us && done_ms * 1000 <= expected_us + 2000,
      `${done_ms} ms, ${expected_us} us`,
    );
  });

  it("has not carried out a command during which it is taken away", () => {
    const { twin, pass } = bench();
    const card = cloneCard(origin, createRandomTwin(SEED));
    twin.insert_card(card);
    twin.port.transmit([0x90, 0x5a, 0, 0, 3, 0x56, 0x34, 0x12, 0], TIMEOUT_MS, () => undefined);
    pass(1);
    twin.remove();
    assert.equal(card.session.selected, 0);
  });

  it("spoils the MAC of one answer", () => {
    const { twin, sendAll } = bench();
    twin.insert_card(cloneCard(origin, createRandomTwin(SEED)));
    const commands = log.map(({ command }) => command);
    sendAll(commands.slice(0, 3));
    twin.spoil_answer();
    const [spoilt] = sendAll([commands[3]]);
    assert.notEqual(spoilt[1], hex(log[3].answer));
    assert.equal(spoilt[1].slice(-4), "9100");
    assert.equal(spoilt[1].length, 2 * log[3].answer.length);
    assert.deepEqual(sendAll([commands[4]]), [["ok", hex(log[4].answer)]]);
  });

  it("has carried out a command whose answer comes after the time-out, and takes the next", () => {
    const { twin, pass, sendAll } = bench();
    const card = cloneCard(origin, createRandomTwin(SEED));
    twin.insert_card(card);
    const commands = log.map(({ command }) => command);
    sendAll(commands.slice(0, -1));
    twin.slow_ms = TIMEOUT_MS;
    assert.deepEqual(sendAll(commands.slice(-1)), [["timeout", ""]]);
    assert.deepEqual(cardImage(card), fresh);
    twin.slow_ms = 0;
    pass(5 * TIMEOUT_MS);
    assert.deepEqual(sendAll([[0x90, 0xa7, 0, 0, 0]]), [["ok", "910c"]]);
  });

  it("loses its field when the reader loses its power", () => {
    const { twin, sendAll } = bench();
    const card = cloneCard(origin, createRandomTwin(SEED));
    twin.insert_card(card);
    sendAll(log.slice(0, -1).map(({ command }) => command));
    twin.cut();
    assert.deepEqual(cardImage(card), old);
    assert.deepEqual([card.session.selected, card.session.pending.length], [0, 0]);
  });

  it("lets a meter find an older state of the same card", () => {
    const { twin } = bench();
    twin.insert_card(start);
    assert.deepEqual(cardImage(twin.card!), fresh);
    twin.remove();
    twin.insert_card(cloneCard(origin, createRandomTwin(SEED)));
    assert.deepEqual([twin.port.uid(), cardImage(twin.card!)], [UID, old]);
  });
});
