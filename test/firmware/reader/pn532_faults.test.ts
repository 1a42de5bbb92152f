/** The PN532 driver when the line, the chip or the card fail: an answer is the right one, or there is none. */
import assert from "node:assert/strict";
import { FIELD_OFF_MS, RESTART_MAX_MS, RESTART_MIN_MS } from "../../../firmware/reader/pn532";
import { IN_DATA_EXCHANGE, WAKE_BYTE } from "../../../firmware/reader/pn532_codes";
import { ackFrame, informationFrame, TFI_FROM_CHIP } from "../../../firmware/reader/pn532_frames";
import { NACK_TRIES } from "../../../firmware/reader/pn532_link";
import { cutChip, insertCard, removeCard, setSilent } from "../../../sim/pn532/chip";
import type { Direction } from "../../../sim/pn532/pipe";
import { flipBits, loseByte, putGarbage } from "../../../sim/pn532/pipe";
import type { CountingCard, Rig } from "./rig";
import { countingCard, exchange, readerRig, rigWithCard, SETTLE_MS } from "./rig";

const GET_VERSION = [0x90, 0x60, 0, 0, 0];
const NACK = [0, 0, 0xff, 0xff, 0, 0];
const LONG_MS = 600_000;
const ACK_BYTES = 6;

const nacks = (rig: Rig): number => rig.written.filter(({ bytes }) => String(bytes) === String(NACK)).length;

/** A start, a card, three exchanges and a card that leaves, all judged; `spoil` hurts the line beforehand. */
function session(spoil: (rig: Rig) => void): { rig: Rig; card: CountingCard; results: string[] } {
  const rig = readerRig();
  spoil(rig);
  rig.pass(100);
  const card = countingCard();
  insertCard(rig.chip, card);
  rig.pass(SETTLE_MS);
  const results: string[] = [];
  for (const command of [GET_VERSION, [0x90, 0xaf], [0x90, 0x5a, 1, 2, 3]]) {
    const before = { asked: card.asked.length, lost: card.lost };
    const done = exchange(rig, command);
    assert.equal(done.length, 1, "called back once");
    const [result, answer] = done[0];
    results.push(result);
    const asked = card.asked.length - before.asked;
    assert.ok(asked <= 1, "the card is never asked twice");
    if (result === "ok") assert.deepEqual(answer, card.said[card.said.length - 1], "its own answer");
    else {
      assert.deepEqual(answer, []);
      assert.ok(result === "absent" || asked === 0 || card.lost > before.lost, "a session without answer is ended");
    }
  }
  // The fault is over: all must be well again.
  rig.pass(SETTLE_MS);
  assert.deepEqual(exchange(rig, GET_VERSION), [["ok", card.said[card.said.length - 1]]]);
  removeCard(rig.chip);
  rig.pass(SETTLE_MS);
  assert.equal(rig.reader.port.present(), false);
  return { rig, card, results };
}

