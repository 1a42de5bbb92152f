/**
 * What a build carries of the drivers. Here all are in; for a board that is too small for all of them the build
 * compiles this file with the constants of what the board does not have as false, as it does with rooms
 * (firmware/rooms.ts).
 *
 * Whoever calls a driver's maker asks its constant first: what is reached in no other way is then not in the bundle. A
 * description that names a part whose constant is false stops the boot: it belongs to another build.
 */
export const FITTED_PULSE_INPUT: boolean = true;
export const FITTED_QUADRATURE: boolean = true;
export const FITTED_MCU_FLASH: boolean = true;
export const FITTED_SPI_NOR: boolean = true;
export const FITTED_FRAM_I2C: boolean = true;
export const FITTED_FRAM_SPI: boolean = true;
export const FITTED_HT1621: boolean = true;
export const FITTED_HD44780: boolean = true;
export const FITTED_KEYPAD: boolean = true;
export const FITTED_BUZZER: boolean = true;
export const FITTED_PCF8563: boolean = true;
export const FITTED_DS3231: boolean = true;
export const FITTED_TAMPER: boolean = true;
export const FITTED_PN532: boolean = true;
export const FITTED_IM871A: boolean = true;
export const FITTED_RAK3172: boolean = true;
export const FITTED_BG96: boolean = true;
export const FITTED_MODULE: boolean = true;
