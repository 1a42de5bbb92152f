/**
 * What the chip does with each command (NXP UM0701-02, 7.2 and 7.3), and how long that takes it.
 */
import {
  AUTOMATIC_RATS,
  CHIP_PN532,
  DIAGNOSE,
  GET_FIRMWARE_VERSION,
  GET_GENERAL_STATUS,
  IN_COMMUNICATE_THRU,
  IN_DATA_EXCHANGE,
  IN_DESELECT,
  IN_LIST_PASSIVE_TARGET,
  IN_RELEASE,
  IN_SELECT,
  MORE_BIT,
  POWER_DOWN,
  READ_REGISTER,
  RF_CONFIGURATION,
  RF_ITEM_FIELD,
  RF_ITEM_MAX_RETRIES,
  SAM_CONFIGURATION,
  SET_PARAMETERS,
  STATUS_CONTEXT,
  STATUS_TIMEOUT,
  WRITE_REGISTER,
} from "../../firmware/reader/pn532_codes";
import type { Field } from "./field";
import { deselectCard, exchangeApdu, exchangeBlock, selectCard, switchField } from "./field";

/** Version 1.6 with ISO 14443 A, B and ISO 18092 (7.2.2). */
const FIRMWARE = [CHIP_PN532, 0x01, 0x06, 0x07];
/** CIU_TxMode; its low two bits are the framing, 0 for type A. */
const TX_MODE_REGISTER = 0x6302;
const REGISTERS_MAX = 64;
/** Number of the chip's only target here; a real one takes two. */
const TARGET = 1;
const TARGET_MASK = 0x3f;
const FOR_EVER = 0xff;
const DIAGNOSE_LINE = 0;
const DIAGNOSE_ROM = 1;
const DIAGNOSE_RAM = 2;
const DIAGNOSE_PRESENCE = 6;

/** A try to find a card: REQA, and no answer. */
export const LIST_TRY_MS = 10;
/** A card's answer did not come: FWT of FWI 8 (77 ms), and once more after R(NAK). */
export const CARD_TIMEOUT_MS = 155;

export interface Memory {
  field: Field;
  automatic_rats: boolean;
  /** MxRtyPassiveActivation (7.3.1): tries behind the first one; 255 for ever. */
  retries: number;
  addresses: number[];
  values: number[];
  /** Parts of a command so far. */
  command_parts: number[];
  /** What the host has not fetched of an answer, and where it goes on. */
  answer: number[];
  answer_from: number;
  /** Variant: the data of one answer of InDataExchange, 262 in the real chip. */
  exchange_data_max_bytes: number;
}

/** Code and data of the answer, empty for an error frame. "waits": there is no answer yet, the command goes on. */
export interface Reply {
  data: number[];
  span_ms: number;
  waits: boolean;
}

function reply(data: number[], span_ms: number): Reply {
  return { data: data, span_ms: span_ms, waits: false };
}

/** Time in the air at 106 kbit/s: nine bits a byte, block header and CRC. */
function airMs(bytes: number): number {
  return Math.floor(((bytes + 3) * 9 + 105) / 106);
}

function append(bytes: number[], more: number[], from: number): number[] {
  for (let index = from; index < more.length; index++) {
    bytes.push(more[index]);
  }
  return bytes;
}

function registerPlace(memory: Memory, address: number): number {
  for (let index = 0; index < memory.addresses.length; index++) {
    if (memory.addresses[index] === address) {
      return index;
    }
  }
  return -1;
}

function readRegister(memory: Memory, address: number): number {
  const place = registerPlace(memory, address);
  return place < 0 ? 0 : memory.values[place];
}

function writeRegister(memory: Memory, address: number, value: number): void {
  const place = registerPlace(memory, address);
  if (place >= 0) {
    memory.values[place] = value;
  } else if (memory.addresses.length < REGISTERS_MAX) {
    memory.addresses.push(address);
    memory.values.push(value);
  }
}

function readRegisters(memory: Memory, command: number[]): Reply {
  const data = [READ_REGISTER + 1];
  for (let index = 1; index + 1 < command.length; index += 2) {
    data.push(readRegister(memory, command[index] * 256 + command[index + 1]));
  }
  return reply(data, 0);
}

function writeRegisters(memory: Memory, command: number[]): Reply {
  for (let index = 1; index + 2 < command.length; index += 3) {
    writeRegister(memory, command[index] * 256 + command[index + 1], command[index + 2]);
  }
  return reply([WRITE_REGISTER + 1], 0);
}

function diagnose(memory: Memory, command: number[]): Reply {
  const test = command[1];
  if (test === DIAGNOSE_LINE) {
    return reply(append([DIAGNOSE + 1], command, 1), 0);
  }
  if (test === DIAGNOSE_ROM || test === DIAGNOSE_RAM) {
    return reply([DIAGNOSE + 1, 0], 0);
  }
  if (test !== DIAGNOSE_PRESENCE) {
    return reply([], 0);
  }
  return memory.field.iso_dep ? reply([DIAGNOSE + 1, 0], airMs(1)) : reply([DIAGNOSE + 1, STATUS_TIMEOUT], 0);
}

function configureRf(memory: Memory, command: number[]): Reply {
  if (command[1] === RF_ITEM_FIELD && command.length === 3) {
    switchField(memory.field, command[2] % 2 === 1);
  } else if (command[1] === RF_ITEM_MAX_RETRIES && command.length === 5) {
    memory.retries = command[4];
  } else if (command.length < 3) {
    return reply([], 0);
  }
  return reply([RF_CONFIGURATION + 1], 0);
}

