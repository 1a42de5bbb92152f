/**
 * Flashing, checks and first boot over a line of 115,200 baud: a pseudo terminal, behind which bytes wait their turn in
 * either direction, and the interpreter at its end. One command prints the figure:
 *
 *   CURBSTOP_LONG=1 npx mocha test/tools/flash/throttled.test.ts
 */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { bundleBoard } from "../../../tools/build/bundle";
import { readBoard } from "../../../tools/build/board_file";
import { flashTo, StandIn, standInMissing } from "./stand_in";

/** 115,200 baud with a start and a stop bit. */
const LINE_BYTES_S = 11_520;
const FLASH_MAX_S = 60;
const TICK_MS = 10;

/** A line of that speed in front of a port: bytes wait their turn, in either direction. */
class SlowLine {
  carried_bytes = 0;
  private constructor(private readonly server: Server) {}

  static start(target: string): Promise<SlowLine> {
    const number = Number(/:(\d+)$/.exec(target)?.[1]);
    return new Promise((resolve) => {
      const server = createServer((near) => {
        const far = connect(number, "127.0.0.1");
        line.carry(near, far);
        line.carry(far, near);
      });
      const line = new SlowLine(server);
      server.listen(0, "127.0.0.1", () => resolve(line));
    });
  }

  get port(): string {
    return `tcp://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
  }

  private carry(from: Socket, to: Socket): void {
    const waiting: Buffer[] = [];
    let since_ms = performance.now();
    let allowed = 0;
    const pass = setInterval(() => {
      const now_ms = performance.now();
      allowed = waiting.length === 0 ? 0 : allowed + ((now_ms - since_ms) * LINE_BYTES_S) / 1000;
      since_ms = now_ms;
      while (waiting.length > 0 && allowed >= 1) {
        const part = waiting[0].subarray(0, Math.floor(allowed));
        to.write(part);
        allowed -= part.length;
        this.carried_bytes += part.length;
        if (part.length < waiting[0].length) waiting[0] = waiting[0].subarray(part.length);
        else waiting.shift();
      }
    }, TICK_MS);
    from.on("data", (bytes: Buffer) => waiting.push(bytes));
    from.on("error", () => undefined);
    from.on("close", () => {
      clearInterval(pass);
      to.destroy();
    });
  }
}

/** A pseudo terminal in front of a TCP port; its path, and what ends with it. */
async function startTerminal(port: string, folder: string): Promise<{ path: string; socat: ChildProcess }> {
  const path = join(folder, "line");
  const words = [`PTY,link=${path},raw,echo=0`, `TCP:${port.slice("tcp://".length)}`];
  const socat = spawn("socat", words, { stdio: "ignore" });
  for (let tries = 0; !existsSync(path); tries++) {
    if (tries > 200) throw new Error("socat makes no pseudo terminal");
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return { path, socat };
}

describe("flashing over a line of 115,200 baud", function () {
  before(function () {
    if (process.env["CURBSTOP_LONG"] !== "1") return this.skip();
    if (standInMissing() !== undefined) return this.skip();
  });

  it(`takes few enough bytes for ${FLASH_MAX_S} s with checks and first boot`, async () => {
    const board = await StandIn.start();
    const line = await SlowLine.start(board.port);
    const { code } = await bundleBoard(readBoard("espruino-rak5010"));
    const { path, socat } = await startTerminal(line.port, board.folder);
    const begin_ms = performance.now();
    const flashed = await flashTo(path, code);
    const took_s = ((performance.now() - begin_ms) / 1000).toFixed(1);
    socat.kill("SIGKILL");
    await board.stop();
    line.stop();
    assert.ok(flashed.written);
    // How long the machine took is printed; what the line must carry does not depend on the machine.
    const line_s = (line.carried_bytes / LINE_BYTES_S).toFixed(1);
    console.log(
      `      ${code.length} bytes of firmware, ${line.carried_bytes} over the line, which takes ${line_s} s of it`,
    );
    console.log(`      flashed, checked and booted in ${took_s} s (at most ${FLASH_MAX_S})`);
    assert.ok(line.carried_bytes > code.length);
    assert.ok(line.carried_bytes / LINE_BYTES_S < FLASH_MAX_S / 2, `${line.carried_bytes} bytes`);
  });
});
