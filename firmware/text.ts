/**
 * Text from numbers, digit by digit: the engines print large or divided numbers in different ways.
 */
const DIGITS: string[] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** A whole number (below 2^53 either way) in decimal, with "-" when negative. */
export function decimal(value: number): string {
  let rest = value < 0 ? 0 - value : value;
  let text = "";
  while (rest > 9) {
    const tens = Math.floor(rest / 10);
    text = DIGITS[rest - tens * 10] + text;
    rest = tens;
  }
  text = DIGITS[rest] + text;
  return value < 0 ? "-" + text : text;
}

/** A non-negative whole number with leading zeros to at least `width` digits. */
export function padded(value: number, width: number): string {
  let text = decimal(value);
  while (text.length < width) {
    text = "0" + text;
  }
  return text;
}

const LF = 10;

/** A line of ASCII as the bytes of a service port, with its line end. */
export function lineBytes(line: string): number[] {
  const bytes: number[] = [];
  for (let i = 0; i < line.length; i++) {
    bytes.push(line.charCodeAt(i));
  }
  bytes.push(LF);
  return bytes;
}

/** The names that hold, joined by "+"; "-" when none does. */
export function joinNames(names: string[], holds: boolean[]): string {
  let text = "";
  for (let i = 0; i < names.length; i++) {
    if (holds[i]) {
      text = text.length === 0 ? names[i] : text + "+" + names[i];
    }
  }
  return text.length === 0 ? "-" : text;
}

/** Money with two decimals, rounded down: nobody is shown credit that is not there, or no debt where there is one. */
export function money(value_milli: number): string {
  const cents = padded(Math.floor((value_milli < 0 ? 999 - value_milli : value_milli) / 1000), 3);
  const point = cents.length - 2;
  const text = cents.substring(0, point) + "." + cents.substring(point, cents.length);
  return value_milli < 0 ? "-" + text : text;
}

const BLANK = "        ";

/** Right-aligned in `width` characters, at most eight; a longer text loses its end. */
export function alignRight(text: string, width: number): string {
  return text.length < width ? BLANK.substring(text.length, width) + text : text.substring(0, width);
}

/** Added to a debt before its decimals are dropped, so that it is rounded up to the next whole unit. */
const WHOLE_DEBT_MILLI = 99000;

/** Added to an owed volume before its decimals are dropped. */
const WHOLE_OWED_L = 999;

/**
 * Litres as m3 with three decimals and an "m" behind, right-aligned in `width` characters; without decimals when they
 * do not fit, dashes when even that does not. As with money, what is owed is rounded up.
 */
export function volumeField(value_l: number, width: number): string {
  const magnitude_l = value_l < 0 ? 0 - value_l : value_l;
  const sign = value_l < 0 ? "-" : "";
  const litres = padded(magnitude_l, 4);
  const point = litres.length - 3;
  const text = sign + litres.substring(0, point) + "." + litres.substring(point, litres.length) + "m";
  if (text.length <= width) {
    return alignRight(text, width);
  }
  const whole = sign + decimal(Math.floor((magnitude_l + (value_l < 0 ? WHOLE_OWED_L : 0)) / 1000)) + "m";
  return whole.length <= width ? alignRight(whole, width) : "--------".substring(0, width);
}

/** What an account holds, as a field: litres, or money. */
export function creditField(volume: boolean, value: number, width: number): string {
  return volume ? volumeField(value, width) : moneyField(value, width);
}

/** Money right-aligned in `width` characters; without decimals when they do not fit, dashes when even that does not. */
export function moneyField(value_milli: number, width: number): string {
  const text = money(value_milli);
  if (text.length <= width) {
    return alignRight(text, width);
  }
  const longer = money(value_milli < 0 ? value_milli - WHOLE_DEBT_MILLI : value_milli);
  const whole = longer.substring(0, longer.length - 3);
  return whole.length <= width ? alignRight(whole, width) : "--------".substring(0, width);
}
