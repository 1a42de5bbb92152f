import assert from "node:assert/strict";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { flashedStandIn } from "../flash/own_board";
import { standInMissing, type StandIn } from "../flash/stand_in";
import { temporaryFolder } from "../keys/samples";
import { Desk, METERS } from "./desk";

const spoilt = (text: string): string =>
  text.replace(/(\+=atob\("[^"]{20}[A-Za-z0-9]*?[+/]?)[A-Za-z](?=[A-Za-z])/, '$1"');

/** A line to the board on which one character of a nameplate becomes a quote: of the letter b that is one bit. */
async function spoiltLine(port: string): Promise<Server> {
  const number = Number(port.split(":").pop());
  const server = createServer((desk) => {
    const board = connect(number, "127.0.0.1");
    board.on("data", (data) => desk.write(data));
    desk.on("data", (data) => board.write(spoilt(data.toString("latin1")), "latin1"));
    for (const socket of [desk, board]) {
      socket.on("error", () => undefined);
      socket.on("close", () => (socket === desk ? board : desk).destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

describe("a nameplate that a line spoils on its way", function () {
  const folder = temporaryFolder();
  let board: StandIn;

  before(async function () {
    if (standInMissing() !== undefined) return this.skip();
    board = await flashedStandIn();
  });
  after(async () => board?.stop());

  it("is refused without a byte of it in the message, though the board quotes what it could not read", async () => {
    const desk = await Desk.open(folder.path);
    const server = await spoiltLine(board.port);
    const port = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { exit_code, err } = await desk.provision("--port", port, "--meter", METERS[0]);
    server.close();
    assert.equal(exit_code, 1);
    assert.match(
      err,
      /^curbstop: [^\n]+: the board does not take its nameplate \(look at its cable, then try again\)\n$/,
    );
  });
});
