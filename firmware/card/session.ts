/**
 * Session: one card from its arrival to the message on the glass.
 *
 *   select the application, read the header            unknown_card, foreign_region, not_in_service, locked_out
 *   mutual authentication with the meter's key         unknown_card
 *   read voucher or order, under MAC                   (a wrong MAC is a torn card: nothing is believed)
 *   judge it (judgement.ts), act on it (acts.ts)       the act is committed before anything more is told
 *   write the read-back, commit it, read it again      card_torn when that fails; the act stands
 *   message and beep
 *
 * A card may be pulled at any byte. Until the act is committed nothing has happened. After it, the voucher is taken, and
 * the next insertion says "completed" and writes the read-back that is missing. What is written to the card goes into
 * backup files and takes effect with one CommitTransaction: the card holds the old read-back or the new one.
 *
 * A purse at a standpipe goes another way once it has proved itself: it pays as long as it is there (standpipe.ts).
 */
import { assert } from "../assert";
import { ATTENTION_MS } from "../display/display";
import { derivedKey } from "../crypto/kdf";
import { settle, tell } from "../supervision";
import type { Meter } from "../state";
import { note } from "../state";
import { moneyField } from "../text";
import { countAttempt } from "./attempts";
import { hexBytes, putDigits } from "./bytes";
import type { CardSession } from "./card_state";
import { createSession } from "./card_state";
import { openChannel, takeChallenge } from "./channel";
import type { Challenge } from "./channel";
import {
  AUTHENTICATE_AES,
  COMMIT_TRANSACTION,
  READ_DATA,
  SELECT_APPLICATION,
  WRITE_DATA,
  exchangeCommand,
  exchangeResponse,
} from "./desfire";
import type { ExchangeResult } from "./desfire";
import { diversifiedKey, diversifiedUnder } from "./diversify";
import {
  APPLICATION,
  FILE_HEADER,
  FILE_ORDER,
  FILE_READ_BACK,
  FILE_VOUCHER,
  HEADER_BYTES,
  KEY_METER,
  ORDER_BYTES,
  READ_BACK_BYTES,
  REGION_BYTES,
  VOUCHER_BYTES,
  readHeader,
} from "./files";
import { judgeOrder, judgeVoucher } from "./judgement";
import { cardMaster, placeBytes, readerRandom, voucherKey } from "./prepared";
import { readBackBytes } from "./read_back";
import { readBackOf } from "./reading";
import { readPurse } from "./purse";
import type { CardResult } from "./results";
import { resultGood, resultText } from "./results";
import { exchangeKnown, exchangeSealed, fileCommand } from "./sealed";
import { beginPaying, endPaying, isBlocked, lookAtPurse } from "./standpipe";
import { UID_BYTES } from "./voucher";

/** Bytes of the read-back that are read again: up to the sequence that was taken. */
const CONFIRMED_BYTES = 25;

/** A card that has not proved itself: torn when it is gone, else not one of ours. */
function strange(exchanged: ExchangeResult): CardResult {
  return exchanged === "ok" || exchanged === "refused" ? "unknown_card" : "card_torn";
}

/** The key of this card for meters: from the region's master, or from the transport key before commissioning. */
function meterKey(meter: Meter, session: CardSession): number[] {
  const crypto = meter.hal.crypto;
  const header = session.header;
  const own = header.type === "commissioning" ? undefined : cardMaster(meter);
  if (own !== undefined) {
    // The header's region is the meter's own (judgeHeader).
    const region = placeBytes(meter.card.prepared, meter.card.books).slice(0, REGION_BYTES);
    return diversifiedUnder(crypto, own, session.uid, APPLICATION, region.concat([KEY_METER]));
  }
  assert(header.type === "commissioning", "a meter that knows no region takes a commissioning card alone");
  const master = derivedKey(crypto, hexBytes(meter.settings.transport_key), "curbstop card", []);
  const system: number[] = [];
  putDigits(system, header.region, REGION_BYTES);
  system.push(KEY_METER);
  return diversifiedKey(crypto, master, session.uid, APPLICATION, system);
}

/** Reads a file from its start under MAC. `next` gets its bytes, or undefined when the card is torn. */
function readFile(
  meter: Meter,
  session: CardSession,
  file: number,
  length: number,
  next: (bytes: number[] | undefined, exchanged: ExchangeResult) => void,
): void {
  const read = fileCommand(READ_DATA, file, length);
  exchangeSealed(meter.hal.card, session, read, false, function (bytes, exchanged) {
    next(bytes !== undefined && bytes.length === length ? bytes : undefined, exchanged);
  });
}

