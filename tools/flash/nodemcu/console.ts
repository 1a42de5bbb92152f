/**
 * NodeMCU's console (branch dev-esp32), as far as this tool speaks it; from components/lua/common/linput.c and
 * components/lua/lua-5.3/lua.c of github.com/nodemcu/nodemcu-firmware:
 *
 *   what comes is echoed; CR or LF ends a line, and an empty one is answered with a prompt
 *   a line of more than 255 characters loses its beginning
 *   a line that could be the beginning of a statement waits for the next one
 *   what a line prints comes back; an error comes as "Lua error: stdin:1: ..."
 *
 * A helper on the board calls a function and prints what it returns between marks with a number, which neither the echo
 * of the question nor an answer that came late can look like. The next line is sent only after the answer to the last.
 *
 * Nothing but the helpers is left on the board, in its memory, until it restarts; `cs=nil` in a question takes `cs` away.
 */
import { askService, ERROR_MAX, FIRMWARE_ANSWERS, NOTHING } from "../console";
import { FlashError } from "../flash_error";
import { printable, type Link } from "../link";

/** LUA_MAXINPUT is 256. */
const LINE_MAX = 250;
const ANSWER_LIMIT_MS = 10_000;
const GREETING_LIMIT_MS = 2_000;
const SETTLE_MS = 100;

/** A statement that somebody had begun is ended by what cannot be part of one; Ctrl-C is for a firmware on the line. */
const OPENINGS = ["\n", '\n"]])\n)\n', "\x03\x03\x03\n", "\n", "\x03\x03\x03\n", "\n"];

/** cs(n, f): what `f` returns, or why it did not. */
const HELPER =
  'function cs(n,f)local o,v=pcall(f)print((o and"<"or"<!")..n..">"..tostring(v).."</"..n..">")end collectgarbage()';

export class NodemcuConsole {
  private number = 0;

  public constructor(private readonly link: Link) {}

  /** Comes to terms with whatever is at the other end, also while it starts; false when no console answers. */
  public async greet(): Promise<boolean> {
    for (const opening of OPENINGS) {
      this.link.send(opening);
      await this.link.waitFor(NOTHING, SETTLE_MS);
      this.link.forget();
      this.tell(HELPER);
      try {
        if ((await this.tryAsk("1+1", GREETING_LIMIT_MS, "", FIRMWARE_ANSWERS)) === "2") return true;
      } catch (error) {
        if (this.link.isEnded()) throw error;
      }
    }
    return false;
  }

  /** The answer line of a firmware that holds the line, or undefined. */
  public askService(request: string): Promise<string | undefined> {
    return askService(this.link, request);
  }

  /** What `expression` is, after `statements`. Rejects with a FlashError. */
  public async ask(expression: string, statements = "", limit_ms = ANSWER_LIMIT_MS): Promise<string> {
    const answer = await this.tryAsk(expression, limit_ms, statements);
    if (answer === undefined) throw new FlashError(`the board does not answer within ${limit_ms / 1000} s (try again)`);
    return answer;
  }

  /** Sends a line that gives no answer. */
  public tell(statements: string): void {
    if (statements.length > LINE_MAX) throw new Error(`a console line of ${statements.length} characters is too long`);
    this.link.send(`${statements}\n`);
  }

  /** Undefined when nothing answers, or what comes matches `given_up`. */
  private async tryAsk(
    expression: string,
    limit_ms: number,
    statements = "",
    given_up = NOTHING.source,
  ): Promise<string | undefined> {
    this.number += 1;
    const { number } = this;
    this.tell(`cs(${number},function()${statements} return ${expression} end)`);
    const match = await this.link.waitFor(
      new RegExp(`<(!?)${number}>([\\s\\S]*?)</${number}>|Lua error: ([^\\r\\n]*)\\r?\\n|${given_up}`),
      limit_ms,
    );
    const fault = match?.[3] ?? (match?.[1] === "!" ? match[2] : undefined);
    if (fault !== undefined) throw new FlashError(`the board says: ${printable(fault).slice(0, ERROR_MAX)}`);
    return match?.[2];
  }
}
