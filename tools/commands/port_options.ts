/**
 * Arguments of every command that speaks to a board: its port, and the speed of a serial line.
 */
import { InvalidArgumentError } from "commander";

export const BAUD_USUAL = 115_200;
export const PORT_WORDS = "serial device, or tcp://host:port (default: the only one that fits)";

export function parsePort(text: string): string {
  if (/^tcp:\/\/[A-Za-z0-9.-]{1,253}:\d{1,5}$/.test(text) || /^(\/dev\/[\w./-]{1,200}|COM\d{1,3})$/.test(text))
    return text;
  throw new InvalidArgumentError("a port is a serial device or tcp://host:port.");
}

export function parseBaud(text: string): number {
  const value = Number(text);
  if (!/^\d{3,7}$/.test(text)) throw new InvalidArgumentError("a line speed is a whole number of baud.");
  return value;
}
