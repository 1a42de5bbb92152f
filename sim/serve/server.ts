/**
 * Server: the page and its session over HTTP and a WebSocket, for this machine alone.
 *
 * It listens on 127.0.0.1 only. The Host of a request must be this machine, so that a name that someone else points here
 * (DNS rebinding) gets nothing; the Origin of a WebSocket must be the page itself, so that no other page in the same
 * browser can speak to the meter. The page may load from here alone (Content-Security-Policy), so nothing is fetched
 * from outside.
 */
import websocket from "@fastify/websocket";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { AddressInfo, Socket } from "node:net";
import { UserError } from "../scenario/user_error";
import type { Answer } from "./messages";
import type { PageFile } from "./page_files";
import { MESSAGE_MAX_BYTES, readRequest } from "./requests";
import type { Session } from "./session";

const ADDRESS = "127.0.0.1";
const NAMES = [ADDRESS, "localhost"];
/** Of watching pages; each gets every picture. */
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

/** Whether a Host header, or the host of an Origin, means this server. */
function isOwnHost(host: string | undefined, port: number): boolean {
  return NAMES.some((name) => host === `${name}:${port}`);
}

function isOwnOrigin(origin: string | undefined, port: number): boolean {
  return NAMES.some((name) => origin === `http://${name}:${port}`);
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

function serveSession(app: FastifyInstance, session: Session): void {
  let pages = 0;
  app.get("/session", { websocket: true }, (socket) => {
    if (pages === PAGES_MAX) return socket.close(TRY_AGAIN, "too many pages watch this meter (close one)");
    pages++;
    const page = (answer: Answer): void => {
      if (socket.bufferedAmount > BACKLOG_MAX_BYTES) return socket.terminate();
      socket.send(JSON.stringify(answer));
    };
    socket.on("message", (data: Buffer, is_binary: boolean) => {
      if (is_binary) return socket.close(POLICY_VIOLATION, "messages are text");
      try {
        void session.ask(readRequest(data.toString("utf8")), page);
      } catch (error) {
        page({ kind: "refused", text: (error as Error).message });
      }
    });
    socket.on("close", () => {
      pages--;
      session.leave(page);
    });
    session.join(page);
  });
}

/** Serves a page and one session, until it is closed. Port 0 takes one that is free. */
export async function serve(session: Session, page: ReadonlyMap<string, PageFile>, port: number): Promise<Served> {
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
  serveSession(app, session);
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
      session.close();
      for (const socket of sockets) socket.destroy();
      await app.close();
    },
  };
}
