/**
 * USB ids of what boards and their adapters have, and which of them a board can be behind. An adapter (CP210x, CH340,
 * FTDI) says nothing of the board at its other end; the board says that itself before anything is written.
 *
 *   0483:5740  STMicroelectronics' virtual port, that of Espruino builds for STM32 (its Makefile, USB_PRODUCT_ID)
 *   1915:520f  Nordic, in Espruino builds for nRF52840 (targets/nrf5x/app_config.h)
 *   303a:1001  Espressif's own USB, in ESP32-C3, S3 and later; 303a also names its boards
 *   19d1:0001  EigenComm's EC618 and EC718, as in the Air780E (LuatOS)
 *   2c7c       Quectel, modems as the BG96 on the RAK5010
 *   10c4:ea60  Silicon Labs CP210x       1a86  WCH: 7523 CH340, 55d4 CH9102, 5523 CH341
 *   0403       FTDI: 6001 FT232R, 6015 FT230X, 6010 FT2232        067b:2303  Prolific PL2303
 */
import type { Board } from "../build/board_schema";

export type UsbKind = "stm32" | "nordic" | "espressif" | "ec618" | "modem" | "adapter" | "unknown";

interface UsbId {
  /** "vendor:product", or "vendor" for all of its products. */
  readonly id: string;
  readonly kind: UsbKind;
  readonly words: string;
}

/** The first that matches counts. */
const USB_IDS: readonly UsbId[] = [
  { id: "0483:5740", kind: "stm32", words: "Espruino on STM32 (Espruino WiFi, Pico)" },
  { id: "1915:520f", kind: "nordic", words: "Espruino on nRF52840 (RAK5010)" },
  { id: "303a:1001", kind: "espressif", words: "ESP32 with its own USB" },
  { id: "303a", kind: "espressif", words: "ESP32 board" },
  { id: "19d1:0001", kind: "ec618", words: "LuatOS module (Air780E, EC618)" },
  { id: "2c7c", kind: "modem", words: "Quectel modem" },
  { id: "10c4:ea60", kind: "adapter", words: "CP210x adapter, as on ESP32 boards" },
  { id: "1a86:7523", kind: "adapter", words: "CH340 adapter, as on ESP32 boards" },
  { id: "1a86:55d4", kind: "adapter", words: "CH9102 adapter, as on ESP32 boards" },
  { id: "1a86:5523", kind: "adapter", words: "CH341 adapter" },
  { id: "0403:6001", kind: "adapter", words: "FTDI FT232R adapter" },
  { id: "0403:6015", kind: "adapter", words: "FTDI FT230X adapter" },
  { id: "0403:6010", kind: "adapter", words: "FTDI FT2232 adapter" },
  { id: "067b:2303", kind: "adapter", words: "PL2303 adapter" },
];

/** What a chip's board can be connected by. */
const CHIP_KINDS: readonly (readonly [RegExp, readonly UsbKind[]])[] = [
  [/^STM32/, ["stm32", "adapter"]],
  [/^nRF52/, ["nordic", "adapter"]],
  [/^ESP32/i, ["espressif", "adapter"]],
  [/^EC618/, ["ec618", "adapter"]],
];

const ANY_BOARD: readonly UsbKind[] = ["stm32", "nordic", "espressif", "ec618", "adapter"];

/** What a port with these ids is likely to be; both are four hexadecimal digits, "" where the port is not on USB. */
export function usbKind(vendor_id: string, product_id: string): { kind: UsbKind; words: string } {
  const id = `${vendor_id}:${product_id}`.toLowerCase();
  const known = USB_IDS.find((one) => one.id === id || one.id === id.slice(0, 4));
  if (known !== undefined) return known;
  return { kind: "unknown", words: vendor_id === "" ? "not on USB" : "not known here" };
}

/** The kinds that a board can be behind; without a board, those of any. */
export function kindsOf(board: Pick<Board, "chip"> | undefined): readonly UsbKind[] {
  if (board === undefined) return ANY_BOARD;
  return CHIP_KINDS.find(([chip]) => chip.test(board.chip))?.[1] ?? ANY_BOARD;
}
