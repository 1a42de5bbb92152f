/**
 * Service line: a meter's service port (firmware/service/read_out.ts), one request at a time.
 *
 * A meter sends nothing by itself, so what comes before the answer is noise: the tail of a line, what an interpreter
 * says while it starts. An answer is known by the word it begins with. Requests change nothing and may be asked again.
 */
import { OWN_IDENTITY } from "../flash/board_state";
import { Console, GENTLE } from "../flash/console";
import { FlashError } from "../flash/flash_error";
import { Link, printable } from "../flash/link";

const ANSWER_LIMIT_MS = 4000;
const TRIES = 3;
/** A board needs some seconds from its power-up to its first answer. */
const FIRST_TRIES = 12;
/** So often the console is asked, which a board without a running meter has. */
const LOOK_TRIES = 3;
const FIRST_LIMIT_MS = 1500;
const LINE = /([ -~]{1,1200})\r?\n/;
const SHOWN_MAX = 120;

/** A firmware on the interpreter of another board touches nothing, not even the line (firmware/program.ts). */
const NOT_THIS_BOARD = " meter=none not_this_board";

/** What the answer to a request begins with. */
const BEGINNINGS = {
  id: "firmware=",
  read: "volume_l=",
  log: "event=",
  store: "storage=",
  months: "months=",
  hours: "from_utc_s=",
  selftest: "flow=",
  settings: "settings=",
} as const;

export type Request = keyof typeof BEGINNINGS;

/**
 * What the answer begins with. That to `log N` says N: a meter that was busy answers a question that was put again twice,
 * and the second answer is not that to the next question.
 */
function beginningOf(request: Request, argument: string): string {
  return request === "log" && argument !== "" ? `event=${argument} ` : BEGINNINGS[request];
}

function noMeter(identity: string): string {
  return `no meter runs on this board: ${printable(identity).slice(0, SHOWN_MAX)}`;
}

export class ServiceLine {
  private turn: Promise<unknown> = Promise.resolve();

  public constructor(private readonly link: Link) {}

  /** Opens the port and waits until a firmware answers. Rejects with a FlashError. */
  public static async open(port: string, baud_rate: number): Promise<ServiceLine> {
    const line = new ServiceLine(await Link.open(port, baud_rate));
    try {
      await line.identify(port);
      return line;
    } catch (error) {
      line.close();
      throw error;
    }
  }

  /** What the firmware says it is, once it answers. */
  public async identify(port: string): Promise<string> {
    for (let tries = 1; tries <= FIRST_TRIES; tries++) {
      // An empty line first: what somebody had typed before is no part of the request.
      const answer = await this.tryOnce("\nid", BEGINNINGS.id, FIRST_LIMIT_MS);
      if (answer?.startsWith(BEGINNINGS.id) === true) return answer;
      const why = tries % LOOK_TRIES === 0 ? await this.whyNoMeter() : "";
      if (why !== "") throw new FlashError(`${port}: ${why}`);
    }
    throw new FlashError(`${port}: no meter answers on this line (is it on, and the line speed right?)`);
  }

  /** What an Espruino says at its console, which answers when its start is over and no firmware has the line; or "". */
  private async whyNoMeter(): Promise<string> {
    const console = new Console(this.link);
    if (!(await console.greet(GENTLE))) return "";
    const identity = await console.ask(OWN_IDENTITY);
    if (identity === "") return "no Curbstop firmware runs on this board (curbstop flash brings it there)";
    if (identity.endsWith(NOT_THIS_BOARD)) return `${noMeter(identity)} (curbstop flash, with the board's own name)`;
    return "the console has the line, and no meter answers (restart the board)";
  }

  /** The answer to a request, or undefined where the meter says that it has no such thing. */
  public async ask(request: Request, argument = ""): Promise<string | undefined> {
    const words = argument === "" ? request : `${request} ${argument}`;
    for (let tries = 0; tries < TRIES; tries++) {
      const answer = await this.inTurn(() => this.tryOnce(words, beginningOf(request, argument), ANSWER_LIMIT_MS));
      if (answer === undefined) continue;
      if (answer.startsWith("error unknown request"))
        throw new FlashError(`the meter's firmware does not know \`${words}\` (curbstop flash brings a newer one)`);
      return answer.startsWith("error ") ? undefined : answer;
    }
    throw new FlashError(`the meter does not answer \`${words}\` (is the line still connected?)`);
  }

  /** Whatever a person types, and the line that comes back. */
  public async say(words: string): Promise<string | undefined> {
    return this.inTurn(() => this.tryOnce(words, "", ANSWER_LIMIT_MS));
  }

  public close(): void {
    this.link.close();
  }

  private async inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = this.turn.then(work);
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  private async tryOnce(words: string, beginning: string, limit_ms: number): Promise<string | undefined> {
    this.link.forget();
    this.link.send(`${words}\n`);
    const end_ms = performance.now() + limit_ms;
    for (let left_ms = limit_ms; left_ms > 0; left_ms = end_ms - performance.now()) {
      const line = (await this.link.waitFor(LINE, left_ms))?.[1];
      if (line === undefined) return undefined;
      if (line.startsWith(beginning)) return line;
      // Without a meter every request is answered with the firmware's own name, and why there is none.
      if (/^firmware=.* meter=none /.test(line)) throw new FlashError(`${noMeter(line)} (curbstop provision)`);
      if (line.startsWith("error ") && !words.startsWith("\n")) return line;
    }
    return undefined;
  }
}
