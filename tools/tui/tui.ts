/**
 * The live meter in a terminal: keys, one by one, become what a page would ask of the same session, checked in the same
 * way (sim/serve/requests.ts). It draws a few times a second, and what has changed alone, for a line over SSH is slow.
 */
import { join } from "node:path";
import type { Answer, Request, StepBody } from "../../sim/serve/messages";
import { readRequest } from "../../sim/serve/requests";
import type { Session } from "../../sim/serve/session";
import { INSPECT_MAX_CHARACTERS } from "../../sim/serve/inspector";
import { inspectionText } from "../inspect/words";
import { saveText, type Output } from "../output";
import { Screen } from "../screen";
import type { Press, Terminal } from "../terminal";
import { learn, type Known } from "./known";
import { menuOf, type Item, type Manner, type Menu, type MenuName } from "./menus";
import { HELP, picture } from "./picture";
import { typed, type Prompt } from "./prompt";

const FRAME_MS = 80;
/** As on the page; 0 stands still, null is as fast as it goes. */
const SPEEDS = [1, 10, 60, 1000, null];
const FLOW_FIRST_L_H = 600;
const FLOW_STEP_L_H = 100;
const FLOW_MAX_L_H = 5000;
const SERVICE_MAX = 200;
const NAME_MAX = 40;
/** By how much the keys of a page move. */
const PAGE_ROWS = 5;

type PromptName = "record" | "service" | "inspect";

const STEPS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };
const MENUS: Readonly<Record<string, MenuName>> = {
  ...{ c: "cards", d: "draws", f: "faults", b: "snapshots", l: "scenarios" },
};

export class Tui {
  private known: Known | undefined;
  private flow_l_h = FLOW_FIRST_L_H;
  /** To which a pause goes back. */
  private last_speed: number | null = 1;
  private readonly manner: Manner = { is_copy: false, is_pulled: false };
  private log: "events" | "trace" = "events";
  private menu: { name: MenuName; chosen: number } | undefined;
  private prompt: { name: PromptName; line: Prompt } | undefined;
  private sheet: { lines: readonly string[]; first: number } | undefined;
  private recordings = 0;
  private timer: NodeJS.Timeout | undefined;
  private end: (error?: Error) => void = () => undefined;
  private readonly page = (answer: Answer): void => this.guarded(() => this.take(answer));

  constructor(
    private readonly session: Session,
    private readonly output: Output,
    private readonly terminal: Terminal,
    private readonly recordings_folder: string,
  ) {}

  /** Shows the meter until the person ends it; the terminal is as before, whatever happens. */
  async run(): Promise<void> {
    const screen = new Screen(this.output);
    const ended = new Promise<void>((done, fail) => {
      this.end = (error) => (error === undefined ? done() : fail(error));
    });
    // A defect that ends the process elsewhere must not leave a terminal without a cursor either.
    const restore = (): void => screen.close();
    process.once("exit", restore);
    this.draw_on = () => this.guarded(() => this.drawOn(screen));
    try {
      this.terminal.open({
        on_press: (press) => this.guarded(() => this.press(press)),
        on_resize: () => this.drawSoon(),
        on_gone: () => this.end(),
      });
      this.session.join(this.page);
      await ended;
    } finally {
      clearTimeout(this.timer);
      this.draw_on = () => undefined;
      this.session.leave(this.page);
      this.terminal.close();
      screen.close();
      process.off("exit", restore);
    }
  }

  private draw_on: () => void = () => undefined;

