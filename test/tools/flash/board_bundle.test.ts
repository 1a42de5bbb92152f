/**
 * A board's own bundle on the stand-in: the ports are made, the line is the firmware's, the books outlive a flashing.
 * The Linux interpreter has pins that do nothing and no buses, so the board is one with its memory in the chip's flash.
 */
import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import { nameplateBytes } from "../../../firmware/nameplate";
import { flashBoard, type FlashOrder } from "../../../tools/flash/session";
import { settings, tariff } from "../../firmware/samples";
import { Line, makeRoomForBooks, ownBundle, standInBoard } from "./own_board";
import { StandIn, standInMissing } from "./stand_in";

const METER = "600100000000000017";

describe("a board's bundle on the stand-in", function () {
  let board: StandIn;
  let bundle = "";
  let order: Omit<FlashOrder, "books" | "meter">;

  before(async function () {
    if (standInMissing() !== undefined) return this.skip();
    board = await StandIn.start();
    bundle = await ownBundle();
    order = {
      board: standInBoard(),
      bundle,
      port: board.port,
      baud_rate: 115_200,
      ask: () => Promise.resolve(true),
      step: () => undefined,
    };
    await makeRoomForBooks(board);
  });
  after(async () => board?.stop());
  afterEach(async () => board?.powerDown());

  it("says that it is nobody's after its first flashing, and answers so on its line", async () => {
    const { identity } = await flashBoard({ ...order, books: undefined, meter: undefined });
    assert.match(identity, /^firmware=\S+ metrology=\S+ checksum=\S+ meter=none unprovisioned$/);
    await board.powerDown();
    const line = await Line.open(board.port);
    assert.match(await line.say("id\n", /firmware=[^\r\n]+(?=[\r\n])/), /meter=none unprovisioned$/);
    line.close();
  });

  it("takes a nameplate once, and no other and no torn one", async () => {
    const plate = nameplateBytes(
      { settings: settings({ meter_number: METER }), tariff: tariff(), radio: "" },
      (bytes) => crc32(Buffer.from(bytes, "latin1")),
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
    assert.match(await line.say("id\n", /firmware=[^\r\n]+(?=[\r\n])/), new RegExp(`meter=${METER} region=600100$`));
    assert.match(await line.say("store\n", /storage=[^\r\n]+(?=[\r\n])/), /^storage=ok /);
    const before = Number(/newest is (\d+)/.exec(await line.say("log 9999\n", /newest is \d+(?=\D)/))?.[1]);
    assert.ok(before > 0);
    line.close();
    await board.powerDown();
    const other = flashBoard({ ...order, books: undefined, meter: undefined });
    await assert.rejects(other, new RegExp(`keeps the books of meter ${METER} \\(region 600100\\)`));
    await board.powerDown();
    const flashed = await flashBoard({ ...order, books: "keep", meter: undefined });
    assert.equal(flashed.sequence, 2);
    assert.match(flashed.identity, new RegExp(`meter=${METER} `));
    await board.powerDown();
    const again = await Line.open(board.port);
    const after = Number(/newest is (\d+)/.exec(await again.say("log 9999\n", /newest is \d+(?=\D)/))?.[1]);
    assert.ok(after > before, `${after} events after ${before}: a boot adds some, and none is lost`);
    assert.match(await again.say("log 1\n", /event=1 [^\r\n]+/), /^event=1 /);
    again.close();
  });

  it("is nobody's again after a flashing with new books", async () => {
    const { identity } = await flashBoard({ ...order, books: "new", meter: undefined });
    assert.match(identity, new RegExp(`meter=${METER} `));
    await board.powerDown();
    const line = await Line.open(board.port);
    assert.match(await line.say("id\n", /firmware=[^\r\n]+(?=[\r\n])/), /meter=none unprovisioned$/);
    line.close();
  });
});
