/**
 * HD44780: character LCD of two rows (Hitachi, datasheet ADE-207-272(Z), rev. 0.0: instructions, table 6; initializing
 * by instruction with 4 bits, figure 24; page numbers from memory), behind a PCF8574 I2C expander as on the common
 * adapter boards:
 *
 *   bit 0 RS, bit 1 R/W (kept 0), bit 2 E, bit 3 back light, bits 4 to 7 D4 to D7
 *
 * A byte is two nibbles, the high one first, each with E high, then low, and low once more. At 400 kHz a byte on the bus
 * takes 22 us, so that nibbles are 66 us apart: more than the 41 us that data needs at 270 kHz, and the 58 us that it
 * needs with the slowest oscillator. So nothing is waited for but a start and a clear. A PCF8574 is specified for
 * 100 kHz only; the boards on whose bus it would be too slow have a PCA8574, its faster edition.
 *
 * Row 1 shows the text, row 2 the letters of the annunciators. The character ROM A00 shows a yen sign for `\` and
 * arrows for `~` and code 127. Every REFRESH_SHOWS it is started anew, because a spark may leave it between two nibbles
 * for ever; a transfer that fails makes the next one start anew as well.
 *
 * Port: display (hd44780).
 */
import { assert } from "../../firmware/assert";
import type { Display } from "../../hal/display";
import type { Delay, I2cDevice } from "./bus";

export const REFRESH_SHOWS = 100;

const TEXT_COLUMNS = 8;
const ANNUNCIATOR_COLUMNS = 6;

const RS_BIT = 1;
const ENABLE_BIT = 4;
const LIGHT_BIT = 8;

/** Figure 24: more than 4.1 ms and 100 us behind the first two function sets; a clear takes 1.52 ms. */
const FIRST_WAIT_US = 4500;
const SECOND_WAIT_US = 150;
const CLEAR_WAIT_US = 2000;

const FUNCTION_SET = 0x28;
const DISPLAY_ON = 0x0c;
const CLEAR = 0x01;
const ENTRY_MODE = 0x06;
const ROW_1 = 0x80;
const ROW_2 = 0xc0;

interface Lcd {
  device: I2cDevice;
  delay: Delay;
  light: number;
}

/** One nibble in the upper four bits, clocked by E. */
function nibble(lcd: Lcd, upper: number, rs: number): string {
  const pins = upper * 16 + lcd.light + rs;
  return String.fromCharCode(pins + ENABLE_BIT, pins, pins);
}

function byteText(lcd: Lcd, byte: number, rs: number): string {
  return nibble(lcd, Math.floor(byte / 16), rs) + nibble(lcd, byte % 16, rs);
}

function initialize(lcd: Lcd): boolean {
  const first = lcd.device.write(nibble(lcd, 3, 0));
  lcd.delay.wait_us(FIRST_WAIT_US);
  lcd.device.write(nibble(lcd, 3, 0));
  lcd.delay.wait_us(SECOND_WAIT_US);
  lcd.device.write(nibble(lcd, 3, 0) + nibble(lcd, 2, 0));
  lcd.device.write(byteText(lcd, FUNCTION_SET, 0) + byteText(lcd, DISPLAY_ON, 0) + byteText(lcd, CLEAR, 0));
  lcd.delay.wait_us(CLEAR_WAIT_US);
  return lcd.device.write(byteText(lcd, ENTRY_MODE, 0)) && first;
}

function row(lcd: Lcd, place: number, text: string, columns: number): boolean {
  let bytes = byteText(lcd, place, 0);
  for (let column = 0; column < columns; column++) {
    bytes = bytes + byteText(lcd, column < text.length ? text.charCodeAt(column) : 32, RS_BIT);
  }
  return lcd.device.write(bytes);
}

export function createHd44780(device: I2cDevice, delay: Delay, back_light: boolean): Display {
  const lcd: Lcd = { device: device, delay: delay, light: back_light ? LIGHT_BIT : 0 };
  let shows = 0;
  let sound = false;
  let old_text = "";
  let old_annunciators = "";
  return {
    show: function (text, annunciators) {
      assert(text.length <= TEXT_COLUMNS && annunciators.length <= ANNUNCIATOR_COLUMNS, "the text fits the rows");
      if (shows % REFRESH_SHOWS === 0 || !sound) {
        sound = initialize(lcd);
        old_text = "";
        old_annunciators = "";
      }
      shows += 1;
      if (text !== old_text) {
        sound = row(lcd, ROW_1, text, TEXT_COLUMNS) && sound;
      }
      if (annunciators !== old_annunciators) {
        sound = row(lcd, ROW_2, annunciators, ANNUNCIATOR_COLUMNS) && sound;
      }
      old_text = text;
      old_annunciators = annunciators;
    },
  };
}
