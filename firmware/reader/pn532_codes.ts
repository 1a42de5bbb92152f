/** Command codes of the PN532 (NXP UM0701-02, 7.2 and 7.3). An answer's code is its command's plus one. */
export const DIAGNOSE = 0x00;
export const GET_FIRMWARE_VERSION = 0x02;
export const GET_GENERAL_STATUS = 0x04;
export const READ_REGISTER = 0x06;
export const WRITE_REGISTER = 0x08;
export const SET_PARAMETERS = 0x12;
export const SAM_CONFIGURATION = 0x14;
export const POWER_DOWN = 0x16;
export const RF_CONFIGURATION = 0x32;
export const IN_DATA_EXCHANGE = 0x40;
export const IN_COMMUNICATE_THRU = 0x42;
export const IN_DESELECT = 0x44;
export const IN_LIST_PASSIVE_TARGET = 0x4a;
export const IN_RELEASE = 0x52;
export const IN_SELECT = 0x54;

/** Items of RFConfiguration (7.3.1). */
export const RF_ITEM_FIELD = 0x01;
export const RF_ITEM_MAX_RETRIES = 0x05;

/** Bits of SetParameters (7.2.9): the chip sends ATR_RES as a target, and RATS as a reader, by itself. */
export const AUTOMATIC_ATR_RES = 0x04;
export const AUTOMATIC_RATS = 0x10;

/** Target number and status of InDataExchange (7.3.8): more follows in a further command or answer. */
export const MORE_BIT = 0x40;
/** The error of a status byte (7.1); the bits above are flags. */
export const STATUS_ERROR_MASK = 0x3f;
/** Status: the target has not answered. */
export const STATUS_TIMEOUT = 0x01;
/** Status: the command is not acceptable in the present context. */
export const STATUS_CONTEXT = 0x27;

/** Data of one InDataExchange, in a command as in an answer (7.3.8). */
export const EXCHANGE_DATA_MAX_BYTES = 262;
/** First byte of the answer to GetFirmwareVersion (7.2.2). */
export const CHIP_PN532 = 0x32;
/** Bytes that wake a sleeping chip on HSU; what follows gives its oscillator time to start (7.2.11). */
export const WAKE_BYTE = 0x55;
/** In SAK: the card speaks ISO/IEC 14443-4. */
export const SAK_ISO_DEP = 0x20;
