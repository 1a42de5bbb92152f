/** How the console of an Espruino board is come by, with a board and a time that are not there. */
import assert from "node:assert/strict";
import net from "node:net";
import { Console, NOTHING } from "../../../tools/flash/console";
import { Link } from "../../../tools/flash/link";
import { restart } from "../../../tools/flash/upload";

const CTRL_C = "\x03\x03\x03";

/** A board whose firmware takes the line when it has started, and gives it up for three Ctrl-C while its case is open. */
class StartingBoard {
  public now_ms = 0;
  /** When it was sent them. */
  public readonly interrupted_ms: number[] = [];
  private heard = "";
  private given = false;

  public constructor(
    private readonly started_ms: number,
    private readonly open: boolean,
  ) {}

  public send(text: string): void {
    if (text.includes(CTRL_C)) {
      this.interrupted_ms.push(this.now_ms);
      this.given = this.open && this.now_ms >= this.started_ms;
    }
    this.heard = text;
  }

  public forget(): void {
    this.heard = "";
  }

  public isEnded(): boolean {
    return false;
  }

  public waitFor(wanted: RegExp, limit_ms: number): Promise<RegExpExecArray | undefined> {
    const match = this.now_ms >= this.started_ms ? wanted.exec(this.said()) : null;
    this.now_ms += match === null ? limit_ms : 10;
    return Promise.resolve(match ?? undefined);
  }

  private said(): string {
    const mark = /"(cs\d+)>"/.exec(this.heard)?.[1];
    if (this.given) return mark === undefined ? "" : `<${mark}>2</${mark}>`;
    if (/^id$/m.test(this.heard)) return "firmware=0.1.0 meter=600100000000000017\r\n";
    return mark === undefined ? "" : "error unknown request, use id\r\n";
  }
}

const consoleOf = (board: StartingBoard): Console => new Console(board as unknown as Link);

describe("the console of a board", () => {
  for (const started_ms of [0, 3_000, 13_000]) {
    it(`is asked for with Ctrl-C only after a start of ${started_ms / 1000} s, which that would stop`, async () => {
      const board = new StartingBoard(started_ms, true);
      const { answers, identity } = await consoleOf(board).reach();
      assert.ok(answers);
      assert.match(identity ?? "", /^firmware=0\.1\.0 meter=6/);
      assert.ok(board.interrupted_ms.length > 0 && board.interrupted_ms.every((at_ms) => at_ms >= started_ms));
    });
  }

  it("is not waited for where a firmware says that it keeps the line", async () => {
    const board = new StartingBoard(0, false);
    const { answers, identity } = await consoleOf(board).reach();
    assert.equal(answers, false);
    assert.match(identity ?? "", /^firmware=/);
    assert.ok(board.now_ms < 2_000, `${board.now_ms} ms`);
  });

  it("is asked for in the end where nothing answers at all", async () => {
    const board = new StartingBoard(Infinity, true);
    const { answers, identity } = await consoleOf(board).reach();
    assert.deepEqual({ answers, identity }, { answers: false, identity: undefined });
    assert.ok(board.interrupted_ms.length > 0 && board.interrupted_ms[0] > 13_000);
  });
});

describe("a restart after an upload", () => {
  it("is no success where the firmware keeps the line: the old one answers there as the new one does", async () => {
    const board = new StartingBoard(3_000, false);
    const header = { sequence: 2, length_bytes: 100, crc: 1 };
    await assert.rejects(restart(Object.assign(consoleOf(board), { tell: () => undefined }), header), {
      message:
        "it is written and read back, but which firmware runs is not known: one holds the line, and says " +
        "firmware=0.1.0 meter=600100000000000017 (open the case, then flash again)",
      exit_code: 1,
    });
  });
});

describe("a line that is lost", () => {
  it("says where and what to do, and claims nothing of a board that nobody sees", async function () {
    const server = net.createServer((socket) => socket.once("data", () => socket.destroy()));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const port = `tcp://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
    const link = await Link.open(port, 115_200);
    link.send("x");
    await assert.rejects(link.waitFor(NOTHING, 10_000), {
      message: `${port}: the other side has closed the connection (look at its cable and its power, then try again)`,
      exit_code: 1,
    });
    link.close();
    server.close();
  });
});
