/**
 * How long a frame occupies the channel, in microseconds, and in which sub-band.
 *
 *   C1, T1   868.95 MHz, 100 kchip/s (EN 13757-4, 10 and 11): C1 sends bits as they are, T1 three of six chips for four
 *            bits; preamble and synchronisation of C1 have 64 chips, of T1 48, with a postamble of 4
 *   C2       869.525 MHz, 50 kbit/s, from the gateway to a meter, 64 bits of preamble and synchronisation
 *   T2, S    868.3 MHz, 32.768 kchip/s, Manchester: two chips a bit, 48 chips of preamble and synchronisation
 *   LoRa     spreading factor 7 to 12, 125 kHz, coding rate 4/5, explicit header, check sum, 8 symbols of preamble;
 *            low data rate optimisation from 11 on (Semtech AN1200.13). A frame is the payload with 13 bytes around it.
 *
 * Frames count with their check sums. Preambles are the standards' shortest; a module may send a little more.
 */
import { assert } from "../assert";
import { DUTY_868_0_PERMILLE, DUTY_868_7_PERMILLE, DUTY_869_4_PERMILLE } from "./duty_cycle";

export type RadioMode = "C1" | "T1" | "C2" | "T2" | "S2" | "SF7" | "SF8" | "SF9" | "SF10" | "SF11" | "SF12";
export const RADIO_MODES: RadioMode[] = ["C1", "T1", "C2", "T2", "S2", "SF7", "SF8", "SF9", "SF10", "SF11", "SF12"];

/** Chips in front of and behind a frame, chips a byte, and microseconds a hundred chips; in the order of the modes. */
const CHIPS_AROUND: number[] = [64, 52, 64, 48, 48];
const CHIPS_PER_BYTE: number[] = [8, 12, 8, 16, 16];
const CHIP_NS: number[] = [10000, 10000, 20000, 30518, 30518];
const LORA_FIRST = 5;
const SF_FIRST = 7;

const LORA_PREAMBLE_QUARTER_SYMBOLS = 49;
export const LORAWAN_OVERHEAD_BYTES = 13;
const LORA_HEADER_SYMBOLS = 8;
/** 2^7 / 125 kHz. */
const SF7_SYMBOL_US = 1024;
const OPTIMISED_FROM_SF = 11;

function placeOf(mode: RadioMode): number {
  const place = RADIO_MODES.indexOf(mode);
  assert(place >= 0, "a mode is known");
  return place;
}

function loraAirtime(spreading: number, bytes: number): number {
  let symbol_us = SF7_SYMBOL_US;
  for (let sf = SF_FIRST; sf < spreading; sf++) {
    symbol_us = symbol_us * 2;
  }
  const bits_per_symbol = 4 * (spreading >= OPTIMISED_FROM_SF ? spreading - 2 : spreading);
  // Header and check sum: 20 bits of header, 16 of sum, and what the first eight symbols hold already.
  const bits = Math.max(0, 8 * bytes - 4 * spreading + 28 + 16);
  const symbols = LORA_HEADER_SYMBOLS + 5 * Math.floor((bits + bits_per_symbol - 1) / bits_per_symbol);
  return Math.floor((symbol_us * (4 * symbols + LORA_PREAMBLE_QUARTER_SYMBOLS)) / 4);
}

/** Airtime of a frame with so many bytes; in LoRa, of a LoRaWAN frame with so many bytes of payload. */
export function airtimeUs(mode: RadioMode, bytes: number): number {
  const place = placeOf(mode);
  if (place >= LORA_FIRST) {
    return loraAirtime(SF_FIRST + place - LORA_FIRST, bytes + LORAWAN_OVERHEAD_BYTES);
  }
  const chips = CHIPS_AROUND[place] + bytes * CHIPS_PER_BYTE[place];
  return Math.floor((chips * CHIP_NS[place] + 999) / 1000);
}

/** Permille of an hour that may be used in the sub-band of a mode; of LoRa, where a network's own downlink is sent. */
export function dutyPermille(mode: RadioMode): number {
  if (mode === "C1" || mode === "T1") {
    return DUTY_868_7_PERMILLE;
  }
  return mode === "T2" || mode === "S2" ? DUTY_868_0_PERMILLE : DUTY_869_4_PERMILLE;
}
