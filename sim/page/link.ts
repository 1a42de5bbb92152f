/**
 * Link: the WebSocket to the session. It comes back by itself; what the page shows meanwhile is marked as old.
 */
import type { Answer, Request } from "../serve/messages";
import { changed, known, take } from "./store";

const RETRY_MS = 1000;

let socket: WebSocket | undefined;

export function openLink(): void {
  const url = new URL("session", location.href);
  url.protocol = "ws:";
  const opened = new WebSocket(url);
  socket = opened;
  opened.addEventListener("open", () => {
    known.connected = true;
    changed();
  });
  opened.addEventListener("message", (event: MessageEvent<string>) => take(JSON.parse(event.data) as Answer));
  opened.addEventListener("close", () => {
    known.connected = false;
    changed();
    setTimeout(openLink, RETRY_MS);
  });
}

export function ask(request: Request): void {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(request));
}

/** Steps of a scenario, now. */
export function act(...steps: Extract<Request, { do: "act" }>["steps"]): void {
  ask({ do: "act", steps });
}