/** Tells what came of the card, and lets the meter follow. */
function finish(meter: Meter, session: CardSession, result: CardResult): void {
  const now_ms = meter.hal.timer.now_ms();
  const good = resultGood(result);
  const wait_ms = countAttempt(meter.card.books, result);
  meter.card.session = undefined;
  meter.card.last_result = result;
  if (wait_ms > 0) {
    meter.card.wait_until_ms = now_ms + wait_ms;
    note(meter, "card_locked_out", meter.card.books.failures);
  }
  if (!good) {
    note(meter, "card_" + result, session.header.card);
  }
  meter.hal.buzzer.beep(good ? "good" : "bad");
  meter.shown.attention_until_ms = now_ms + ATTENTION_MS;
  tell(meter, session.added_milli > 0 ? "+" + moneyField(session.added_milli, 7) : resultText(result), now_ms);
  settle(meter, now_ms);
}

/** The read-back is on the card, or the card is gone. */
function confirmed(meter: Meter, session: CardSession, whole: boolean): void {
  const books = meter.card.books;
  const taken = session.result === "accepted" && session.header.type === "user";
  if (whole) {
    meter.card.torn_sequence = 0;
  } else if (taken) {
    meter.card.torn_sequence = books.sequence;
    note(meter, "card_torn", session.header.card);
  }
  // What was acted on stands, whatever has become of the card.
  finish(meter, session, whole || resultGood(session.result) ? session.result : "card_torn");
}

function confirm(meter: Meter, session: CardSession, written: number[]): void {
  const read = fileCommand(READ_DATA, FILE_READ_BACK, CONFIRMED_BYTES);
  exchangeKnown(meter.hal.card, session, read, written.slice(0, CONFIRMED_BYTES), function (is_said) {
    confirmed(meter, session, is_said);
  });
}

function commitCard(meter: Meter, session: CardSession, written: number[]): void {
  exchangeSealed(meter.hal.card, session, [COMMIT_TRANSACTION], false, function (answer) {
    if (answer !== undefined) {
      confirm(meter, session, written);
    } else {
      confirmed(meter, session, false);
    }
  });
}

/** Writes what the meter has to say onto the card; the last part of every session that knows whose card it is. */
function writeBack(meter: Meter, session: CardSession, result: CardResult): void {
  session.result = result;
  const key = session.sign_key;
  if (key === undefined) {
    finish(meter, session, result);
    return;
  }
  const written = readBackBytes(key, readBackOf(meter, session));
  const write = fileCommand(WRITE_DATA, FILE_READ_BACK, READ_BACK_BYTES).concat(written);
  exchangeSealed(meter.hal.card, session, write, true, function (answer) {
    if (answer !== undefined) {
      commitCard(meter, session, written);
    } else {
      confirmed(meter, session, false);
    }
  });
}

/** Whether a card with this result is of this meter: on another one nothing of the meter is written. */
function belongsHere(result: CardResult): boolean {
  return result !== "wrong_meter" && result !== "foreign_region" && result !== "bad_signature";
}

function onVoucher(meter: Meter, session: CardSession, bytes: number[]): void {
  session.sign_key = voucherKey(meter);
  const cumulative_milli = meter.card.books.cumulative_milli;
  const result = judgeVoucher(meter, session.sign_key, session.uid, bytes, function () {
    return;
  });
  session.added_milli = meter.card.books.cumulative_milli - cumulative_milli;
  if (belongsHere(result)) {
    writeBack(meter, session, result);
  } else {
    finish(meter, session, result);
  }
}

function onOrder(meter: Meter, session: CardSession, bytes: number[]): void {
  const result = judgeOrder(meter, session, bytes);
  if (belongsHere(result)) {
    session.sign_key = voucherKey(meter);
  }
  writeBack(meter, session, result);
}

/** A purse has proved itself: at a standpipe it pays from now on, until it goes. */
function onPurse(meter: Meter, session: CardSession): void {
  readPurse(meter, session, function (purse) {
    if (purse === undefined) {
      finish(meter, session, "card_torn");
      return;
    }
    const result = isBlocked(meter, session.uid) ? "blocked" : beginPaying(meter, session, purse);
    finish(meter, session, result);
    lookAtPurse(meter, meter.hal.timer.now_ms());
  });
}

