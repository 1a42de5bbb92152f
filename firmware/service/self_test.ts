/**
 * Self-test: what the firmware can tell of its ports by itself, without moving or showing anything. A technician who
 * fits a meter asks for it (`curbstop provision`); what needs eyes or hands, a display or a keypad, is not in it.
 *
 *   flow       the sensor's fault, or none           tamper   1 case + 2 magnet + 4 reader, as the event has it
 *   valve      where its switches say it is          card     1 while a card is on the reader: how a reader is tried
 *   utc_s      the clock, 0: not set                 random   1: the source passes its health test
 *   supply_mv  under its present load                crypto   1: AES-128 gives what FIPS 197 says
 *   radio      ok: the modem answers, silent: it does not, off: there is none, or no settings for it
 */
import { hexText } from "../card/bytes";
import { zeroBlock } from "../crypto/cmac";
import type { Meter } from "../state";
import { validTime } from "../state";
import { decimal } from "../text";

/** AES-128 of a block of zeros under a key of zeros (GCM specification, test case 1: the hash key H). */
const ZERO_CIPHER = "66E94BD4EF8A2C3B884CFA59CA342B2E";

function flag(holds: boolean): number {
  return holds ? 1 : 0;
}

function cryptoWorks(meter: Meter): boolean {
  return hexText(meter.hal.crypto.aes_cbc_encrypt(zeroBlock(), zeroBlock(), zeroBlock())) === ZERO_CIPHER;
}

function radioWord(meter: Meter): string {
  const answers = meter.hal.radio.answers;
  if (answers === undefined) {
    return "off";
  }
  return answers() ? "ok" : "silent";
}

/** The answer to `selftest`. */
export function answerSelfTest(meter: Meter): string {
  const hal = meter.hal;
  const tamper = hal.tamper;
  const inputs = flag(tamper.active("case")) + 2 * flag(tamper.active("magnet")) + 4 * flag(tamper.active("reader"));
  let text = "flow=" + hal.flow.fault() + " valve=" + hal.valve.position() + " utc_s=" + decimal(validTime(meter));
  text = text + " supply_mv=" + decimal(hal.power.supply_mv()) + " tamper=" + decimal(inputs);
  text =
    text + " card=" + decimal(flag(hal.card.present())) + " random=" + decimal(flag(hal.random.bytes(1).length === 1));
  return text + " crypto=" + decimal(flag(cryptoWorks(meter))) + " radio=" + radioWord(meter);
}
