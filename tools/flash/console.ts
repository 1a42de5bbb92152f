/**
 * Espruino's console, as far as this tool speaks it (https://www.espruino.com/Interfacing):
 *
 *   a line that begins with DLE (16) is run without being echoed
 *   Ctrl-C (3) clears a line that was left unfinished; it also interrupts what runs, so it is only the second try
 *   what a line prints comes back; an error comes as "Uncaught ..."
 *
 * Every question prints its answer between marks with a number of its own, which the source text spells in two halves,
 * so that neither an echo nor an answer that came late can be taken for it. A line stays below the 1,024 characters that
 * the smallest boards keep of their input, and the next is sent only after the answer to the last: no line is ever lost
 * for want of flow control.
 *
 * Where the firmware itself holds the line (the service port), it hands it back after three Ctrl-C, if its case is open.
 */
import { FlashError } from "./flash_error";
import { printable, type Link } from "./link";

const LINE_MAX = 1000;
const ANSWER_LIMIT_MS = 10_000;
const GREETING_LIMIT_MS = 2_000;
const SETTLE_MS = 100;
/** The gentle one first. */
const OPENINGS = ["\n", "\x03\n", "\x03\x03\x03\n"] as const;
/** Matches no answer. */
export const NOTHING = /(?!)/;
/** Of what a board says is wrong, so much is shown. */
export const ERROR_MAX = 160;

/** The answer line of a firmware that holds the line, or undefined. */
export async function askService(link: Link, request: string): Promise<string | undefined> {
  link.forget();
  link.send(`\n${request}\n`);
  const match = await link.waitFor(/(firmware=[ -~]{1,300})\r?\n/, GREETING_LIMIT_MS);
  return match?.[1];
}

export class Console {
  private number = 0;

  public constructor(private readonly link: Link) {}

  /** Comes to terms with whatever is at the other end; false when no console answers. */
  public async greet(openings: readonly string[] = OPENINGS): Promise<boolean> {
    for (const opening of openings) {
      this.link.send(opening);
      await this.link.waitFor(NOTHING, SETTLE_MS);
      this.link.forget();
      try {
        if ((await this.tryAsk("1+1", GREETING_LIMIT_MS)) === "2") return true;
      } catch (error) {
        // What somebody had typed before may be answered with an error; only a lost connection ends the greeting.
        if (this.link.isEnded()) throw error;
      }
    }
    return false;
  }

  /** The answer line of a firmware that holds the line, or undefined. */
  public askService(request: string): Promise<string | undefined> {
    return askService(this.link, request);
  }

  /** Runs `statements`, then prints the value of `expression`; its text. Rejects with a FlashError. */
  public async ask(expression: string, statements = "", limit_ms = ANSWER_LIMIT_MS): Promise<string> {
    const answer = await this.tryAsk(expression, limit_ms, statements);
    if (answer === undefined) throw new FlashError(`the board does not answer within ${limit_ms / 1000} s (try again)`);
    return answer;
  }

  /** The same for a value that is made of plain data. */
  public async askValue(expression: string, statements = ""): Promise<unknown> {
    const text = await this.ask(`JSON.stringify(${expression})`, statements);
    if (text === "undefined") return undefined;
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw new FlashError(`the board's answer is not to be read: ${printable(text).slice(0, ERROR_MAX)}`);
    }
  }

  /** Sends a line that gives no answer. */
  public tell(statements: string): void {
    this.link.send(`\x10${statements}\n`);
  }

  private async tryAsk(expression: string, limit_ms: number, statements = ""): Promise<string | undefined> {
    this.number += 1;
    const mark = `cs${this.number}`;
    const line = `\x10${statements}print("<"+"${mark}>"+(${expression})+"<"+"/${mark}>")\n`;
    if (line.length > LINE_MAX) throw new Error(`a console line of ${line.length} characters is too long`);
    this.link.send(line);
    const wanted = new RegExp(`<${mark}>([\\s\\S]*?)</${mark}>|Uncaught ([^\\r\\n]*)\\r?\\n`);
    const match = await this.link.waitFor(wanted, limit_ms);
    if (match?.[2] !== undefined) throw new FlashError(`the board says: ${printable(match[2]).slice(0, ERROR_MAX)}`);
    return match?.[1];
  }
}