/** The card has proved itself: what it carries is read. */
function onProved(meter: Meter, session: CardSession): void {
  if (session.header.type === "purse") {
    onPurse(meter, session);
    return;
  }
  const user = session.header.type === "user";
  const file = user ? FILE_VOUCHER : FILE_ORDER;
  readFile(meter, session, file, user ? VOUCHER_BYTES : ORDER_BYTES, function (bytes, exchanged) {
    if (bytes === undefined) {
      // A wrong MAC is a bad line, and nothing is believed of it; a refusal is a card that is laid out otherwise.
      finish(meter, session, exchanged === "refused" ? "unknown_card" : "card_torn");
    } else if (user) {
      onVoucher(meter, session, bytes);
    } else {
      onOrder(meter, session, bytes);
    }
  });
}

function answerChallenge(meter: Meter, session: CardSession, challenge: Challenge): void {
  exchangeResponse(meter.hal.card, challenge.response, function (exchanged, _status, proof) {
    const channel = exchanged === "ok" ? openChannel(challenge, proof) : undefined;
    if (channel === undefined) {
      finish(meter, session, strange(exchanged));
      return;
    }
    session.channel = channel;
    onProved(meter, session);
  });
}

function authenticate(meter: Meter, session: CardSession): void {
  const hal = meter.hal;
  const key = meterKey(meter, session);
  exchangeCommand(hal.card, [AUTHENTICATE_AES, KEY_METER], function (exchanged, _status, bytes) {
    const challenge = exchanged === "ok" ? takeChallenge(hal.crypto, key, bytes, readerRandom(meter)) : undefined;
    if (challenge === undefined) {
      finish(meter, session, strange(exchanged));
      return;
    }
    answerChallenge(meter, session, challenge);
  });
}

/** What the header alone decides; "accepted" when the card is to be asked further. */
function judgeHeader(meter: Meter, session: CardSession): CardResult {
  const books = meter.card.books;
  const has_keys = books.card_key !== "";
  if (session.header.type === "commissioning") {
    if (!meter.reasons.not_commissioned) {
      return "in_service_already";
    }
    return meter.settings.transport_key === "" ? "unknown_card" : "accepted";
  }
  if (session.header.region !== books.region) {
    return "foreign_region";
  }
  const standpipe = meter.settings.standpipe_step_l > 0;
  if ((session.header.type === "purse" && !standpipe) || (session.header.type === "user" && standpipe)) {
    return "wrong_place";
  }
  // One that was taken out of service has its keys still, and only says what it knows.
  const reads = session.header.type === "inspection" || session.header.type === "transfer";
  return has_keys && (reads || !meter.reasons.not_commissioned) ? "accepted" : "not_in_service";
}

function onHeader(meter: Meter, session: CardSession, exchanged: ExchangeResult, bytes: number[]): void {
  const header = exchanged === "ok" ? readHeader(bytes) : undefined;
  if (header === undefined) {
    finish(meter, session, strange(exchanged));
    return;
  }
  session.header = header;
  const result = judgeHeader(meter, session);
  if (result === "accepted") {
    authenticate(meter, session);
  } else {
    finish(meter, session, result);
  }
}

function begin(meter: Meter): void {
  const card = meter.hal.card;
  const session = createSession(card.uid());
  meter.card.session = session;
  if (meter.card.wait_until_ms > meter.hal.timer.now_ms()) {
    finish(meter, session, "locked_out");
    return;
  }
  if (session.uid.length !== UID_BYTES) {
    // A card that shows another UID each time has seven bytes only to those who know its key, as none of ours does.
    finish(meter, session, "unknown_card");
    return;
  }
  exchangeCommand(card, [SELECT_APPLICATION].concat(APPLICATION), function (selected) {
    if (selected !== "ok") {
      finish(meter, session, strange(selected));
      return;
    }
    exchangeCommand(card, fileCommand(READ_DATA, FILE_HEADER, HEADER_BYTES), function (exchanged, _status, bytes) {
      onHeader(meter, session, exchanged, bytes);
    });
  });
}

/** A card has come or gone; the handler of the card port. One that goes ends its session by the answer that is missing. */
export function onCard(meter: Meter): void {
  if (!meter.hal.card.present()) {
    endPaying(meter);
  } else if (meter.card.session === undefined && meter.card.paying === undefined) {
    begin(meter);
  }
}
