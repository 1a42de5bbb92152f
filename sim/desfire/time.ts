/**
 * Time of a command and its answer at 106 kbit/s, by calculation.
 *
 * On the air (ISO/IEC 14443-3 type A): a byte has 8 bits and its parity, a bit 128 periods of the carrier of 13.56 MHz;
 * a frame has a bit before and one behind it; the card answers no sooner than 1236 periods after the reader, the reader
 * no sooner than 1172 after the card. A block (ISO/IEC 14443-4) has a PCB in front and a CRC of 2 behind, without CID
 * and NAD, and at most 64 bytes both ways (FSC 64, FSD 64); longer runs are chained, and each block but the last is
 * acknowledged by one of 3 bytes.
 *
 * In the card: estimates, by kind of command, from nothing but what data sheets of such chips say of AES and EEPROM.
 * They are to be replaced when a card has been measured.
 */

const CARRIER_TENTH_KHZ = 135600;
const MICROSECONDS = 10000;
const BIT_PERIODS = 128;
const BYTE_BITS = 9;
const FRAME_BITS = 2;
const CARD_DELAY_PERIODS = 1236;
const READER_DELAY_PERIODS = 1172;
/** PCB and CRC. */
const BLOCK_OVERHEAD_BYTES = 3;
const BLOCK_DATA_BYTES = 61;

/** A command that changes nothing and computes at most a MAC. */
export const PLAIN_TIME_US = 1500;
/** A pass of an authentication: blocks of AES and a random number. */
export const AUTHENTICATION_TIME_US = 2500;
/** A command that writes a page or two of the memory. */
export const WRITE_TIME_US = 4000;
/** A commit, which writes files and the mark that makes them count. */
export const COMMIT_TIME_US = 8000;
/** Making or deleting something. */
export const CREATE_TIME_US = 12000;
export const FORMAT_TIME_US = 60000;

function blockPeriods(data_bytes: number): number {
  return ((data_bytes + BLOCK_OVERHEAD_BYTES) * BYTE_BITS + FRAME_BITS) * BIT_PERIODS;
}

/** A run of bytes as blocks, with the acknowledgements between them, and the delays that follow each frame. */
function runPeriods(bytes: number, own_delay: number, other_delay: number): number {
  let periods = 0;
  let rest = bytes;
  while (rest > BLOCK_DATA_BYTES) {
    periods = periods + blockPeriods(BLOCK_DATA_BYTES) + other_delay + blockPeriods(0) + own_delay;
    rest = rest - BLOCK_DATA_BYTES;
  }
  return periods + blockPeriods(rest) + other_delay;
}

function microseconds(periods: number): number {
  return Math.floor((periods * MICROSECONDS + CARRIER_TENTH_KHZ - 1) / CARRIER_TENTH_KHZ);
}

/** From the command's first bit to the earliest moment at which the card can answer. */
export function commandTimeUs(command_bytes: number): number {
  return microseconds(runPeriods(command_bytes, READER_DELAY_PERIODS, CARD_DELAY_PERIODS));
}

/** From the answer's first bit to the earliest moment of the next command. */
export function answerTimeUs(answer_bytes: number): number {
  return microseconds(runPeriods(answer_bytes, CARD_DELAY_PERIODS, READER_DELAY_PERIODS));
}

/** What the card takes to carry out a command, by its instruction. */
export function processingTimeUs(command: number[]): number {
  if (command.length < 2 || command[0] !== 0x90) {
    return PLAIN_TIME_US;
  }
  switch (command[1]) {
    case 0xaa:
    case 0xaf:
      return AUTHENTICATION_TIME_US;
    case 0x0c:
    case 0x1c:
    case 0x3d:
    case 0xdc:
      return WRITE_TIME_US;
    case 0xc7:
      return COMMIT_TIME_US;
    case 0x54:
    case 0x5f:
    case 0xc4:
    case 0xca:
    case 0xcb:
    case 0xcc:
    case 0xcd:
    case 0xda:
    case 0xdf:
      return CREATE_TIME_US;
    case 0xfc:
      return FORMAT_TIME_US;
    default:
      return PLAIN_TIME_US;
  }
}

/** A command and its answer, status words and all, from the first bit to the moment at which the next can begin. */
export function exchangeTimeUs(command: number[], answer_bytes: number): number {
  return commandTimeUs(command.length) + processingTimeUs(command) + answerTimeUs(answer_bytes);
}
