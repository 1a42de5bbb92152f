/**
 * Links: a WebSocket to the session of each meter. They come back by themselves; what the page shows meanwhile is marked
 * as old.
 */
import type { Answer, Request } from "../serve/messages";
import { changed, known, take } from "./store";

const RETRY_MS = 1000;

const sockets = new Map<number, WebSocket>();

function setConnected(meter: number, connected: boolean): void {
  if (meter === known.meter) known.connected = connected;
  changed();
}

export function openLink(meter = 1): void {
  const url = new URL(`session/${meter}`, location.href);
  url.protocol = "ws:";
  const opened = new WebSocket(url);
  sockets.set(meter, opened);
  opened.addEventListener("open", () => setConnected(meter, true));
  opened.addEventListener("message", (event: MessageEvent<string>) => {
    const answer = JSON.parse(event.data) as Answer;
    take(answer, meter);
    if (answer.kind === "meters") linkAll();
  });
  opened.addEventListener("close", () => {
    setConnected(meter, false);
    setTimeout(() => {
      sockets.delete(meter);
      // A server that was begun again may have fewer meters.
      if (meter <= known.meters) openLink(meter);
    }, RETRY_MS);
  });
}

/** A link to each meter that there is; one that is no longer there is not shown either. */
function linkAll(): void {
  for (let meter = 1; meter <= known.meters; meter++) if (!sockets.has(meter)) openLink(meter);
  if (known.meter > known.meters) showMeter(1);
}

function isOpen(meter: number): boolean {
  return sockets.get(meter)?.readyState === WebSocket.OPEN;
}

/** Shows another meter: all that the page knows of it comes anew. */
export function showMeter(meter: number): void {
  if (meter === known.meter) return;
  known.meter = meter;
  known.recorded = undefined;
  known.inspection = undefined;
  known.connected = isOpen(meter);
  ask({ do: "welcome" });
  changed();
}

/** Asks the session of the meter that is shown. */
export function ask(request: Request): void {
  if (isOpen(known.meter)) sockets.get(known.meter)?.send(JSON.stringify(request));
}

/** Steps of a scenario, now. */
export function act(...steps: Extract<Request, { do: "act" }>["steps"]): void {
  ask({ do: "act", steps });
}