describe("the PN532 driver on a bad line", function () {
  const whole = session(() => undefined).rig;
  const ways: [string, (rig: Rig) => Direction, number][] = [
    ["to the chip", (rig) => rig.pipe.to_chip, whole.pipe.to_chip.written_bytes],
    ["from the chip", (rig) => rig.pipe.to_host, whole.pipe.to_host.written_bytes],
  ];
  const faults: [string, (direction: Direction, at: number) => void][] = [
    ["is lost", loseByte],
    ["has all bits flipped", (direction, at) => flipBits(direction, at, 0xff)],
    ["has one bit flipped", (direction, at) => flipBits(direction, at, 2 ** (at % 8))],
    ["comes behind garbage", (direction, at) => putGarbage(direction, at, [0, 0xff, 3, 0xfd, 0xd5])],
    ["comes behind a foreign ACK", (direction, at) => putGarbage(direction, at, [0, 0, 0xff, 0, 0xff, 0])],
  ];
  for (const [way, direction, count] of ways) {
    // The first ones are the start; behind the session there are only polls.
    const last = Math.min(count, 700);
    for (const [what, put] of faults) {
      it(`keeps every answer right when any byte ${way} ${what}`, () => {
        for (let at = 0; at < last; at++) {
          try {
            session((rig) => {
              put(direction(rig), at);
            });
          } catch (error) {
            throw new Error(`byte ${at} of ${last}: ${(error as Error).message}`, { cause: error });
          }
        }
      });
    }
  }

  it("takes no answer that comes ahead of its command's ACK: it is an earlier one", () => {
    const card = countingCard();
    const rig = rigWithCard(card);
    const stale = informationFrame(TFI_FROM_CHIP, [IN_DATA_EXCHANGE + 1, 0, 9, 9, 0x91, 0]);
    putGarbage(rig.pipe.to_host, rig.pipe.to_host.written_bytes, stale);
    assert.deepEqual(exchange(rig, GET_VERSION), [["ok", card.said[0]]]);
  });

  it("passes over an answer to another command", () => {
    const card = countingCard();
    const rig = rigWithCard(card);
    const other = informationFrame(TFI_FROM_CHIP, [IN_DATA_EXCHANGE + 3, 0, 9, 9, 0x91, 0]);
    putGarbage(rig.pipe.to_host, rig.pipe.to_host.written_bytes + ACK_BYTES, other);
    assert.deepEqual(exchange(rig, GET_VERSION), [["ok", card.said[0]]]);
  });

  it("asks for an answer again that loses any byte behind its start code, and the card is asked once", () => {
    const answer_bytes = 18;
    for (let at = 3; at < answer_bytes; at++) {
      const card = countingCard();
      const rig = rigWithCard(card);
      loseByte(rig.pipe.to_host, rig.pipe.to_host.written_bytes + ACK_BYTES + at);
      assert.deepEqual(exchange(rig, GET_VERSION), [["ok", card.said[0]]], `byte ${at}`);
      assert.deepEqual([nacks(rig), card.asked.length, card.lost], [1, 1, 0]);
    }
  });

  it("asks for a hurt answer again, and the card is asked once", () => {
    for (let count = 1; count <= NACK_TRIES; count++) {
      const card = countingCard();
      const rig = rigWithCard(card);
      rig.chip.wrong_sums = count;
      assert.deepEqual(exchange(rig, GET_VERSION), [["ok", card.said[0]]]);
      assert.deepEqual([nacks(rig), card.asked.length, card.lost], [count, 1, 0]);
    }
  });

  it("gives an exchange up when its answer stays hurt, and ends the session", () => {
    const card = countingCard();
    const rig = rigWithCard(card);
    rig.chip.wrong_sums = NACK_TRIES + 1;
    assert.deepEqual(exchange(rig, GET_VERSION), [["timeout", []]]);
    assert.deepEqual([nacks(rig), card.asked.length, card.lost], [NACK_TRIES, 1, 1]);
    assert.equal(exchange(rig, GET_VERSION)[0][0], "ok");
  });

  it("repeats a poll that is not acknowledged, but never an exchange", () => {
    const rig = readerRig();
    rig.chip.acks_lost = 2;
    rig.pass(300);
    assert.equal(rig.reader.working, true);
    const card = countingCard();
    insertCard(rig.chip, card);
    rig.pass(SETTLE_MS);
    rig.chip.acks_lost = 1;
    assert.deepEqual(exchange(rig, GET_VERSION), [["timeout", []]]);
    assert.deepEqual([card.asked.length, card.lost], [1, 1], "done once, and undone with its session");
  });
});

describe("the PN532 driver and a card that fails", () => {
  it("reports removed whichever byte the card is pulled at, and finds it again", () => {
    const command = [0x90, 0x5a, 1, 2, 3];
    for (let bytes = 0; bytes <= 5 + 8; bytes++) {
      const card = countingCard();
      const rig = rigWithCard(card);
      rig.chip.field.bytes_to_pull = bytes;
      const told: boolean[] = [];
      rig.reader.port.on_change(() => told.push(rig.reader.port.present()));
      const whole = bytes === 5 + 8;
      assert.deepEqual(exchange(rig, command), [whole ? ["ok", card.said[0]] : ["removed", []]], `byte ${bytes}`);
      assert.deepEqual([card.asked.length, told], [bytes < 5 ? 0 : 1, whole ? [] : [false]]);
      rig.chip.field.bytes_to_pull = -1;
      insertCard(rig.chip, card);
      rig.pass(SETTLE_MS);
      assert.equal(rig.reader.port.present(), true);
    }
  });

  it("reports removed at whatever millisecond of an exchange the card is pulled", () => {
    for (let after_ms = 0; after_ms < 12; after_ms++) {
      const card = countingCard();
      const rig = rigWithCard(card);
      const done: [string, number[]][] = [];
      rig.reader.port.transmit(GET_VERSION, 1000, (result, answer) => done.push([result, answer]));
      rig.pass(after_ms);
      removeCard(rig.chip);
      rig.pass(SETTLE_MS);
      assert.equal(done.length, 1);
      if (done[0][0] === "ok") assert.deepEqual(done[0][1], card.said[0]);
      else assert.deepEqual(done, [["removed", []]]);
      assert.equal(rig.reader.port.present(), false);
    }
  });

  it("reports timeout for a card that is mute, keeps it, and ends its session", () => {
    const card = countingCard();
    const rig = rigWithCard(card);
    rig.reader.port.on_change(() => assert.fail("the card has not moved"));
    card.mute = true;
    assert.deepEqual(exchange(rig, GET_VERSION), [["timeout", []]]);
    assert.deepEqual([card.lost, rig.reader.port.present()], [1, true]);
    card.mute = false;
    assert.deepEqual(exchange(rig, GET_VERSION), [["ok", card.said[0]]]);
  });

  it("tells the chip to give up when the time of an exchange is over", () => {
    const rig = rigWithCard(countingCard());
    rig.chip.slow_ms = 150;
    rig.written.length = 0;
    exchange(rig, GET_VERSION, 100);
    assert.deepEqual(rig.written[1].bytes, ackFrame());
  });

  it("leaves a card that failed without a field for long enough to forget its session", () => {
    const card = countingCard();
    const rig = rigWithCard(card);
    card.mute = true;
    rig.reader.port.transmit(GET_VERSION, 1000, () => undefined);
    let off_ms = 0;
    for (let at_ms = 0; at_ms < 1000; at_ms++) {
      rig.pass(1);
      if (!rig.chip.field.on) off_ms += 1;
    }
    assert.ok(off_ms >= FIELD_OFF_MS, `${off_ms} ms`);
  });

  it("never takes an answer that comes too late for the next command's", () => {
    for (const slow_ms of [90, 95, 98, 99, 100, 101, 105, 120, 190]) {
      const card = countingCard();
      const rig = rigWithCard(card);
      rig.chip.slow_ms = slow_ms;
      const done: [string, number[]][] = [];
      rig.reader.port.transmit([0x90, 1], 100, (result, answer) => {
        done.push([result, answer]);
        rig.chip.slow_ms = 0;
        rig.reader.port.transmit([0x90, 2], 1000, (second, next) => done.push([second, next]));
      });
      rig.pass(5000);
      if (done[0][0] === "ok") assert.deepEqual(done[0][1], card.said[0]);
      else assert.equal(done[0][0], "timeout");
      assert.deepEqual(done[1], ["ok", card.said[card.said.length - 1]]);
    }
  });
});