/** 7.3.5. The host may give the UID that it wants. */
function listTargets(memory: Memory, command: number[]): Reply {
  if (command.length < 3 || command[1] < 1 || command[1] > 2) {
    return reply([], 0);
  }
  const is_type_a = command[2] === 0;
  memory.answer = [];
  memory.command_parts = [];
  const found = is_type_a ? selectCard(memory.field, append([], command, 3), memory.automatic_rats) : [];
  if (found.length > 0) {
    return reply(append([IN_LIST_PASSIVE_TARGET + 1, 1, TARGET], found, 0), LIST_TRY_MS);
  }
  if (memory.retries === FOR_EVER) {
    return { data: [], span_ms: LIST_TRY_MS, waits: true };
  }
  return reply([IN_LIST_PASSIVE_TARGET + 1, 0], LIST_TRY_MS * (memory.retries + 1));
}

/** The next part of the card's answer (7.3.8). */
function answerPart(memory: Memory, span_ms: number): Reply {
  const end = memory.answer_from + memory.exchange_data_max_bytes;
  const more = end < memory.answer.length;
  const data = [IN_DATA_EXCHANGE + 1, more ? MORE_BIT : 0];
  for (let index = memory.answer_from; index < memory.answer.length && index < end; index++) {
    data.push(memory.answer[index]);
  }
  memory.answer_from = end;
  if (!more) {
    memory.answer = [];
  }
  return reply(data, span_ms);
}

function exchangeData(memory: Memory, command: number[]): Reply {
  if (command.length < 2) {
    return reply([], 0);
  }
  if (!memory.field.selected || (command[1] & TARGET_MASK) !== TARGET) {
    return reply([IN_DATA_EXCHANGE + 1, STATUS_CONTEXT], 0);
  }
  if (memory.answer.length > 0 && command.length === 2) {
    return answerPart(memory, 0);
  }
  append(memory.command_parts, command, 2);
  if ((command[1] & MORE_BIT) !== 0) {
    return reply([IN_DATA_EXCHANGE + 1, 0], 0);
  }
  const apdu = memory.command_parts;
  memory.command_parts = [];
  memory.answer = exchangeApdu(memory.field, apdu);
  memory.answer_from = 0;
  if (memory.answer.length === 0) {
    return reply([IN_DATA_EXCHANGE + 1, STATUS_TIMEOUT], CARD_TIMEOUT_MS);
  }
  return answerPart(memory, airMs(apdu.length) + airMs(memory.answer.length));
}

/** 7.3.9. With the framing of another type of card nobody answers. */
function communicateThru(memory: Memory, command: number[]): Reply {
  const is_type_a = readRegister(memory, TX_MODE_REGISTER) % 4 === 0;
  const answer = is_type_a ? exchangeBlock(memory.field, append([], command, 1)) : [];
  if (answer.length === 0) {
    return reply([IN_COMMUNICATE_THRU + 1, STATUS_TIMEOUT], LIST_TRY_MS);
  }
  return reply(append([IN_COMMUNICATE_THRU + 1, 0], answer, 0), airMs(command.length) + airMs(answer.length));
}

/** Error, field, targets with number, rates and type, SAM (7.2.3). */
function generalStatus(memory: Memory): Reply {
  const data = [GET_GENERAL_STATUS + 1, 0, memory.field.on ? 1 : 0, memory.field.selected ? 1 : 0];
  if (memory.field.selected) {
    data.push(TARGET, 0, 0, 0);
  }
  data.push(0x80);
  return reply(data, 0);
}

function selectTarget(memory: Memory, command: number[]): Reply {
  const status = command[1] === TARGET && memory.field.selected ? 0 : STATUS_CONTEXT;
  return reply([command[0] + 1, status], 0);
}

function releaseTarget(memory: Memory, command: number[]): Reply {
  const held = memory.field.selected;
  deselectCard(memory.field);
  memory.answer = [];
  memory.command_parts = [];
  const known = command[1] === 0 || (command[1] === TARGET && held);
  return reply([command[0] + 1, known ? 0 : STATUS_CONTEXT], held ? airMs(1) : 0);
}

/** Does a command; an unknown or too short one has an error frame for its answer. */
export function obey(memory: Memory, command: number[]): Reply {
  switch (command[0]) {
    case DIAGNOSE:
      return diagnose(memory, command);
    case GET_FIRMWARE_VERSION:
      return reply(append([GET_FIRMWARE_VERSION + 1], FIRMWARE, 0), 0);
    case GET_GENERAL_STATUS:
      return generalStatus(memory);
    case READ_REGISTER:
      return readRegisters(memory, command);
    case WRITE_REGISTER:
      return writeRegisters(memory, command);
    case SET_PARAMETERS:
      memory.automatic_rats = (command[1] & AUTOMATIC_RATS) !== 0;
      return reply([SET_PARAMETERS + 1], 0);
    case SAM_CONFIGURATION:
      return reply([SAM_CONFIGURATION + 1], 0);
    case POWER_DOWN:
      switchField(memory.field, false);
      return reply([POWER_DOWN + 1, 0], 0);
    case RF_CONFIGURATION:
      return configureRf(memory, command);
    case IN_LIST_PASSIVE_TARGET:
      return listTargets(memory, command);
    case IN_DATA_EXCHANGE:
      return exchangeData(memory, command);
    case IN_COMMUNICATE_THRU:
      return communicateThru(memory, command);
    case IN_SELECT:
      return selectTarget(memory, command);
    case IN_DESELECT:
    case IN_RELEASE:
      return releaseTarget(memory, command);
    default:
      return reply([], 0);
  }
}
