/**
 * A card's answer to a command (ISO/IEC 7816-4): 90 INS 00 00 [Lc data] [Le] carries a native command of the DESFire,
 * whose answer ends in 91 and its status; SELECT by name (00 A4 04) finds the card itself or an application by its DF
 * name. Everything else is refused: 6E00 another class, 6D00 another instruction, 6700 a length that is none, 6A86
 * other parameters.
 *
 * More than a frame of 60 bytes, instruction and all, goes in parts: each but the last is answered by 91AF, and the
 * next is sent, or asked for, by AF.
 */
import { sameBytes } from "../../firmware/crypto/cmac";
import type { Answer } from "./answer";
import { ADDITIONAL_FRAME, AUTHENTICATION_ERROR, COMMAND_ABORTED, FRAME_DATA_BYTES } from "./answer";
import { ILLEGAL_COMMAND, LENGTH_ERROR, OK, refused } from "./answer";
import { beginAuthentication, endAuthentication } from "./authentication";
import { joined, slice } from "./bytes";
import type { DesfireCard } from "./card";
import { dropAuthentication, noChain, select } from "./card";
import { changeKey } from "./change_key";
import { sealed, takePlain } from "./channel";
import { abortTransaction, changeValue, commitTransaction, getValue, readData, writeData } from "./data";
import { changeFileSettings, createDataFile, createValueFile, deleteFile, getFileIds, getFileSettings } from "./files";
import {
  changeKeySettings,
  createApplication,
  deleteApplication,
  formatCard,
  getApplicationIds,
  getCardUid,
  getFreeMemory,
  getKeySettings,
  getKeyVersion,
  getVersion,
  selectApplication,
} from "./levels";

const HEADER_BYTES = 4;
/** The DF name of every DESFire's own level. */
const CARD_NAME: number[] = [0xd2, 0x76, 0x00, 0x00, 0x85, 0x01, 0x00];

/** Commands that open their own data, for they may be MACed or enciphered. */
function withOwnData(card: DesfireCard, code: number, data: number[]): Answer | undefined {
  switch (code) {
    case 0x0c:
    case 0x1c:
    case 0xdc:
      return changeValue(card, code, data);
    case 0x3d:
      return writeData(card, data);
    case 0x54:
      return changeKeySettings(card, data);
    case 0x5a:
      return selectApplication(card, data);
    case 0x5f:
      return changeFileSettings(card, data);
    case 0xc4:
      return changeKey(card, data);
    // The old authentications with DES keys, which no key here has.
    case 0x0a:
    case 0x1a:
      return refused(AUTHENTICATION_ERROR);
    case 0xaa:
      return beginAuthentication(card, data);
    default:
      return undefined;
  }
}

/** Commands that come plainly. */
function withPlainData(card: DesfireCard, code: number, data: number[]): Answer {
  takePlain(card, joined([code], data));
  switch (code) {
    case 0x45:
      return getKeySettings(card, data);
    case 0x51:
      return getCardUid(card, data);
    case 0x60:
      return getVersion(card, data);
    case 0x64:
      return getKeyVersion(card, data);
    case 0x6a:
      return getApplicationIds(card, data);
    case 0x6c:
      return getValue(card, data);
    case 0x6e:
      return getFreeMemory(card, data);
    case 0x6f:
      return getFileIds(card, data);
    case 0xa7:
      return abortTransaction(card, data);
    case 0xbd:
      return readData(card, data);
    case 0xc7:
      return commitTransaction(card, data);
    case 0xca:
      return createApplication(card, data);
    case 0xcb:
      return createDataFile(card, "backup", data);
    case 0xcc:
      return createValueFile(card, data);
    case 0xcd:
      return createDataFile(card, "standard", data);
    case 0xda:
      return deleteApplication(card, data);
    case 0xdf:
      return deleteFile(card, data);
    case 0xf5:
      return getFileSettings(card, data);
    case 0xfc:
      return formatCard(card, data);
    default:
      return refused(ILLEGAL_COMMAND);
  }
}

/** Bytes with their status words; a status other than OK and more to come ends the authentication. */
function sent(card: DesfireCard, data: number[], status: number): number[] {
  if (status !== OK && status !== ADDITIONAL_FRAME) {
    dropAuthentication(card);
    card.session.pending = [];
    card.session.chain = noChain();
  }
  return joined(data, [0x91, status]);
}

