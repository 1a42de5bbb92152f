/** I2C addresses, as the parts come from the shop. A description may name others for parts that can be set. */
export const FRAM_ADDRESS = 0x50;
export const DISPLAY_ADDRESS = 0x27;
export const KEYPAD_ADDRESS = 0x20;
/** The chips' only ones. */
export const PCF8563_ADDRESS = 0x51;
export const DS3231_ADDRESS = 0x68;
export const PN532_ADDRESS = 0x24;
