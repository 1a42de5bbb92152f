/**
 * HT1621 on its three wires: takes bits while CS is low, as its datasheet says (the driver's header names it): modes
 * 100 and 101, commands of nine bits, data of four bits for each address, D0 first, addresses that go on by themselves.
 *
 * The glass shows its memory only while the oscillator and the LCD are on, at bias 1/3 with 4 commons.
 * Fault: `upset` puts the chip into its state at power-on, as a spark does. Not modelled: tone, timer, reading.
 */
import type { BitWires } from "./wires";

export interface Ht1621Chip {
  line: BitWires;
  memory: number[];
  oscillator: boolean;
  lcd: boolean;
  bias: number;
  /** Data nibbles taken so far. */
  taken: number;
}

interface Transfer {
  open: boolean;
  bits: number[];
}

function whole(bits: number[], first: number, count: number): number {
  let value = 0;
  for (let place = first; place < first + count; place++) {
    value = value * 2 + bits[place];
  }
  return value;
}

function obey(chip: Ht1621Chip, code: number): void {
  if (code === 0x00) {
    chip.oscillator = false;
  } else if (code === 0x01) {
    chip.oscillator = true;
  } else if (code === 0x02) {
    chip.lcd = false;
  } else if (code === 0x03) {
    chip.lcd = true;
  } else if (code >= 0x20 && code < 0x30) {
    chip.bias = code;
  }
}

/** After each bit: a command or a nibble may be whole. */
function take(chip: Ht1621Chip, bits: number[]): void {
  const count = bits.length;
  if (count < 12) {
    return;
  }
  const mode = whole(bits, 0, 3);
  if (mode === 4 && (count - 3) % 9 === 0) {
    obey(chip, whole(bits, count - 9, 8));
  } else if (mode === 5 && count > 12 && (count - 9) % 4 === 0) {
    const address = (whole(bits, 3, 6) + Math.floor((count - 9) / 4) - 1) % chip.memory.length;
    const last = count - 4;
    chip.memory[address] = bits[last] + 2 * bits[last + 1] + 4 * bits[last + 2] + 8 * bits[last + 3];
    chip.taken += 1;
  }
}

export function createHt1621Chip(): Ht1621Chip {
  const transfer: Transfer = { open: false, bits: [] };
  const memory: number[] = [];
  while (memory.length < 32) {
    memory.push(15);
  }
  const chip: Ht1621Chip = {
    line: {
      select: function (on) {
        transfer.open = on;
        transfer.bits = [];
      },
      send: function (value, count) {
        let weight = 1;
        for (let bit = 1; bit < count; bit++) {
          weight = weight * 2;
        }
        for (let bit = 0; bit < count && transfer.open; bit++) {
          transfer.bits.push(Math.floor(value / weight) % 2);
          weight = Math.floor(weight / 2);
          take(chip, transfer.bits);
        }
      },
    },
    memory: memory,
    oscillator: false,
    lcd: false,
    bias: 0,
    taken: 0,
  };
  return chip;
}

/** Whether the glass shows its memory. */
export function glassLit(chip: Ht1621Chip): boolean {
  return chip.oscillator && chip.lcd && chip.bias === 0x29;
}

export function upset(chip: Ht1621Chip): void {
  chip.oscillator = false;
  chip.lcd = false;
  chip.bias = 0;
  for (let address = 0; address < chip.memory.length; address++) {
    chip.memory[address] = 0;
  }
}
