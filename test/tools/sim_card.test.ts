/**
 * `curbstop sim card`: what it prints, and how it exits.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answerOf } from "./captured_output";

const UID = "04a1b2c3d4e5f6";

describe("sim card", () => {
  let folder = "";
  let server: Server;
  /** A reader that sends one command and lets go of the card when it has an answer. */
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "curbstop-card-"));
    server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.destroy());
      socket.write(Buffer.from("000b90ca000005563412 0f8100".replace(" ", ""), "hex"));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  after(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  const port = () => `${(server.address() as AddressInfo).port}`;

  it("says where the card is, and what came of it when the reader lets go", async () => {
    const answer = await answerOf("sim", "card", "--reader", "vpcd", "--port", port(), "--uid", UID);
    const place = `vpcd at 127.0.0.1:${port()}`;
    assert.deepEqual(answer, {
      exit_code: 0,
      out: `card ${UID} is in ${place}\ncard ${UID} is out: 1 commands\n`,
      err: "",
    });
  });

  it("keeps the card in its image, UID and all, and prints an object a line with --json", async () => {
    const image = join(folder, "kept.card");
    const words = ["sim", "card", "--reader", "vpcd", "--port", port(), "--image", image, "--json"];
    const runs = [await answerOf(...words), await answerOf(...words)];
    assert.equal(statSync(image).mode & 0o777, 0o600);
    const [[inserted, removed], [again, removed_again]] = runs.map(({ exit_code, out, err }) => {
      assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
      return out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    });
    assert.match(String(inserted.uid), /^04[0-9a-f]{12}$/);
    assert.deepEqual([again.uid, again.image], [inserted.uid, image]);
    assert.deepEqual(removed, { event: "removed", commands: 1, saves: 1 });
    // The application is already there.
    assert.deepEqual(removed_again, { event: "removed", commands: 1, saves: 0 });
  });

  it("exits 2 on bad usage, with one line", async () => {
    const torn = join(folder, "torn.card");
    writeFileSync(torn, "CURBCARD");
    const made = join(folder, "made.card");
    await answerOf("sim", "card", "--reader", "vpcd", "--port", port(), "--image", made);
    const cases: [string[], RegExp][] = [
      [[], /required option '--reader <kind>'/],
      [["--reader", "magic"], /Allowed choices are vpcd, pn532/],
      [["--reader", "pn532"], /needs --port PTY/],
      [["--reader", "pn532", "--port", "/dev/null"], /no serial device/],
      [["--reader", "vpcd", "--port", "0"], /--port 0: vpcd has a TCP port, 1 to 65535/],
      [["--reader", "vpcd", "--port", "COM1"], /--port COM1: vpcd has a TCP port/],
      [["--reader", "vpcd", "--uid", "04"], /a UID has 14 hexadecimal digits/],
      [["--reader", "vpcd", "--port", port(), "--image", torn], /torn\.card: this is no card image/],
      [["--reader", "vpcd", "--port", port(), "--image", made, "--uid", UID], /--uid is for a card that is made/],
    ];
    for (const [words, message] of cases) {
      const { exit_code, out, err } = await answerOf("sim", "card", ...words);
      assert.deepEqual(
        { words, exit_code, out, lines: err.split("\n").length },
        { words, exit_code: 2, out: "", lines: 2 },
      );
      assert.match(err, message);
    }
  });

  it("makes no image when nothing listens there", async () => {
    const gone = createServer().listen(0, "127.0.0.1");
    await once(gone, "listening");
    const closed = (gone.address() as AddressInfo).port;
    await new Promise((resolve) => gone.close(resolve));
    const image = join(folder, "none.card");
    const { exit_code, err } = await answerOf(
      "sim",
      "card",
      "--reader",
      "vpcd",
      "--port",
      `${closed}`,
      "--image",
      image,
    );
    assert.equal(exit_code, 2);
    assert.match(err, /^curbstop: no virtual reader at 127\.0\.0\.1:\d+: ECONNREFUSED \(.*\)\n$/);
    assert.equal(existsSync(image), false);
  });
});
