/**
 * Terminal: the keyboard of a person, key by key, and a word when the window has another size. Tests hand in their own.
 */
import { emitKeypressEvents, type Key } from "node:readline";

export interface Press {
  /** A printable character, or the name of another key: "up", "return", "escape", "backspace", "ctrl-c". */
  readonly key: string;
  readonly is_character: boolean;
}

export interface Listener {
  on_press(press: Press): void;
  on_resize(): void;
  /** Whoever watched is gone, or a signal asks for the end. */
  on_gone(): void;
}

export interface Terminal {
  readonly tty: boolean;
  open(listener: Listener): void;
  /** Gives the keyboard back as it was. */
  close(): void;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Of what readline has made of the bytes; undefined for keys that have no name here. */
export function pressOf(text: string | undefined, { name, ctrl }: Key): Press | undefined {
  if (ctrl === true) return name === undefined ? undefined : { key: `ctrl-${name}`, is_character: false };
  if (text !== undefined && text.length === 1 && text >= " " && text !== "\x7f")
    return { key: text, is_character: true };
  if (name === "enter") return { key: "return", is_character: false };
  return name === undefined || name === "" ? undefined : { key: name, is_character: false };
}

/** This process's own terminal. */
export function processTerminal(): Terminal {
  const { stdin, stdout } = process;
  let close = (): void => undefined;
  const open = (listener: Listener): void => {
    const on_keypress = (text: string | undefined, key: Key): void => {
      const press = pressOf(text, key);
      if (press !== undefined) listener.on_press(press);
    };
    const on_resize = (): void => listener.on_resize();
    const on_gone = (): void => listener.on_gone();
    emitKeypressEvents(stdin);
    stdin.setRawMode(true);
    stdin.on("keypress", on_keypress).on("end", on_gone).on("error", on_gone).resume();
    // A terminal that is gone takes no more text; that is an end, and no defect.
    stdout.on("resize", on_resize).on("error", on_gone);
    for (const signal of SIGNALS) process.on(signal, on_gone);
    close = () => {
      for (const signal of SIGNALS) process.off(signal, on_gone);
      stdout.off("resize", on_resize);
      stdin.off("keypress", on_keypress).off("end", on_gone);
      if (!stdin.destroyed) stdin.setRawMode(false);
      stdin.pause();
      close = () => undefined;
    };
  };
  return { tty: stdin.isTTY && stdout.isTTY, open, close: () => close() };
}
