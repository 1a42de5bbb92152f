import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { serveCard } from "../../../sim/card/served_card";
import { serveVpcd } from "../../../sim/card/vpcd";
import { UserError } from "../../../sim/scenario/user_error";
import { freshCard, hex, bytes, UID } from "../desfire/reader";

/** The reader's end: a server that takes one card. */
class FakeVpcd {
  readonly server: Server = createServer((socket) => this.take(socket));
  socket: Socket | undefined;
  private received = Buffer.alloc(0);
  private readonly waiting: (() => void)[] = [];

  async listen(): Promise<number> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return (this.server.address() as AddressInfo).port;
  }

  private take(socket: Socket): void {
    this.socket = socket;
    const wake = () => this.waiting.splice(0).forEach((one) => one());
    socket.on("data", (data) => {
      this.received = Buffer.concat([this.received, data]);
      wake();
    });
    socket.on("error", () => undefined);
    socket.on("close", wake);
    wake();
  }

  async connected(): Promise<Socket> {
    while (this.socket === undefined) await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this.socket;
  }

  /** The next message's body. */
  async message(): Promise<string> {
    while (this.received.length < 2 || this.received.length < 2 + this.received.readUInt16BE(0)) {
      assert.ok(this.socket?.destroyed !== true, "the card is gone");
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    const end = 2 + this.received.readUInt16BE(0);
    const body = this.received.subarray(2, end).toString("hex");
    this.received = this.received.subarray(end);
    return body;
  }

  send(text: string): void {
    const body = Buffer.from(bytes(text));
    this.socket!.write(Buffer.concat([Buffer.from([Math.floor(body.length / 256), body.length % 256]), body]));
  }

  async ask(text: string): Promise<string> {
    this.send(text);
    return this.message();
  }
}

describe("vpcd", () => {
  const readers: FakeVpcd[] = [];
  async function inserted(save: () => void = () => undefined) {
    const reader = new FakeVpcd();
    readers.push(reader);
    const card = freshCard();
    const service = await serveVpcd("127.0.0.1", await reader.listen(), serveCard(card, save));
    await reader.connected();
    return { reader, card, service };
  }
  afterEach(() => {
    for (const { server, socket } of readers.splice(0)) {
      socket?.destroy();
      server.close();
    }
  });

  it("is told the ATR, the UID by the reader's own command, and the card's answers", async () => {
    const { reader } = await inserted();
    assert.equal(await reader.ask("04"), "3b8180018080");
    assert.equal(await reader.ask("ffca000000"), `${hex(UID)}9000`);
    assert.equal(await reader.ask("9060000000"), "0401010100180591af");
    assert.equal(await reader.ask("80100000"), "6e00");
    assert.equal(await reader.ask("0000"), "6700");
  });

  it("takes messages in any pieces, several at once, and ignores empty ones and other controls", async () => {
    const { reader } = await inserted();
    const stream = Buffer.from("0000" + "000101" + "000103" + "0005906e000000" + "000104", "hex");
    for (const byte of stream) reader.socket!.write(Buffer.from([byte]));
    assert.equal(await reader.message(), "0013009100");
    assert.equal(await reader.message(), "3b8180018080");
    reader.socket!.write(Buffer.concat([stream, stream]));
    for (const answer of ["0013009100", "3b8180018080", "0013009100", "3b8180018080"]) {
      assert.equal(await reader.message(), answer);
    }
  });

  it("takes the field away with power off and reset, and so what was not committed", async () => {
    for (const control of ["00", "02"]) {
      const { reader, card } = await inserted();
      await reader.ask("90aa0000010000");
      assert.equal(card.session.chain.kind, "authentication");
      reader.send(control);
      await reader.ask("04");
      assert.equal(card.session.chain.kind, "none");
    }
  });

  it("ends when the reader goes, and when the card is taken out", async () => {
    const gone = await inserted();
    gone.reader.socket!.destroy();
    await gone.service.ended;
    const out = await inserted();
    out.service.stop();
    await out.service.ended;
  });

  it("ends with an error, and without an answer, when the card cannot be saved", async () => {
    const { reader, service } = await inserted(() => {
      throw new UserError("a.card: cannot be written: ENOSPC");
    });
    const answered = reader.ask("90ca000005010000 0f8100").catch(() => "gone");
    await assert.rejects(service.ended, /ENOSPC/);
    assert.equal(await answered, "gone");
  });

  it("says in one line that no reader listens there", async () => {
    const reader = new FakeVpcd();
    const port = await reader.listen();
    await new Promise((resolve) => reader.server.close(resolve));
    const served = serveCard(freshCard(), () => undefined);
    await assert.rejects(serveVpcd("127.0.0.1", port, served), (error) => {
      assert.ok(error instanceof UserError);
      return /^no virtual reader at 127\.0\.0\.1:\d+: ECONNREFUSED \(start pcscd .*\)$/.test(error.message);
    });
  });
});
