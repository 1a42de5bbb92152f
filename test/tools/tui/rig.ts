/**
 * The live meter on a terminal that a test looks at and types on.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Session } from "../../../sim/serve/session";
import { inspect } from "../../../tools/inspect/inspect";
import type { Listener, Terminal } from "../../../tools/terminal";
import { Tui } from "../../../tools/tui/tui";
import { expect } from "../../sim/page/wait";
import { CapturedOutput } from "../captured_output";
import { TerminalModel } from "./terminal_model";

/** Output that a terminal model reads; its size can change. */
class Window extends CapturedOutput {
  written_bytes = 0;

  constructor(
    readonly model: TerminalModel,
    private now: { columns: number; rows: number },
  ) {
    super(true);
  }

  override out(text: string): void {
    this.written_bytes += text.length;
    this.model.take(text);
  }

  override size(): { columns: number; rows: number } {
    return this.now;
  }

  resize(columns: number, rows: number): void {
    this.now = { columns, rows };
    this.model.resize(columns, rows);
  }
}

export class Rig implements Terminal {
  readonly tty = true;
  readonly recordings = mkdtempSync(join(tmpdir(), "curbstop-tui-"));
  readonly session = new Session(this.recordings, undefined, undefined, { inspect });
  readonly model: TerminalModel;
  readonly window: Window;
  /** Whether the keyboard is taken at the moment. */
  is_open = false;
  readonly ended: Promise<void>;
  private listener: Listener | undefined;

  constructor(columns = 80, rows = 24) {
    this.model = new TerminalModel(columns, rows);
    this.window = new Window(this.model, { columns, rows });
    this.ended = new Tui(this.session, this.window, this, this.recordings).run();
  }

  open(listener: Listener): void {
    this.listener = listener;
    this.is_open = true;
  }

  close(): void {
    this.is_open = false;
  }

  /** Characters and names of keys, one after the other. */
  press(...keys: string[]): void {
    for (const key of keys) this.listener?.on_press({ key, is_character: key.length === 1 });
  }

  type(text: string): void {
    this.press(...Array.from(text));
  }

  resize(columns: number, rows: number): void {
    this.window.resize(columns, rows);
    this.listener?.on_resize();
  }

  hangUp(): void {
    this.listener?.on_gone();
  }

  async sees(words: string | RegExp): Promise<void> {
    const is_there = (): boolean => {
      const text = this.model.text();
      return typeof words === "string" ? text.includes(words) : words.test(text);
    };
    try {
      await expect("", () => Promise.resolve(is_there()));
    } catch {
      throw new Error(`never on the screen: ${String(words)}\n${this.model.text()}`);
    }
  }

  async leave(): Promise<void> {
    this.listener?.on_gone();
    await this.ended.catch(() => undefined);
    this.session.close();
    rmSync(this.recordings, { recursive: true });
  }
}
