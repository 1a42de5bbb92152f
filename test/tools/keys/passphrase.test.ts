import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { PassThrough } from "node:stream";
import { askHidden, readPassphrase, type Terminal } from "../../../tools/keys/passphrase";
import { refusal, temporaryFolder, writeClosed } from "./samples";

const WANTED = { of: "the key store x", fresh: false, options: "--passphrase-file or --passphrase-fd" };
const FRESH = { ...WANTED, fresh: true };

/** A terminal on which someone types these chunks, each after the last question. */
class Keyboard implements Terminal {
  shown = "";
  readonly modes: boolean[] = [];
  readonly input = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (raw: boolean) => this.modes.push(raw),
  });
  constructor(private readonly chunks: (string | Buffer)[]) {}

  write(text: string): void {
    this.shown += text;
    if (!text.endsWith(": ")) return;
    const chunk = this.chunks.shift();
    if (chunk !== undefined) this.input.write(chunk);
  }
}

const typed = async (...chunks: (string | Buffer)[]) =>
  (await askHidden("Passphrase: ", new Keyboard(chunks))).buffer().toString();

describe("passphrase", () => {
  const folder = temporaryFolder();
  const nobody: Terminal = { input: Object.assign(new PassThrough(), { isTTY: false }), write: () => undefined };
  const text = async (source: { file?: string; fd?: number }, wanted = WANTED) =>
    (await readPassphrase(source, wanted, nobody)).buffer().toString();

  it("is typed with nothing of it shown, and the terminal is as it was afterwards", async () => {
    const keyboard = new Keyboard(["correct horse\r"]);
    assert.equal((await askHidden("Passphrase: ", keyboard)).buffer().toString(), "correct horse");
    assert.equal(keyboard.shown, "Passphrase: \n");
    assert.deepEqual(keyboard.modes, [true, false]);
    assert.equal(keyboard.input.listenerCount("data"), 0);
    assert.equal(keyboard.input.isPaused(), true);
  });

  it("can be corrected while it is typed; cursor keys are no part of it", async () => {
    assert.equal(await typed("abx\u007fc\r"), "abc");
    assert.equal(await typed("ab\u{1F600}\bc\r"), "abc");
    assert.equal(await typed("wrong\u0015right\n"), "right");
    assert.equal(await typed("a\u001b[Ab\u001bOPc\u001b[1;5Dd\r"), "abcd");
  });

  it("is the same bytes however an accent was typed, and over chunks", async () => {
    assert.equal(await typed("cafe\u0301\r"), "caf\u00e9");
    const keyboard = new Keyboard([Buffer.from([0x61, 0xc3])]);
    const asked = askHidden("Passphrase: ", keyboard);
    setImmediate(() => keyboard.input.write(Buffer.from([0xa9, 0x0d])));
    assert.equal((await asked).buffer().toString(), "a\u00e9");
  });

  it("is given up with Ctrl-C or Ctrl-D", async () => {
    for (const key of ["\u0003", "\u0004"]) {
      const keyboard = new Keyboard([`half${key}`]);
      await assert.rejects(askHidden("Passphrase: ", keyboard), refusal("cancelled"));
      assert.deepEqual(keyboard.modes, [true, false]);
    }
  });

  it("is asked for twice when it is new, and must be the same and long enough", async () => {
    const read = (...chunks: string[]) => readPassphrase({}, FRESH, new Keyboard(chunks));
    const pasted = await read("correct horse\rcorrect horse\r");
    assert.equal(pasted.buffer().toString(), "correct horse");
    await read("correct horse\r", "correct horse\r");
    await assert.rejects(read("correct horse\r", "correct house\r"), refusal("passphrase", /not the same/));
    await assert.rejects(read("elevenchars\r"), refusal("passphrase", /12 characters at least/));
    await assert.rejects(read("\r"), refusal("passphrase", /empty/));
    const keyboard = new Keyboard(["short\r"]);
    assert.equal((await readPassphrase({}, WANTED, keyboard)).length, 5);
    assert.equal(keyboard.shown, "Passphrase of the key store x: \n");
  });

  it("is not asked for where nobody can type it", async () => {
    await assert.rejects(text({}), refusal("passphrase", /give --passphrase-file or --passphrase-fd/));
    await assert.rejects(text({ file: "x", fd: 3 }), refusal("passphrase", /^give one of/));
  });

  it("is one line of a file that only its owner can read", async () => {
    const file = writeClosed(folder.file("phrase"), "correct horse battery\n");
    assert.equal(await text({ file }, FRESH), "correct horse battery");
    fs.writeFileSync(file, "correct horse battery");
    assert.equal(await text({ file }), "correct horse battery");
    fs.chmodSync(file, 0o640);
    await assert.rejects(text({ file }), refusal("too_open", /chmod 600/));
    await assert.rejects(text({ file: folder.file("none") }), refusal("file", /there is no such file/));
  });

  it("is refused when it is empty, two lines, no text, too long or, when new, too short", async () => {
    const bad: [string | Buffer, RegExp][] = [
      ["", /empty/],
      ["\n", /empty/],
      ["one\ntwo\n", /not one line/],
      ["one\r\n", /not one line/],
      ["a\u0000b", /not one line/],
      [Buffer.from([0xff, 0xfe]), /not UTF-8/],
    ];
    for (const [content, message] of bad) {
      const file = writeClosed(folder.file("bad"), content);
      await assert.rejects(text({ file }), refusal("passphrase", message));
    }
    const file = writeClosed(folder.file("bad"), "x".repeat(1025));
    await assert.rejects(text({ file }), refusal("damaged", /more than 1024 bytes/));
    fs.writeFileSync(file, "elevenchars");
    await assert.rejects(text({ file }, FRESH), refusal("passphrase", /12 characters/));
  });

  it("is a line of a file descriptor, after which the next line can be read", async () => {
    const file = writeClosed(folder.file("lines"), "the first one\nthe second one");
    const fd = fs.openSync(file, "r");
    try {
      assert.equal(await text({ fd }, FRESH), "the first one");
      assert.equal(await text({ fd }, FRESH), "the second one");
      await assert.rejects(text({ fd }), refusal("passphrase", /empty/));
    } finally {
      fs.closeSync(fd);
    }
    await assert.rejects(text({ fd: 999 }), refusal("passphrase", /file descriptor 999 cannot be read \(EBADF\)/));
  });

  it("of more than 1024 bytes is not read on from a descriptor that never ends", async () => {
    const fd = fs.openSync("/dev/zero", "r");
    try {
      await assert.rejects(text({ fd }), refusal("passphrase", /1024 bytes at most/));
    } finally {
      fs.closeSync(fd);
    }
  });

  it("is read from a pipe, as scripts give it", () => {
    const code = `
      require(${JSON.stringify(require.resolve("../../../tools/load_typescript.js"))});
      const { readPassphrase } = require(${JSON.stringify(require.resolve("../../../tools/keys/passphrase"))});
      const wanted = ${JSON.stringify(WANTED)};
      readPassphrase({ fd: 0 }, wanted, {}).then((secret) => process.exit(secret.buffer().toString() === "a b" ? 7 : 8));`;
    assert.equal(spawnSync(process.execPath, ["-e", code], { input: "a b\n" }).status, 7);
  });
});
