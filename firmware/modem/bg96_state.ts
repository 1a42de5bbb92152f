/** What the driver of a BG96 (bg96.ts) knows of its module, of the step that is under way and of the frame that waits. */
import type { Radio } from "../../hal/radio";
import type { Timer } from "../../hal/timer";
import type { ByteLine } from "../reader/byte_line";
import type { LineReader } from "./at_lines";
import type { Bg96Settings, Step } from "./bg96_commands";

export type SendResult = "sent" | "duty_cycle" | "failed";
export type Done = (result: SendResult) => void;

export interface Bg96 {
  port: Radio;
  settings: Bg96Settings;
  /** "waking": PWRKEY was pulsed; "sleeping": in power saving mode, or up by itself for a periodic update. */
  state: "starting" | "working" | "pausing" | "waking" | "sleeping";
  /** Pulses PWRKEY, on a board that has the pin. It would switch a module that is on off: see "asleep" in bg96.ts. */
  wake: () => void;
  /** False when the module has said that it is off, or said nothing. */
  is_up: boolean;
  /** It has said that it is a BG96, and has not fallen silent since; whether there is a network is another matter. */
  is_known: boolean;
  down_at_ms: number;
  /** Times that the module was started. */
  starts: number;
  line: ByteLine;
  timer: Timer;
  reader: LineReader;
  /** Which of the two names the authority's certificate is looked for under. */
  uses_other_ca: boolean;
  /** Steps that are still to be done; the first is under way. */
  steps: Step[];
  /** The line that the step wants has come. */
  is_good: boolean;
  tries_left: number;
  ask_until_ms: number;
  /** Of a step: its answer, asking again, its outcome; of a frame: the prompt, and the broker. */
  awaits: "" | "quiet" | "answer" | "again" | "outcome" | "prompt" | "published";
  message_id: number;
  payload: string;
  done: Done | undefined;
  result: SendResult | undefined;
  limit_at_ms: number;
  send_until_ms: number;
  watch_at_ms: number;
  pause_ms: number;
  rssi_dbm: number;
  listen_until_ms: number;
  listener: (frame: number[], rssi_dbm: number) => void;
}
