/**
 * Server: the page and its sessions over HTTP and WebSockets (`/session`, `/session/2`), for this machine alone.
 *
 * It listens on 127.0.0.1 only. The Host of a request must be this machine, so that a name that someone else points here
 * (DNS rebinding) gets nothing; the Origin of a WebSocket must be the page itself, so that no other page in the same
 * browser can speak to the meter. The page may load from here alone (Content-Security-Policy), so nothing is fetched
 * from outside.
 */
import websocket, { type WebSocket } from "@fastify/websocket";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { AddressInfo, Socket } from "node:net";
import { UserError } from "../scenario/user_error";
import type { Answer } from "./messages";
import { Meters } from "./meters";
import type { PageFile } from "./page_files";
import { MESSAGE_MAX_BYTES, readRequest } from "./requests";
import type { Session } from "./session";

const ADDRESS = "127.0.0.1";
const NAMES = [ADDRESS, "localhost"];
const HTTP_PORT = 80;
/** Of pages that watch one meter; each gets every picture. */
const PAGES_MAX = 8;
/** A page that does not keep up is cut off, and comes back by itself, rather than filling the memory. */
const BACKLOG_MAX_BYTES = 16_777_216;
const POLICY_VIOLATION = 1008;
const TRY_AGAIN = 1013;

const HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-store",
};

export interface Served {
  port: number;
  url: string;
  close(): Promise<void>;
}

/** Whether a Host header means this server. Of HTTP's own port nobody says the number. */
export function isOwnHost(host: string | undefined, port: number): boolean {
  return NAMES.some((name) => host === `${name}:${port}` || (port === HTTP_PORT && host === name));
}

export function isOwnOrigin(origin: string | undefined, port: number): boolean {
  const scheme = "http://";
  return origin?.startsWith(scheme) === true && isOwnHost(origin.slice(scheme.length), port);
}

function portOf(app: FastifyInstance): number {
  return (app.server.address() as AddressInfo).port;
}

function guard(app: FastifyInstance): void {
  app.addHook("onRequest", async (request, reply) => {
    await Promise.resolve();
    for (const [name, value] of Object.entries(HEADERS)) reply.header(name, value);
    const port = portOf(app);
    const { host, origin } = request.headers;
    if (!isOwnHost(host, port)) return reply.code(403).send("this server answers to 127.0.0.1 and localhost only\n");
    const is_socket = request.headers.upgrade !== undefined;
    if ((is_socket || origin !== undefined) && !isOwnOrigin(origin, port)) {
      return reply.code(403).send("only the page of this server may speak to it\n");
    }
    return undefined;
  });
}

function sendFile(file: PageFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const takes_gzip = (request.headers["accept-encoding"] ?? "").includes("gzip");
  if (takes_gzip) reply.header("Content-Encoding", "gzip");
  return reply.type(file.type).send(takes_gzip ? file.gzipped : file.plain);
}

function servePage(app: FastifyInstance, files: ReadonlyMap<string, PageFile>): void {
  for (const [path, file] of files) app.get(path, (request, reply) => sendFile(file, request, reply));
}

/** One page at one meter's session. */
interface Seat {
  meter: number;
  page: (answer: Answer) => void;
}

/** The number of a meter in a path; of the plain path, the first. */
function meterOf({ params }: FastifyRequest): number {
  const { meter = "1" } = params as { meter?: string };
  return /^\d{1,3}$/.test(meter) ? Number(meter) : 0;
}

function serveSessions(app: FastifyInstance, meters: Meters): void {
  const seats = new Set<Seat>();
  const tellCount = (some: Iterable<Seat>): void => {
    const { count, count_max } = meters;
    for (const { page } of some) page({ kind: "meters", count, count_max });
  };
  const answer = async (seat: Seat, session: Session, text: string): Promise<void> => {
    try {
      const request = readRequest(text);
      if (request.do !== "add_meter") return void session.ask(request, seat.page);
      await meters.add();
      tellCount(seats);
    } catch (error) {
      seat.page({ kind: "refused", text: (error as Error).message });
    }
  };
  const take = (socket: WebSocket, request: FastifyRequest): void => {
    const meter = meterOf(request);
    const session = meters.session(meter);
    if (session === undefined) return socket.close(POLICY_VIOLATION, "there is no such meter (reload the page)");
    const watching = [...seats].filter((seat) => seat.meter === meter).length;
    if (watching === PAGES_MAX) return socket.close(TRY_AGAIN, "too many pages watch this meter (close one)");
    const page = (said: Answer): void => {
      if (socket.bufferedAmount > BACKLOG_MAX_BYTES) return socket.terminate();
      socket.send(JSON.stringify(said));
    };
    const seat = { meter, page };
    seats.add(seat);
    socket.on("message", (data: Buffer, is_binary: boolean) => {
      if (is_binary) return socket.close(POLICY_VIOLATION, "messages are text");
      void answer(seat, session, data.toString("utf8"));
    });
    socket.on("close", () => {
      seats.delete(seat);
      session.leave(page);
    });
    session.join(page);
    tellCount([seat]);
  };
  app.get("/session", { websocket: true }, take);
  app.get("/session/:meter", { websocket: true }, take);
}

/** Serves a page and its meters, or one, until it is closed. Port 0 takes one that is free. */
export async function serve(
  behind: Session | Meters,
  page: ReadonlyMap<string, PageFile>,
  port: number,
): Promise<Served> {
  const meters = behind instanceof Meters ? behind : new Meters(behind);
  const app = fastify({ logger: false, bodyLimit: 1024, forceCloseConnections: true });
  // A socket that asked for a WebSocket is no connection of HTTP any more, and one that was refused may stay: whoever
  // holds it must not keep the server from ending.
  const sockets = new Set<Socket>();
  app.server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  guard(app);
  await app.register(websocket, { options: { maxPayload: MESSAGE_MAX_BYTES } });
  servePage(app, page);
  serveSessions(app, meters);
  try {
    await app.listen({ host: ADDRESS, port });
  } catch (error) {
    await app.close();
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new UserError(`--port ${port}: cannot be listened on (${code}; give another port, or 0 for any)`);
  }
  const taken = portOf(app);
  return {
    port: taken,
    url: `http://${ADDRESS}:${taken}/`,
    close: async () => {
      meters.close();
      for (const socket of sockets) socket.destroy();
      await app.close();
    },
  };
}
