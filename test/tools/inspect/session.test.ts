/**
 * The inspector behind a live meter: with the keys of that meter it opens what the meter has sent and was given.
 */
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import type { Answer, Inspection } from "../../../sim/serve/messages";
import { Session } from "../../../sim/serve/session";
import { inspect } from "../../../tools/inspect/inspect";

class Bench {
  readonly answers: Answer[] = [];
  readonly session = new Session(tmpdir(), undefined, undefined, { inspect });
  private readonly page = (answer: Answer): void => void this.answers.push(answer);

  async load(scenario: string, hours: number): Promise<void> {
    this.session.join(this.page);
    await this.session.ask({ do: "speed", speed: 0 }, this.page);
    await this.session.ask({ do: "load", scenario }, this.page);
    await this.session.ask({ do: "advance", by_ms: hours * 3_600_000 + 500 }, this.page);
  }

  async inspected(text: string, own_keys: boolean, key = ""): Promise<Inspection | string> {
    await this.session.ask({ do: "inspect", text, own_keys, key }, this.page);
    const last = this.answers.filter(({ kind }) => kind === "inspected" || kind === "refused").at(-1);
    assert.ok(last?.kind === "inspected" || last?.kind === "refused");
    return last.kind === "inspected" ? last.inspection : last.text;
  }

  lines(): string[] {
    return this.answers.flatMap((answer) => (answer.kind === "state" ? answer.lines : []));
  }
}

function told(inspection: Inspection | string): Inspection {
  if (typeof inspection === "string") throw new Error(inspection);
  return inspection;
}

describe("the inspector behind a live meter", () => {
  let bench: Bench;
  beforeEach(() => (bench = new Bench()));
  afterEach(() => bench.session.close());

  it("opens a telegram that the meter has sent with the meter's own key, and not without", async () => {
    await bench.load("radio.json", 1);
    const sent = bench.lines().find((line) => line.includes('"port":"radio","send_bytes"')) ?? "{}";
    const { frame } = JSON.parse(sent) as { frame: string };
    const closed = told(await bench.inspected(frame, false));
    assert.deepEqual([closed.problem, closed.unchecked], ["", ["telegram_content"]]);
    const open = told(await bench.inspected(frame, true));
    assert.deepEqual([open.problem, open.unchecked], ["", []]);
    const fields = Object.fromEntries(open.sections.flatMap(({ rows }) => rows));
    assert.match(fields.security, /MAC holds: genuine/);
    assert.equal(fields.meter, "curbstop");
    assert.ok(fields.total_m3 !== undefined);
  });

  it("takes a key that was typed before that of its meter, and refuses what is none without showing it", async () => {
    await bench.load("radio.json", 1);
    const sent = bench.lines().find((line) => line.includes('"port":"radio","send_bytes"')) ?? "{}";
    const { frame } = JSON.parse(sent) as { frame: string };
    const other = told(await bench.inspected(frame, true, "00".repeat(16)));
    assert.match(other.problem, /MAC does not hold/);
    const refusal = await bench.inspected(frame, true, "00ff");
    assert.equal(refusal, "a key has 32 hexadecimal digits (type it again)");
  });

  it("opens a token that the meter was given", async () => {
    await bench.load("tokens.json", 6);
    const pressed = bench
      .lines()
      .filter((line) => line.includes('"port":"keypad"'))
      .map((line) => (JSON.parse(line) as { key: string }).key)
      .join("");
    const digits = [...pressed.matchAll(/(\d{20})#/g)].map(([, token]) => token).at(-1) ?? "";
    assert.deepEqual(told(await bench.inspected(digits, false)).unchecked, ["token_content"]);
    const open = told(await bench.inspected(digits, true));
    const fields = Object.fromEntries(open.sections.flatMap(({ rows }) => rows));
    assert.deepEqual([open.problem, open.unchecked, fields.kind], ["", ["token_history"], "credit"]);
    assert.equal(fields["amount milli"], "46384");
  });

  it("says so where no inspector is", async () => {
    const session = new Session(tmpdir());
    const answers: Answer[] = [];
    await session.ask({ do: "inspect", text: "x", own_keys: true, key: "" }, (answer) => answers.push(answer));
    session.close();
    assert.match(JSON.stringify(answers), /this session has no inspector \(use curbstop inspect\)/);
  });
});