describe("the PN532 driver and a reader that fails", () => {
  /** When the chip was woken, from a point on. */
  function wakes(rig: Rig, from_ms: number): number[] {
    const woken = rig.written.filter(({ bytes, at_ms }) => bytes[0] === WAKE_BYTE && at_ms >= from_ms);
    return woken.map(({ at_ms }) => at_ms);
  }

  it("reports the card gone when the chip falls silent, in a session and between sessions", () => {
    for (const in_session of [true, false]) {
      const rig = rigWithCard(countingCard());
      const told: unknown[] = [];
      rig.reader.port.on_change(() => told.push(rig.reader.port.present()));
      setSilent(rig.chip, true);
      if (in_session) rig.reader.port.transmit(GET_VERSION, 1000, (result) => told.push(result));
      rig.pass(SETTLE_MS);
      assert.deepEqual(told, in_session ? ["timeout", false] : [false]);
      assert.equal(rig.reader.working, false);
      assert.equal(
        rig.reader.port.transmit(GET_VERSION, 1000, () => assert.fail()),
        "absent",
      );
    }
  });

  it("tries to start a silent chip again, in pauses that double up to a minute", () => {
    const rig = readerRig();
    setSilent(rig.chip, true);
    rig.pass(LONG_MS);
    // Each attempt wakes three times, close together.
    const attempts = wakes(rig, 0).filter((at_ms, index, all) => index === 0 || at_ms - all[index - 1] > 200);
    const pauses = attempts.slice(1).map((at_ms, index) => at_ms - attempts[index]);
    const rounded = pauses.map((pause_ms) => Math.floor(pause_ms / 500) * 500);
    assert.deepEqual(rounded.slice(0, 8), [500, 1000, 2000, 4000, 8000, 16000, 32000, RESTART_MAX_MS]);
    assert.ok(pauses.slice(7).every((pause_ms) => pause_ms < RESTART_MAX_MS + 1000));
    assert.equal(RESTART_MIN_MS, 500);
  });

  it("has the card back once the chip is, and starts the next failure with a short pause", () => {
    const card = countingCard();
    const rig = rigWithCard(card);
    for (let round = 0; round < 3; round++) {
      setSilent(rig.chip, true);
      rig.pass(LONG_MS);
      setSilent(rig.chip, false);
      rig.pass(RESTART_MAX_MS + SETTLE_MS);
      assert.equal(rig.reader.port.present(), true);
      assert.deepEqual(exchange(rig, GET_VERSION), [["ok", card.said[round]]]);
      setSilent(rig.chip, true);
      const from_ms = rig.queue.now_ms;
      rig.pass(3000);
      assert.ok(wakes(rig, from_ms).length >= 6, "soon again");
      setSilent(rig.chip, false);
      rig.pass(RESTART_MAX_MS + SETTLE_MS);
    }
  });

  it("survives a power cut of the chip at any moment of an exchange", () => {
    for (let after_ms = 0; after_ms < 15; after_ms++) {
      const card = countingCard();
      const rig = rigWithCard(card);
      const done: [string, number[]][] = [];
      rig.reader.port.transmit(GET_VERSION, 1000, (result, answer) => done.push([result, answer]));
      rig.pass(after_ms);
      cutChip(rig.chip);
      rig.pass(SETTLE_MS);
      assert.equal(done.length, 1);
      if (done[0][0] === "ok") assert.deepEqual(done[0][1], card.said[0]);
      assert.equal(exchange(rig, GET_VERSION)[0][0], "ok", `cut after ${after_ms} ms`);
      assert.equal(rig.chip.obeyed.filter((code) => code === IN_DATA_EXCHANGE).length, card.asked.length);
    }
  });
});
