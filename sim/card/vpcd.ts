/**
 * The card in the virtual reader of pcscd (vsmartcard-vpcd, read in its source and tried with Debian's 3.3).
 *
 * The card is the client of a TCP connection: to connect is to be inserted, to close to be removed. Messages both ways
 * are a length of 2 bytes, big endian, and a body. A body of one byte is a control: 00 power off, 01 power on,
 * 02 reset, 04 ask for the ATR, which alone is answered. Any other body is a command, and its answer goes back.
 */
import { connect, type Socket } from "node:net";
import { UserError } from "../scenario/user_error";
import type { CardService, ServedCard } from "./served_card";

const LENGTH_BYTES = 2;
const POWER_OFF = 0;
const RESET = 2;
const ASK_ATR = 4;
/** What a PC/SC reader makes of a DESFire's ATS (PC/SC part 3, 3.1.3.2.3): historical byte 80. */
const ATR = [0x3b, 0x81, 0x80, 0x01, 0x80, 0x80];
/** PC/SC part 3, 3.2.2.1.3: the reader itself answers with the UID. */
const GET_UID = [0xff, 0xca, 0x00, 0x00];

function message(body: readonly number[]): Buffer {
  return Buffer.from([Math.floor(body.length / 256), body.length % 256, ...body]);
}

/** The answer to a message; undefined when there is none. */
function answerTo(card: ServedCard, body: number[]): readonly number[] | undefined {
  if (body.length > 1) {
    if (GET_UID.every((byte, index) => body[index] === byte)) return [...card.uid, 0x90, 0x00];
    return card.respond(body);
  }
  if (body[0] === POWER_OFF || body[0] === RESET) card.lose_field();
  return body[0] === ASK_ATR ? ATR : undefined;
}

/** Takes whole messages off the front of what has arrived, and gives back the rest. */
function takeMessages(arrived: Buffer, take: (body: number[]) => void): Buffer {
  let rest = arrived;
  while (rest.length >= LENGTH_BYTES && rest.length >= LENGTH_BYTES + rest.readUInt16BE(0)) {
    const end = LENGTH_BYTES + rest.readUInt16BE(0);
    take([...rest.subarray(LENGTH_BYTES, end)]);
    rest = rest.subarray(end);
  }
  return rest;
}

function serve(socket: Socket, card: ServedCard): CardService {
  let arrived: Buffer = Buffer.alloc(0);
  socket.on("data", (data: Buffer) => {
    arrived = Buffer.concat([arrived, data]);
    try {
      arrived = takeMessages(arrived, (body) => {
        const answer = answerTo(card, body);
        if (answer !== undefined) socket.write(message(answer));
      });
    } catch (error) {
      socket.destroy(error as Error);
    }
  });
  const ended = new Promise<void>((resolve, reject) => {
    // A reader that ends with its connection reset has let go of the card as well.
    socket.once("error", (error) => (error instanceof UserError ? reject(error) : resolve()));
    socket.once("close", () => {
      card.lose_field();
      resolve();
    });
  });
  return { ended, stop: () => socket.destroy() };
}

/** Puts a card into the virtual reader that listens there. */
export function serveVpcd(host: string, port: number, card: ServedCard): Promise<CardService> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const refused = (error: NodeJS.ErrnoException): void => {
      const advice = "start pcscd with Debian's vsmartcard-vpcd, or give its port with --port";
      reject(new UserError(`no virtual reader at ${host}:${port}: ${error.code ?? error.message} (${advice})`));
    };
    socket.once("error", refused);
    socket.once("connect", () => {
      socket.off("error", refused);
      resolve(serve(socket, card));
    });
  });
}
