/**
 * Parts: what is on each port of a board, and what a build for it can leave out.
 *
 * Some parts are chosen in the board file, others follow from its pins and its memory, and what the interpreter has is
 * there on every board. Names of parts are those that drivers have in the line `Port:` of their headers.
 */
import type { Board, Port } from "./board_schema";

/** The part on a port; undefined when nothing is fitted. */
export function partOn(board: Board, port: Port): string | undefined {
  const { pins, parts, nvm } = board;
  const chosen = (name: string): string | undefined => (name === "none" ? undefined : name);
  const any = (...names: (string | undefined)[]): boolean => names.some((name) => name !== undefined);
  switch (port) {
    case "flow":
      return parts.flow;
    case "valve":
      return parts.valve;
    case "clock":
      return chosen(parts.rtc);
    case "power":
      return any(pins["supply_adc"], pins["supply_warning"]) ? "supply" : undefined;
    case "tamper":
      return any(pins["tamper_case"], pins["tamper_magnet"], pins["tamper_reader"]) ? "switches" : undefined;
    case "display":
      return chosen(parts.display);
    case "keypad":
      return chosen(parts.keypad);
    case "buzzer":
      return any(pins["buzzer"]) ? "buzzer" : undefined;
    case "service":
      return "line";
    case "nvm":
      return nvm.type === "fram" ? `fram_${nvm.bus}` : nvm.type;
    case "card":
      return chosen(parts.card);
    case "radio":
      return chosen(parts.radio);
    case "crypto":
      return board.native_crypto.length > 0 ? "native" : undefined;
    case "timer":
    case "watchdog":
    case "random":
    case "engine":
      return "interpreter";
  }
}

/** Constants of boards/fitted.ts, with the port and part that each stands for. */
export const FITTED_CONSTANTS: Readonly<Record<string, readonly [Port, string]>> = {
  FITTED_PULSE_INPUT: ["flow", "pulse_input"],
  FITTED_QUADRATURE: ["flow", "quadrature"],
  FITTED_MCU_FLASH: ["nvm", "mcu_flash"],
  FITTED_SPI_NOR: ["nvm", "spi_nor"],
  FITTED_FRAM_I2C: ["nvm", "fram_i2c"],
  FITTED_FRAM_SPI: ["nvm", "fram_spi"],
  FITTED_HT1621: ["display", "ht1621"],
  FITTED_HD44780: ["display", "hd44780"],
  FITTED_KEYPAD: ["keypad", "expander"],
  FITTED_BUZZER: ["buzzer", "buzzer"],
  FITTED_PCF8563: ["clock", "pcf8563"],
  FITTED_DS3231: ["clock", "ds3231"],
  FITTED_TAMPER: ["tamper", "switches"],
  FITTED_PN532: ["card", "pn532_i2c"],
  FITTED_IM871A: ["radio", "im871a"],
  FITTED_RAK3172: ["radio", "rak3172"],
  FITTED_BG96: ["radio", "bg96"],
  FITTED_MODULE: ["radio", "module"],
};

/** The constants that are false on this board. */
export function absentConstants(board: Board): string[] {
  return Object.entries(FITTED_CONSTANTS)
    .filter(([, [port, part]]) => partOn(board, port) !== part)
    .map(([constant]) => constant);
}