  private guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.end(error as Error);
    }
  }

  private take(answer: Answer): void {
    this.known = learn(this.known, answer);
    if (answer.kind === "inspected") this.sheet = { lines: inspectionText(answer.inspection).split("\n"), first: 0 };
    if (answer.kind === "bundle") this.saveBundle(answer);
    this.drawSoon();
  }

  private saveBundle({ name, text }: Extract<Answer, { kind: "bundle" }>): void {
    const file = join(this.recordings_folder, name);
    try {
      saveText(file, text);
      this.note(`saved ${file}`, false);
    } catch (error) {
      this.note((error as Error).message, true);
    }
  }

  private drawSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.draw_on();
    }, FRAME_MS);
  }

  private drawOn(screen: Screen): void {
    const { known, flow_l_h, log, sheet } = this;
    if (known === undefined) return;
    const shown = this.menuShown();
    const menu = shown === undefined ? undefined : { shown, chosen: this.menu?.chosen ?? 0 };
    const view = { known, flow_l_h, log, sheet, menu, prompt: this.prompt?.line };
    screen.draw(picture(view, this.output.size(), this.output.colors));
  }

  /** The open list as it is now; its chosen line stays inside of it. */
  private menuShown(): Menu | undefined {
    const { menu, known } = this;
    if (menu === undefined || known === undefined) return undefined;
    const shown = menuOf(menu.name, known, this.manner);
    menu.chosen = Math.max(0, Math.min(menu.chosen, shown.items.length - 1));
    return shown;
  }

  private ask(request: Request): void {
    const { known } = this;
    if (known !== undefined) this.note("", false);
    try {
      void this.session.ask(readRequest(JSON.stringify(request)), this.page);
    } catch (error) {
      this.note((error as Error).message, true);
    }
  }

  private act(...steps: StepBody[]): void {
    this.ask({ do: "act", steps });
  }

  private note(note: string, is_refusal: boolean): void {
    if (this.known !== undefined) this.known = { ...this.known, note, is_refusal };
    this.drawSoon();
  }

  private press(press: Press): void {
    this.drawSoon();
    const { key } = press;
    if (key === "ctrl-c") return this.end();
    if (this.prompt !== undefined) return this.pressInPrompt(press);
    if (this.menu !== undefined) return this.pressInMenu(key);
    if (this.sheet !== undefined) return this.pressInSheet(this.sheet, key);
    if (/^[0-9*#]$/.test(key)) return this.act({ keys: key });
    this.pressLetter(key.length === 1 ? key.toLowerCase() : key);
  }

  private pressLetter(key: string): void {
    if (STEPS_MS[key] !== undefined) return this.standAnd({ do: "advance", by_ms: STEPS_MS[key] });
    if (MENUS[key] !== undefined) {
      this.menu = { name: MENUS[key], chosen: 0 };
      return;
    }
    switch (key) {
      case " ":
        return this.ask({ do: "speed", speed: this.known?.state.speed === 0 ? this.last_speed : 0 });
      case "+":
      case "=":
        return this.changeSpeed(1);
      case "-":
        return this.changeSpeed(-1);
      case "n":
        return this.standAnd({ do: "next_event" });
      case "t":
        return this.ask({ do: "tap", flow_l_h: this.known?.state.tap_l_h === 0 ? this.flow_l_h : 0 });
      case "up":
        return this.changeFlow(FLOW_STEP_L_H);
      case "down":
        return this.changeFlow(-FLOW_STEP_L_H);
      default:
        return this.pressOther(key);
    }
  }

  private pressOther(key: string): void {
    switch (key) {
      case "o":
        return this.act({ card: { out: true } });
      case "k":
        return this.ask({ do: "snapshot" });
      case "r":
        return this.openPrompt("record", "name of the recording", `session-${this.recordings + 1}`, NAME_MAX);
      case "v":
        return this.openPrompt("service", "service port", "info", SERVICE_MAX);
      case "e":
        this.log = this.log === "events" ? "trace" : "events";
        return;
      case "i":
        return this.openPrompt("inspect", "paste a token, a telegram or a card image", "", INSPECT_MAX_CHARACTERS);
      case "w":
        return this.ask({ do: "bundle" });
      case "?":
        this.sheet = { lines: HELP, first: 0 };
        return;
      case "q":
        return this.end();
    }
  }

  /** A step is one of a meter that stands still. */
  private standAnd(request: Request): void {
    if (this.known?.state.speed !== 0) this.ask({ do: "speed", speed: 0 });
    this.ask(request);
  }

  private changeSpeed(by: number): void {
    const { speed = 1 } = this.known?.state ?? {};
    const place = SPEEDS.indexOf(speed === 0 ? this.last_speed : speed);
    const wanted = SPEEDS[Math.max(0, Math.min(place + by, SPEEDS.length - 1))];
    this.last_speed = wanted;
    this.ask({ do: "speed", speed: wanted });
  }

  private changeFlow(by_l_h: number): void {
    this.flow_l_h = Math.max(FLOW_STEP_L_H, Math.min(this.flow_l_h + by_l_h, FLOW_MAX_L_H));
    if (this.known?.state.tap_l_h !== 0) this.ask({ do: "tap", flow_l_h: this.flow_l_h });
  }

  private pressInMenu(key: string): void {
    const { menu } = this;
    const shown = this.menuShown();
    if (menu === undefined || shown === undefined) return;
    if (key === "escape" || key === "q" || shown.items.length === 0) {
      this.menu = undefined;
      return;
    }
    if (key === "up") menu.chosen--;
    else if (key === "down") menu.chosen++;
    else if (key === "pageup") menu.chosen -= PAGE_ROWS;
    else if (key === "pagedown") menu.chosen += PAGE_ROWS;
    else if (key === "return" || key === " ") this.choose(shown.items[menu.chosen]);
    this.menuShown();
  }

  /** Its lines move; any other key closes it. */
  private pressInSheet({ lines, first }: { lines: readonly string[]; first: number }, key: string): void {
    const by: Record<string, number> = { up: -1, down: 1, pageup: -PAGE_ROWS, pagedown: PAGE_ROWS };
    const moved = by[key];
    const to = Math.max(0, Math.min(first + (moved ?? 0), lines.length - 1));
    this.sheet = moved === undefined ? undefined : { lines, first: to };
  }

  private choose({ choose, stays }: Item): void {
    if (typeof choose === "string") this.manner[choose] = !this.manner[choose];
    else this.ask(choose);
    if (stays !== true) this.menu = undefined;
  }

  private openPrompt(name: PromptName, label: string, text: string, text_max: number): void {
    this.prompt = { name, line: { label, text, text_max } };
  }

  private pressInPrompt(press: Press): void {
    const { prompt } = this;
    if (prompt === undefined) return;
    if (press.key !== "escape" && press.key !== "return") {
      this.prompt = { ...prompt, line: typed(prompt.line, press) };
      return;
    }
    this.prompt = undefined;
    const { text } = prompt.line;
    if (press.key === "escape" || text === "") return;
    if (prompt.name === "service") return this.act({ service: text });
    if (prompt.name === "inspect") return this.ask({ do: "inspect", text, own_keys: true, key: "" });
    this.recordings++;
    this.ask({ do: "record", name: text });
  }
}
