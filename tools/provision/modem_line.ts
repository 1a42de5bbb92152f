/**
 * The line of a board's modem, lent to this tool over the console of the interpreter (espruino_modem.ts,
 * nodemcu_modem.ts). While it is lent the firmware's own driver neither hears the modem nor is heard; the board counts on.
 *
 * A file goes to the modem in one go of the board's own: it is put into the board's memory first, so that a cable which is
 * pulled leaves a file that has not begun, or one that the board completes by itself. A board whose line was lent and is
 * forgotten starts anew after LENT_MAX_MS.
 */

/** Of a file, between two acknowledgements (BG96 FILE AT Commands Manual 2.4). */
export const ACK_BYTES = 1024;
/** What a board keeps of what the modem says until it is taken: a certificate, and lines around it. */
export const HEARD_MAX = 8192;
export const LENT_MAX_MS = 600_000;

export interface ModemLine {
  /** Characters 0 to 255 for the modem, a command at most. */
  send(text: string): Promise<void>;
  /** What has come since it was last asked. */
  take(): Promise<string>;
  /** Puts a file into the board's memory. */
  stage(text: string): Promise<void>;
  /**
   * Says the command. From then on the board answers CONNECT with the first ACK_BYTES of the file in its memory, and each
   * A with the next.
   */
  upload(command: string): Promise<void>;
  /** Presses the power key as the firmware does; false where the board has no pin for it. */
  pressPowerKey(): Promise<boolean>;
  /** The firmware's own driver may be heard again; it hears the modem after a restart. */
  giveBack(): Promise<void>;
}
