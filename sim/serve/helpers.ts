/** What tools hand into a session; each part may be missing, and the page says so. */
import type { DecodeTelegram, Desk } from "./desk";
import type { Inspector } from "./inspector";

export interface Helpers {
  readonly desk?: Desk;
  readonly decode?: DecodeTelegram;
  readonly inspect?: Inspector;
}
