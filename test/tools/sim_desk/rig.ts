/**
 * A session beside a desk, without a browser: what is asked, and what came of it.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FIRST_START_UTC_S } from "../../../sim/serve/first_scenario";
import type { Answer, DeskView, Request, State } from "../../../sim/serve/messages";
import { Session } from "../../../sim/serve/session";
import { openSessionDesk, type SessionDesk } from "../../../tools/sim_desk/desk";
import { decodeTelegram } from "../../../tools/sim_desk/telegrams";

export class Rig {
  readonly answers: Answer[] = [];
  private readonly page = (answer: Answer): void => void this.answers.push(answer);

  private constructor(
    readonly desk: SessionDesk,
    readonly session: Session,
    readonly folder: string,
  ) {}

  /** A meter in service, standing still ten seconds after its start. */
  static async open(): Promise<Rig> {
    const desk = await openSessionDesk(FIRST_START_UTC_S);
    const folder = mkdtempSync(join(tmpdir(), "curbstop-sim-desk-"));
    const rig = new Rig(desk, new Session(folder, undefined, undefined, { desk, decode: decodeTelegram }), folder);
    rig.session.join(rig.page);
    await rig.ask({ do: "speed", speed: 0 });
    await rig.pass(10_000);
    return rig;
  }

  close(): void {
    this.session.close();
    this.desk.close();
    rmSync(this.folder, { recursive: true });
  }

  ask(request: Request): Promise<void> {
    return this.session.ask(request, this.page);
  }

  pass(by_ms: number): Promise<void> {
    return this.ask({ do: "advance", by_ms });
  }

  last<Kind extends Answer["kind"]>(kind: Kind): Extract<Answer, { kind: Kind }> {
    const found = this.answers.filter((answer) => answer.kind === kind).at(-1);
    assert.ok(found, `an answer of the kind ${kind}`);
    return found as Extract<Answer, { kind: Kind }>;
  }

  get state(): State {
    return this.last("state").state;
  }

  get shown(): DeskView {
    return this.last("desk").desk;
  }

  get refusal(): string {
    return this.last("refused").text;
  }

  /** What a card comes to. */
  async holdUp(card: string): Promise<string> {
    await this.ask({ do: "card", card, copy: false, pull_bytes: null });
    await this.pass(5000);
    await this.ask({ do: "act", steps: [{ card: { out: true } }] });
    return this.state.texts.card;
  }

  /** What a token comes to. */
  async keyIn(digits: string): Promise<string> {
    await this.ask({ do: "act", steps: [{ keys: `${digits}#` }] });
    await this.pass(1000);
    return this.state.texts.token;
  }

  /** Whether the recording of all this gives the same trace without a page. */
  async replays(name: string): Promise<boolean> {
    await this.ask({ do: "record", name });
    return this.last("recorded").same;
  }
}