/** Frame `first` of an answer; those after it wait to be asked for. */
function nextFrame(card: DesfireCard, frames: number[][], first: number): number[] {
  card.session.chain = noChain();
  if (first + 1 === frames.length) {
    return sent(card, frames[first], OK);
  }
  card.session.chain = { kind: "answer", code: first + 1, bytes: [], frames: frames };
  return sent(card, frames[first], ADDITIONAL_FRAME);
}

/** The first frame of an answer; the rest waits to be asked for. */
function inFrames(card: DesfireCard, answer: Answer, bytes: number[]): number[] {
  const frames: number[][] = [];
  let last = 0;
  for (const size of answer.first_frames) {
    if (bytes.length - last > size) {
      frames.push(slice(bytes, last, last + size));
      last = last + size;
    }
  }
  while (bytes.length - last > FRAME_DATA_BYTES) {
    frames.push(slice(bytes, last, last + FRAME_DATA_BYTES));
    last = last + FRAME_DATA_BYTES;
  }
  frames.push(slice(bytes, last, bytes.length));
  return nextFrame(card, frames, 0);
}

function outcome(card: DesfireCard, answer: Answer): number[] {
  if (answer.bare) {
    return sent(card, answer.data, answer.status);
  }
  return inFrames(card, answer, sealed(card, answer));
}

/** AF: the next part of whatever is under way. */
function respondMore(card: DesfireCard, data: number[]): number[] {
  const chain = card.session.chain;
  switch (chain.kind) {
    case "authentication":
      return outcome(card, endAuthentication(card, data));
    case "command":
      card.session.chain = noChain();
      return outcome(card, writeData(card, joined(chain.bytes, data)));
    case "answer":
      return data.length === 0 ? nextFrame(card, chain.frames, chain.code) : sent(card, [], LENGTH_ERROR);
    default:
      return sent(card, [], ILLEGAL_COMMAND);
  }
}

function respondNative(card: DesfireCard, code: number, data: number[]): number[] {
  if (data.length > FRAME_DATA_BYTES) {
    return sent(card, [], LENGTH_ERROR);
  }
  if (code === 0xaf) {
    return respondMore(card, data);
  }
  const is_cut_short = card.session.chain.kind === "command" || card.session.chain.kind === "answer";
  card.session.chain = noChain();
  if (is_cut_short) {
    return sent(card, [], COMMAND_ABORTED);
  }
  const answer = withOwnData(card, code, data);
  return outcome(card, answer === undefined ? withPlainData(card, code, data) : answer);
}

function respondSelect(card: DesfireCard, name: number[]): number[] {
  if (sameBytes(name, CARD_NAME)) {
    select(card, 0);
    return [0x90, 0x00];
  }
  for (const application of card.applications) {
    // The first two bytes are the ISO file number.
    if (application.iso.length > 2 && sameBytes(slice(application.iso, 2, application.iso.length), name)) {
      select(card, application.aid);
      return [0x90, 0x00];
    }
  }
  return [0x6a, 0x82];
}

/** The data of a command; undefined when its lengths do not agree. */
function dataOf(command: number[]): number[] | undefined {
  if (command.length <= HEADER_BYTES + 1) {
    return [];
  }
  const end = HEADER_BYTES + 1 + command[HEADER_BYTES];
  const is_right = command[HEADER_BYTES] > 0 && (command.length === end || command.length === end + 1);
  return is_right ? slice(command, HEADER_BYTES + 1, end) : undefined;
}

/** The answer to a whole command, status words and all: at least two bytes, whatever comes. */
export function respond(card: DesfireCard, command: number[]): number[] {
  if (command.length < HEADER_BYTES) {
    return [0x67, 0x00];
  }
  if (command[0] !== 0x90 && command[0] !== 0x00) {
    return [0x6e, 0x00];
  }
  const data = dataOf(command);
  if (data === undefined) {
    return [0x67, 0x00];
  }
  if (command[0] === 0x90) {
    return command[2] === 0 && command[3] === 0 ? respondNative(card, command[1], data) : [0x6a, 0x86];
  }
  if (command[1] !== 0xa4) {
    return [0x6d, 0x00];
  }
  return command[2] === 0x04 ? respondSelect(card, data) : [0x6a, 0x86];
}
