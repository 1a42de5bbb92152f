/**
 * Identity of the legally relevant software (WELMEC 7.2, P2): shown on the display and at the service port.
 *
 * The checksum is the CRC-32 over the other files of this folder and of firmware/credit; a test computes it again, so a
 * change there cannot go out under an old identity. `npm run identity` writes the new one.
 */
export const METROLOGY_VERSION = "1.0.0";
export const METROLOGY_CHECKSUM = "4364C89B";
