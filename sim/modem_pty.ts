/**
 * Serves the iM871A emulator on a serial device that exists already, such as one end of a pair made by
 *
 *   socat PTY,link=H,raw,echo=0 PTY,link=D,raw,echo=0
 *
 * serveIm871a("D", id) is the module; whoever opens H (wmbusmeters: H:im871a:c1) talks to it. In real time.
 */
import type { RadioMode } from "../firmware/modem/airtime";
import { openSerial, realTimer } from "./card/pn532_pty";
import { createIm871aModule, type Im871aModule } from "./hci/im871a_module";

export interface ServedModule {
  /** For what it hears and sends, and faults. */
  readonly module: Im871aModule;
  close(): void;
}

/** Serves until `close`, or until the device goes away, which `on_end` hears of. */
export function serveIm871a(
  path: string,
  id: number[],
  mode: RadioMode = "C2",
  on_end: (reason: string) => void = () => undefined,
): ServedModule {
  const { timer, stop } = realTimer();
  const serial = openSerial(path, (reason) => {
    stop();
    on_end(reason);
  });
  const module = createIm871aModule(serial.line, timer, id, mode);
  return {
    module,
    close: () => {
      stop();
      serial.close();
    },
  };
}
