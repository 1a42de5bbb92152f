/**
 * Parameter sets of LMS keys by name, and which one a region's key has. Loads nothing: commands use it too.
 */

/** Types of RFC 8554 and SP 800-208: LMS tree, LM-OTS. */
export interface ParameterSet {
  readonly tree_type: number;
  readonly ots_type: number;
}

/**
 * What regions sign with: SHA-256/192, height 10, W8.
 *
 * Height 10 is 1,024 signatures, a message every other day for five years, and a key that takes seconds to make. n = 24
 * keeps 192 bits against a forger and makes signatures 40 % shorter than n = 32. W4 or W8 is air and memory against
 * computing, for a message of 98 bytes (`curbstop bench --only lms-verification`; air by calculation, LoRa EU868):
 *
 *                                      W8                  W4
 *   signature                          904 bytes           1,504 bytes
 *   sent once, LoRa SF7                5 frames, 1.8 s     8 frames, 3.0 s
 *   LoRa SF9                           9 frames, 6.1 s     15 frames, 10.2 s
 *   LoRa SF12                          21 frames, 58.7 s   34 frames, 95.0 s
 *   wireless M-Bus C2, 50 kbit/s       0.16 s              0.26 s
 *   ends of the chains, in variables   646                 1,246
 *   native SHA-256, median             3,328 calls         403 calls
 *   instructions on Espruino           601 million         248 million
 *   at 64 MHz, an estimate             18.8 s              7.8 s
 *
 * Eleven seconds of a processor at 4 mA (assumed) are 45 mAs a message; two messages a week, for 20 years, are 26 mAh of
 * 19 Ah. That is nothing, and it is done in steps of 32 hashes between which pulses are counted. The air is shared by all
 * meters, the gateway may fill a tenth of it, and every fragment may be lost: two thirds of the fragments are two
 * thirds of the time until the last meter has them all. And W4 needs 600 variables more, of the 4,000 that an Espruino
 * WiFi has left. So W8.
 */
export const REGION_PARAMETERS: ParameterSet = { tree_type: 11, ots_type: 8 };
