import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { join } from "node:path";
import { flashTo, sampleFirmware, sampleIdentity, StandIn, standInMissing } from "./stand_in";
import { answerOf } from "../captured_output";

const BOARD = ["flash", "--board", "espruino-rak5010"];
const METER = "600100000000000017";
/** Of the interpreter on a desktop, too, which crashes now and then (stand_in.ts). */
const LOST = "curbstop: the line was lost; once more\n";

describe("curbstop flash, called wrongly", () => {
  const bad: [string[], RegExp][] = [
    [["flash"], /give --board, which kind of board it is \(--list shows the ports\)/],
    [[...BOARD, "--port", "http://x"], /a port is a serial device or tcp:/],
    [[...BOARD, "--port", "tcp://x:1", "--baud", "fast"], /a line speed is a whole number/],
    [["flash", "--board", "abacus", "--port", "tcp://x:1"], /no board is named "abacus" \(the boards are espruino-/],
    [[...BOARD, "--port", "tcp://x:1", "--keep-books", "--new-books"], /give --keep-books or --new-books/],
  ];
  for (const [words, message] of bad) {
    it(`answers \`curbstop ${words.join(" ")}\` with one line and exit code 2`, async () => {
      const { exit_code, out, err } = await answerOf(...words);
      assert.deepEqual({ exit_code, out }, { exit_code: 2, out: "" });
      assert.match(err, message);
      assert.match(err, /^curbstop: [^\n]+\n$/);
    });
  }

  it("shows examples in its help", async () => {
    const { exit_code, out } = await answerOf("flash", "--help");
    assert.equal(exit_code, 0);
    assert.match(out, /Examples:\n {2}curbstop flash/);
  });
});

describe("curbstop flash", function () {
  let board: StandIn;

  before(async function () {
    const missing = standInMissing();
    if (missing !== undefined) return this.skip();
    board = await StandIn.start();
  });
  after(async () => board?.stop());

  it("says no, and does not hang, where nothing answers", async () => {
    // EspruinoTools by itself exits 0 here.
    const { exit_code, err } = await answerOf(...BOARD, "--port", "tcp://127.0.0.1:1", "--yes");
    assert.equal(exit_code, 1);
    assert.match(err, /^curbstop: tcp:\/\/127\.0\.0\.1:1: nothing answers there [^\n]+\n$/);
  });

  it("says no, and does not hang, where something answers that is no console", async () => {
    const server = await silentServer();
    const port = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { exit_code, err } = await answerOf(...BOARD, "--port", port, "--yes");
    server.close();
    assert.equal(exit_code, 1);
    assert.match(err, /^curbstop: [^\n]*no Espruino console answers[^\n]*\n$/);
  });

  it("tells of the line that was lost where it is not there again, and gives up where it is lost each time", async () => {
    for (const [served, lost] of [
      [1, 1],
      [9, 4],
    ]) {
      const { server, count } = await lettingGo(served);
      const port = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const { exit_code, err } = await answerOf(...BOARD, "--port", port, "--yes");
      server.close();
      assert.equal(exit_code, 1);
      const last = `curbstop: ${port}: the other side has closed the connection (look at its cable and its power, then try again)\n`;
      assert.equal(err, LOST.repeat(lost) + last);
      assert.equal(count(), Math.min(served, 5));
    }
  });

  it("brings the whole firmware onto an empty board, and a second time into the other slot", async () => {
    const first = await answerOf(...BOARD, "--port", board.port, "--json");
    assert.equal(first.err.replaceAll(LOST, ""), "");
    const report = JSON.parse(first.out) as Record<string, unknown>;
    assert.equal(report["before"], "LINUX 2v29.277, no program".replace("2v29.277", version(report)));
    assert.equal(report["sequence"], 1);
    // Pins of the RAK5010 are none of the stand-in's: the firmware runs, and touches nothing.
    assert.match(String(report["identity"]), /^firmware=\S+ .* meter=none not_this_board$/);
    await board.powerDown();
    const asked = await answerOf(...BOARD, "--port", board.port);
    assert.equal(asked.exit_code, 2);
    assert.match(asked.err, /nobody is there to be asked whether to replace it \(give --yes\)/);
    await board.powerDown();
    const second = await answerOf(...BOARD, "--port", board.port, "--yes", "--json");
    assert.equal(second.err.replaceAll(LOST, ""), "");
    const again = JSON.parse(second.out) as Record<string, unknown>;
    assert.equal(again["sequence"], 2);
    assert.equal(again["bundle_sha256"], report["bundle_sha256"]);
    assert.match(String(again["before"]), /Curbstop \d+\.\d+\.\d+$/);
    await board.powerDown();
  });

  it("is followed by a monitor that says which firmware is there, and why it runs no meter", async () => {
    const watched = await answerOf("monitor", "--port", board.port, "--once");
    await board.powerDown();
    assert.deepEqual([watched.exit_code, watched.out], [1, ""]);
    assert.match(
      watched.err,
      /^curbstop: tcp:[^ ]+: no meter runs on this board: firmware=\S+ [^\n]* meter=none not_this_board \([^\n]+\)\n$/,
    );
  });

  it("begins anew by itself when the power goes in the middle", async () => {
    const flash = join(board.folder, "espruino.flash");
    const before = readFileSync(flash);
    const answer = answerOf(...BOARD, "--port", board.port, "--yes", "--json");
    const cut = (async () => {
      while (readFileSync(flash).equals(before)) await new Promise((resolve) => setTimeout(resolve, 50));
      board.cutPower();
    })();
    const { exit_code, out, err } = await answer;
    await cut;
    await board.powerDown();
    assert.equal(exit_code, 0);
    assert.ok(err.startsWith(LOST), err);
    const { sequence, before: found } = JSON.parse(out) as Record<string, unknown>;
    assert.equal(sequence, 3);
    assert.match(String(found), /Curbstop \d+\.\d+\.\d+$/);
  });

  it("finds the bytes of the bundle in the flash", async () => {
    const sample = sampleFirmware("found", "");
    await flashTo(board.port, sample);
    await board.powerDown();
    const flash = readFileSync(join(board.folder, "espruino.flash"), "latin1");
    assert.ok(flash.includes(sample));
  });

  it("refuses a meter's books until it is told what becomes of them", async () => {
    assert.equal((await flashTo(board.port, sampleFirmware("a", METER))).identity, sampleIdentity("a", METER));
    await board.powerDown();
    const before = readFileSync(join(board.folder, "espruino.flash"));
    const refused = await answerOf(...BOARD, "--port", board.port, "--yes");
    await board.powerDown();
    assert.equal(refused.exit_code, 1);
    assert.match(refused.err, new RegExp(`keeps the books of meter ${METER} \\(region 600100\\) \\(--keep-books`));
    const other = await answerOf(...BOARD, "--port", board.port, "--yes", "--meter", "600100000000000025");
    await board.powerDown();
    assert.equal(other.exit_code, 1);
    assert.ok(readFileSync(join(board.folder, "espruino.flash")).equals(before), "nothing was written");
    const kept = await flashTo(board.port, sampleFirmware("b", METER), { books: undefined, meter: METER });
    await board.powerDown();
    assert.equal(kept.identity, sampleIdentity("b", METER));
  });

  it("says so when new books are wanted and the firmware cannot start any", async () => {
    await assert.rejects(
      flashTo(board.port, sampleFirmware("c", METER), { books: "new" }),
      /it has no way to start new/,
    );
    await board.powerDown();
  });

  it("writes nothing after a no", async () => {
    const before = readFileSync(join(board.folder, "espruino.flash"));
    const flashed = await flashTo(board.port, sampleFirmware("d", ""), { ask: () => Promise.resolve(false) });
    await board.powerDown();
    assert.equal(flashed.written, false);
    assert.ok(readFileSync(join(board.folder, "espruino.flash")).equals(before));
  });
});

function version(report: Record<string, unknown>): string {
  return /LINUX (\S+),/.exec(String(report["before"]))?.[1] ?? "";
}

function silentServer(): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((socket) => void socket.on("error", () => undefined).resume());
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

/** Lets go of whoever has said something, so many times; then nobody listens any more. */
function lettingGo(times: number): Promise<{ server: Server; count: () => number }> {
  let count = 0;
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      count += 1;
      if (count === times) server.close();
      socket.on("error", () => undefined);
      socket.once("data", () => socket.end());
    });
    server.listen(0, "127.0.0.1", () => resolve({ server, count: () => count }));
  });
}
