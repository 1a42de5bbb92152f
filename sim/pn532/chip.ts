/**
 * PN532 emulator: the chip behind a byte line (NXP UM0701-02), with one card at its antenna (field.ts), as the driver
 * in firmware/reader and libnfc's pn532_uart see it. It takes its time from a timer of its own.
 *
 * Faults, each switched on by a test or a scenario:
 *   silent        takes everything, says nothing; what it was doing is lost
 *   acks_lost     so many acknowledgements are not sent
 *   wrong_sums    so many information frames leave with a wrong DCS; a NACK brings them again
 *   slow_ms       every answer is so much later
 *   pulled        `field.bytes_to_pull`: the card leaves after so many bytes of APDUs and answers; a card that was
 *                 pulled behind the last byte of its command has done what it was told
 *   power cut     `cutChip`: the chip starts anew, asleep; the card loses the field
 * Lost, flipped and foreign bytes are the line's (pipe.ts).
 *
 * Asleep (after power-up and PowerDown) it passes over all bytes until a wake byte. A new command or the host's ACK
 * ends the one under way (6.2.1.3); a NACK while nothing was answered is passed over.
 * Not modelled: low battery mode, target mode, InAutoPoll, InATR, InPSL, GPIO, other baud rates, several cards,
 * FeliCa, type B, Jewel (nobody answers), bit-wise framing, a card that is mute to REQA after InRelease.
 */
import type { Timer } from "../../hal/timer";
import type { ByteLine } from "../../firmware/reader/byte_line";
import {
  EXCHANGE_DATA_MAX_BYTES,
  IN_DATA_EXCHANGE,
  POWER_DOWN,
  STATUS_TIMEOUT,
  WAKE_BYTE,
} from "../../firmware/reader/pn532_codes";
import type { FrameKind, FrameParser } from "../../firmware/reader/pn532_frames";
import {
  ackFrame,
  createFrameParser,
  errorFrame,
  informationFrame,
  resetFrames,
  takeBytes,
  TFI_FROM_CHIP,
  TFI_TO_CHIP,
} from "../../firmware/reader/pn532_frames";
import type { Memory, Reply } from "./commands";
import { obey } from "./commands";
import type { ContactlessCard, Field } from "./field";
import { createField, pullCard, switchField } from "./field";

/** Between a command's ACK and what it does. */
const CHIP_MS = 1;

export interface Pn532Chip {
  field: Field;
  memory: Memory;
  asleep: boolean;
  silent: boolean;
  acks_lost: number;
  wrong_sums: number;
  slow_ms: number;
  /** Codes of the commands that were obeyed, newest last, for tests. */
  obeyed: number[];
  line: ByteLine;
  timer: Timer;
  parser: FrameParser;
  /** Goes up with each command, so that an alarm of an earlier one does nothing. */
  turn: number;
  /** The last answer, for a NACK; empty while a command is under way. */
  last_answer: number[];
  error_answer: boolean;
}

const OBEYED_MAX = 1000;

function createMemory(field: Field): Memory {
  return {
    field: field,
    automatic_rats: true,
    retries: 0xff,
    addresses: [],
    values: [],
    command_parts: [],
    answer: [],
    answer_from: 0,
    exchange_data_max_bytes: EXCHANGE_DATA_MAX_BYTES,
  };
}

function sendAnswer(chip: Pn532Chip): void {
  if (chip.last_answer.length === 0) {
    chip.line.write(errorFrame());
    return;
  }
  const frame = informationFrame(TFI_FROM_CHIP, chip.last_answer);
  if (chip.wrong_sums > 0) {
    chip.wrong_sums -= 1;
    frame[frame.length - 2] = (frame[frame.length - 2] + 1) % 256;
  }
  chip.line.write(frame);
}

/** The answer is ready, unless the card has gone since, which was to give it. */
function answer(chip: Pn532Chip, reply: Reply, had_card: boolean): void {
  let data = reply.data;
  if (had_card && chip.field.card === undefined && data[0] === IN_DATA_EXCHANGE + 1) {
    data = [IN_DATA_EXCHANGE + 1, STATUS_TIMEOUT];
  }
  chip.last_answer = data;
  chip.error_answer = data.length === 0;
  sendAnswer(chip);
  if (data[0] === POWER_DOWN + 1) {
    chip.asleep = true;
  }
}

function later(chip: Pn532Chip, span_ms: number, run: () => void): void {
  const turn = chip.turn;
  chip.timer.alarm(chip.timer.now_ms() + span_ms, function () {
    if (chip.turn === turn) {
      run();
    }
  });
}

function work(chip: Pn532Chip, command: number[]): void {
  const reply = obey(chip.memory, command);
  if (reply.waits) {
    later(chip, reply.span_ms, function () {
      work(chip, command);
    });
    return;
  }
  if (chip.obeyed.length < OBEYED_MAX) {
    chip.obeyed.push(command[0]);
  }
  const had_card = chip.field.card !== undefined;
  later(chip, reply.span_ms + chip.slow_ms, function () {
    answer(chip, reply, had_card);
  });
}

/** Gives up what is under way. */
function stop(chip: Pn532Chip): void {
  chip.turn += 1;
  chip.last_answer = [];
  chip.error_answer = false;
}

function onFrame(chip: Pn532Chip, kind: FrameKind, data: number[]): void {
  if (kind === "ack") {
    stop(chip);
  } else if (kind === "nack" && (chip.last_answer.length > 0 || chip.error_answer)) {
    sendAnswer(chip);
  } else if (kind === "data") {
    stop(chip);
    if (chip.acks_lost > 0) {
      chip.acks_lost -= 1;
    } else {
      chip.line.write(ackFrame());
    }
    later(chip, CHIP_MS, function () {
      work(chip, data);
    });
  }
}

function receive(chip: Pn532Chip, bytes: number[]): void {
  const heard: number[] = [];
  for (const byte of bytes) {
    if (chip.asleep) {
      chip.asleep = byte !== WAKE_BYTE;
    } else {
      heard.push(byte);
    }
  }
  takeBytes(chip.parser, heard);
}

export function createPn532Chip(line: ByteLine, timer: Timer): Pn532Chip {
  const field = createField();
  const chip: Pn532Chip = {
    field: field,
    memory: createMemory(field),
    asleep: true,
    silent: false,
    acks_lost: 0,
    wrong_sums: 0,
    slow_ms: 0,
    obeyed: [],
    line: line,
    timer: timer,
    parser: createFrameParser(TFI_TO_CHIP, function (kind, data) {
      onFrame(chip, kind, data);
    }),
    turn: 0,
    last_answer: [],
    error_answer: false,
  };
  line.on_bytes(function (bytes) {
    if (!chip.silent) {
      receive(chip, bytes);
    }
  });
  return chip;
}

export function insertCard(chip: Pn532Chip, card: ContactlessCard): void {
  pullCard(chip.field);
  chip.field.card = card;
}

export function removeCard(chip: Pn532Chip): void {
  pullCard(chip.field);
}

/** Silent: what it was doing is lost as well. */
export function setSilent(chip: Pn532Chip, silent: boolean): void {
  chip.silent = silent;
  stop(chip);
  resetFrames(chip.parser);
}

/** The chip's supply fails and comes back. */
export function cutChip(chip: Pn532Chip): void {
  stop(chip);
  resetFrames(chip.parser);
  switchField(chip.field, false);
  chip.memory = createMemory(chip.field);
  chip.asleep = true;
}
