/**
 * A board's own bundle on the stand-in: the ports are made, the line is the firmware's, the books outlive a flashing.
 * The Linux interpreter has pins that do nothing and no buses, so the board is one with its memory in the chip's flash.
 */
import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { crc32 } from "node:zlib";
import { nameplateBytes } from "../../../firmware/nameplate";
import { parseBoard, readBoard } from "../../../tools/build/board_file";
import type { Board } from "../../../tools/build/board_schema";
import { bundleBoard } from "../../../tools/build/bundle";
import { flashBoard, type FlashOrder } from "../../../tools/flash/session";
import { settings, tariff } from "../../firmware/samples";
import { StandIn, standInMissing } from "./stand_in";

const METER = "600100000000000017";
/** Storage holds this file, and nothing else ever touches what lies in it: the stand-in has no other flash. */
const BOOKS_FILE_BYTES = 40 * 1024;
const FLASH_ADDRESS = 0x1000_0000;

function standInBoard(): Board {
  const { $schema: _schema, ...board } = readBoard("espruino-rak5010");
  return parseBoard(
    JSON.stringify({
      ...board,
      interpreter: "LINUX",
      chip: "LINUX",
      pins: { flow: "D1", valve_open: "D2", valve_close: "D3" },
      buses: {},
      nvm: {
        type: "mcu_flash",
        part: "file",
        bus: "internal",
        address: FLASH_ADDRESS + 4096,
        geometry: {
          size_bytes: 32_768,
          sector_bytes: 4096,
          page_bytes: 256,
          word_bytes: 4,
          programs_per_erase: 2,
          erase_limit: 10_000,
        },
        source: "the Linux build of the interpreter",
      },
      parts: { ...board.parts, display: "none", card: "none", radio: "none" },
    }),
    "espruino-rak5010",
  );
}

/** One power-up of the stand-in, with a person at its line. */
class Line {
  private text = "";

  private constructor(private readonly socket: Socket) {
    socket.on("data", (data) => (this.text += data.toString("latin1")));
  }

  static async open(port: string): Promise<Line> {
    const number = Number(port.split(":").pop());
    const socket = connect(number, "127.0.0.1");
    await new Promise((resolve) => socket.once("connect", resolve));
    return new Line(socket);
  }

  async say(line: string, wanted: RegExp): Promise<string> {
    for (let tries = 0; tries < 60; tries++) {
      this.text = "";
      this.socket.write(line);
      await new Promise((resolve) => setTimeout(resolve, 250));
      const found = wanted.exec(this.text);
      if (found !== null) return found[0];
    }
    throw new Error(`no ${String(wanted)} after ${JSON.stringify(line)} but ${JSON.stringify(this.text.slice(-300))}`);
  }

  close(): void {
    this.socket.destroy();
  }
}

describe("a board's bundle on the stand-in", function () {
  this.timeout(240_000);
  let board: StandIn;
  let bundle = "";
  let order: Omit<FlashOrder, "books" | "meter">;

  before(async function () {
    if (standInMissing() !== undefined) return this.skip();
    board = await StandIn.start();
    bundle = (await bundleBoard(standInBoard())).code;
    order = {
      board: standInBoard(),
      bundle,
      port: board.port,
      baud_rate: 115_200,
      ask: () => Promise.resolve(true),
      step: () => undefined,
    };
    const line = await Line.open(board.port);
    const write = `require("Storage").write("books","\\xFF\\xFF\\xFF\\xFF",0,${BOOKS_FILE_BYTES})`;
    await line.say(`\x10print("<"+${write}+">")\n`, /<true>/);
    line.close();
    await board.powerDown();
  });
  after(async () => board?.stop());
  afterEach(async () => board?.powerDown());

  it("says that it is nobody's after its first flashing, and answers so on its line", async () => {
    const { identity } = await flashBoard({ ...order, books: undefined, meter: undefined });
    assert.match(identity, /^firmware=\S+ metrology=\S+ checksum=\S+ meter=none unprovisioned$/);
    await board.powerDown();
    const line = await Line.open(board.port);
    assert.match(await line.say("id\n", /firmware=[^\r\n]+/), /meter=none unprovisioned$/);
    line.close();
  });

  it("takes a nameplate once, and no other and no torn one", async () => {
    const plate = nameplateBytes({ settings: settings({ meter_number: METER }), tariff: tariff() }, (bytes) =>
      crc32(Buffer.from(bytes, "latin1")),
    );
    const give = (bytes: string): string =>
      `\x10print("<"+curbstop.provision(atob("${Buffer.from(bytes, "latin1").toString("base64")}"))+">")\n`;
    const line = await Line.open(board.port);
    await line.say("id\n", /meter=none/);
    await line.say("\x03\x03\x03\n\x10print('<'+'console>')\n", /<console>/);
    assert.equal(
      await line.say(give(plate.replace(METER, "600100000000000025")), /<[^'"+>]+>/),
      "<error no nameplate>",
    );
    assert.equal(await line.say(give(plate), /<[^'"+>]+>/), "<ok>");
    assert.equal(await line.say(give(plate), /<[^'"+>]+>/), "<error a meter runs>");
    line.close();
  });

  it("answers as that meter on its line, and keeps its log through a second flashing", async () => {
    const line = await Line.open(board.port);
    assert.match(await line.say("id\n", /firmware=[^\r\n]+/), new RegExp(`meter=${METER} region=600100$`));
    assert.match(await line.say("store\n", /storage=[^\r\n]+/), /^storage=ok /);
    const before = Number(/newest is (\d+)/.exec(await line.say("log 9999\n", /newest is \d+/))?.[1]);
    assert.ok(before > 0);
    line.close();
    await board.powerDown();
    const other = flashBoard({ ...order, books: undefined, meter: undefined });
    await assert.rejects(other, new RegExp(`keeps the books of meter ${METER} \\(region 600100\\)`));
    await board.powerDown();
    const flashed = await flashBoard({ ...order, books: "keep", meter: undefined });
    assert.equal(flashed.header?.sequence, 2);
    assert.match(flashed.identity, new RegExp(`meter=${METER} `));
    await board.powerDown();
    const again = await Line.open(board.port);
    const after = Number(/newest is (\d+)/.exec(await again.say("log 9999\n", /newest is \d+/))?.[1]);
    assert.ok(after > before, `${after} events after ${before}: a boot adds some, and none is lost`);
    assert.match(await again.say("log 1\n", /event=1 [^\r\n]+/), /^event=1 /);
    again.close();
  });

  it("is nobody's again after a flashing with new books", async () => {
    const { identity } = await flashBoard({ ...order, books: "new", meter: undefined });
    assert.match(identity, new RegExp(`meter=${METER} `));
    await board.powerDown();
    const line = await Line.open(board.port);
    assert.match(await line.say("id\n", /firmware=[^\r\n]+/), /meter=none unprovisioned$/);
    line.close();
  });
});
