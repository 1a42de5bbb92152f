/**
 * Link: bytes to and from a board, through EspruinoTools' ports in a child process (port_child.js).
 *
 * The child can hang, crash or go on for ever; nothing here waits for it without a limit, and closing ends it by its own
 * id. What the board sends is kept up to RECEIVED_MAX characters, the newest; control characters of flow control are
 * taken out.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { LineLost, PortRefused } from "./flash_error";

const CHILD = join(__dirname, "port_child.js");
const OPEN_LIMIT_MS = 20_000;
const RECEIVED_MAX = 65_536;
const FAULT_MAX = 200;
const XON = "\x11";
const XOFF = "\x13";

export class Link {
  private received = "";
  private ended: string | undefined;
  private wake: () => void = () => undefined;

  private constructor(
    private readonly child: ChildProcess,
    private readonly port: string,
  ) {}

  /** Opens `tcp://host:port` or a serial device. Rejects with a PortRefused. */
  public static open(port: string, baud_rate: number): Promise<Link> {
    const child = spawn(process.execPath, [CHILD, port, String(baud_rate)], { stdio: ["pipe", "pipe", "pipe"] });
    const link = new Link(child, port);
    return new Promise((resolve, reject) => {
      let said = "";
      let open = false;
      const refuse = (text: string): void => {
        clearTimeout(limit);
        link.ended ??= text;
        link.wake();
        if (!open) {
          link.close();
          reject(new PortRefused(`${port}: ${text} (is the board connected, and is this its port?)`));
        }
      };
      const limit = setTimeout(() => refuse(`cannot be opened within ${OPEN_LIMIT_MS / 1000} s`), OPEN_LIMIT_MS);
      child.stderr?.setEncoding("latin1").on("data", (text: string) => {
        said = (said + text).slice(-RECEIVED_MAX);
        const fault = /^@fault (.*)$/m.exec(said)?.[1];
        if (fault !== undefined) return refuse(printable(fault).slice(0, FAULT_MAX));
        if (/^@closed$/m.test(said)) return refuse("the other side has closed the connection");
        if (open || !/^@open$/m.test(said)) return;
        open = true;
        clearTimeout(limit);
        resolve(link);
      });
      child.stdout?.setEncoding("latin1").on("data", (text: string) => link.take(text));
      child.stdin?.on("error", () => undefined);
      child.on("error", (error) => refuse(error.message));
      child.on("close", () => refuse(open ? "the connection was lost" : "nothing answers there"));
    });
  }

  /** Characters 0 to 255. */
  public send(text: string): void {
    this.child.stdin?.write(Buffer.from(text, "latin1"));
  }

  /** Forgets what has come so far. */
  public forget(): void {
    this.received = "";
  }

  /**
   * The match of `wanted` in what comes, or undefined after `limit_ms`. What matched and all before it is forgotten.
   * Rejects with a LineLost when the connection ends first.
   */
  public async waitFor(wanted: RegExp, limit_ms: number): Promise<RegExpExecArray | undefined> {
    const end_ms = performance.now() + limit_ms;
    for (;;) {
      const match = wanted.exec(this.received);
      if (match !== null) {
        this.received = this.received.slice(match.index + match[0].length);
        return match;
      }
      if (this.ended !== undefined)
        throw new LineLost(`${this.port}: ${this.ended} (look at its cable and its power, then try again)`);
      const left_ms = end_ms - performance.now();
      if (left_ms <= 0) return undefined;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left_ms);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  public isEnded(): boolean {
    return this.ended !== undefined;
  }

  public close(): void {
    this.ended ??= "closed";
    this.child.kill("SIGKILL");
  }

  private take(text: string): void {
    const data = text.replaceAll(XON, "").replaceAll(XOFF, "");
    this.received = (this.received + data).slice(-RECEIVED_MAX);
    this.wake();
  }
}

/** Text of a board or a package, fit for a terminal. */
export function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?");
}
