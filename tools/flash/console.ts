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
/** No more than an empty line: Ctrl-C would stop a board in the middle of its start. */
export const GENTLE = ["\n"] as const;
/** Each takes a silent board some 4 s, and one with the whole firmware needs 13 to start. */
const START_TRIES = 4;
/**
 * For a firmware that holds the line; the second is for when its last words came after it had given the console, and the
 * third for a board that Ctrl-C has met in a loop: it may stand in Espruino's debugger, which the next Ctrl-C ends
 * (jspDebuggerLoopIfCtrlC, src/jsparse.c).
 */
export const FROM_FIRMWARE = ["\x03\x03\x03\n", "\n", "\x03\n"] as const;
const OPENINGS = [...GENTLE, ...FROM_FIRMWARE];
/**
 * What a firmware that holds the line says to what is meant for a console: as somebody's meter
 * (firmware/service/read_out.ts), and as nobody's, which says who it is to everything (firmware/program.ts).
 */
export const FIRMWARE_ANSWERS = "error unknown request|firmware=[ -~]+ meter=none";
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
        if ((await this.tryAsk("1+1", GREETING_LIMIT_MS, "", FIRMWARE_ANSWERS)) === "2") return true;
      } catch (error) {
        // What somebody had typed before may be answered with an error; only a lost connection ends the greeting.
        if (this.link.isEnded()) throw error;
      }
    }
    return false;
  }

  /**
   * Comes to terms with a board that may still be starting: Ctrl-C is sent only to one that has started, or that has said
   * nothing for longer than a start takes. `identity` is what a firmware said that held the line.
   */
  public async reach(tries = START_TRIES): Promise<{ answers: boolean; identity: string | undefined }> {
    for (let tried = 0; tried < tries; tried++) {
      if (await this.greet(GENTLE)) return { answers: true, identity: undefined };
      const identity = await this.askService("id");
      if (identity !== undefined) return { answers: await this.greet(FROM_FIRMWARE), identity };
    }
    return { answers: await this.greet(), identity: undefined };
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

  /** The value of `expression`; undefined when no answer comes. */
  public askOnce(expression: string, limit_ms: number): Promise<string | undefined> {
    return this.tryAsk(expression, limit_ms);
  }

  /** Sends a line that gives no answer. */
  public tell(statements: string): void {
    this.link.send(`\x10${statements}\n`);
  }

  /** Undefined when nothing answers, or what comes matches `given_up`. */
  private async tryAsk(
    expression: string,
    limit_ms: number,
    statements = "",
    given_up = NOTHING.source,
  ): Promise<string | undefined> {
    this.number += 1;
    const mark = `cs${this.number}`;
    const line = `\x10${statements}print("<"+"${mark}>"+(${expression})+"<"+"/${mark}>")\n`;
    if (line.length > LINE_MAX) throw new Error(`a console line of ${line.length} characters is too long`);
    this.link.send(line);
    const wanted = new RegExp(`<${mark}>([\\s\\S]*?)</${mark}>|Uncaught ([^\\r\\n]*)\\r?\\n|${given_up}`);
    const match = await this.link.waitFor(wanted, limit_ms);
    if (match?.[2] !== undefined) throw new FlashError(`the board says: ${printable(match[2]).slice(0, ERROR_MAX)}`);
    return match?.[1];
  }
}
