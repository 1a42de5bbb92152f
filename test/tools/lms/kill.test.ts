/**
 * Signers that are killed at any moment, two at a time on one key: no leaf ever signs two messages, and a key whose signer
 * was killed goes on. 200 kills with CURBSTOP_LONG=1.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import type { Readable } from "node:stream";
import { signMessage } from "../../../tools/lms/signer";
import { readState } from "../../../tools/lms/state";
import { temporaryFolder } from "../keys/samples";
import { compileInto, nodePath } from "./compiled";
import { LARGE, benchIn, keyText, type Bench } from "./samples";

const KILLS = process.env["CURBSTOP_LONG"] === "1" ? 200 : 10;
/** Signatures a child makes before it is killed, and time into the next one: a signature takes some milliseconds. */
const SIGNATURES_MAX = 20;
const LIVES_ON_MAX_MS = 40;
const USED_UP = 3;
/** Leaves left for the last signature of the test itself. */
const SPARE = 100;

/** Waits for so many lines: the first says that the child is loaded, each other one that it has signed. */
async function linesOf(stream: Readable, lines: number): Promise<void> {
  let heard = 0;
  await new Promise<void>((resolve) => {
    stream.on("data", (chunk: Buffer) => {
      heard += chunk.toString().split("\n").length - 1;
      if (heard >= lines) resolve();
    });
  });
}

describe("a signer that is killed", function () {
  this.timeout(600_000);
  const folder = temporaryFolder();
  let script = "";

  before("compile the child", () => {
    script = compileInto(folder.file("compiled"), path.join(__dirname, "sign_child.ts"));
  });

  interface Field extends Bench {
    readonly key_file: string;
    readonly output: string;
  }

  let fields = 0;
  async function newField(): Promise<Field> {
    const home = folder.file(`key-${fields++}`);
    const bench = await benchIn(home, LARGE);
    const key_file = path.join(home, "key.json");
    fs.writeFileSync(key_file, keyText(bench), { mode: 0o600 });
    const output = path.join(home, "signed");
    fs.writeFileSync(output, "");
    return { ...bench, key_file, output };
  }

  /** Starts a child, lets it sign, kills it. It must not have ended before, but for want of leaves. */
  async function killOne({ key_file, output }: Field): Promise<void> {
    const child = spawn(process.execPath, [script, key_file, output], {
      env: { ...process.env, NODE_PATH: nodePath() },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let words = "";
    child.stderr.on("data", (chunk: Buffer) => (words += chunk.toString()));
    const ended = once(child, "exit") as Promise<[number | null, string | null]>;
    const lines = 1 + randomInt(SIGNATURES_MAX + 1);
    await Promise.race([linesOf(child.stdout, lines), ended]);
    await new Promise((resolve) => setTimeout(resolve, randomInt(LIVES_ON_MAX_MS)));
    child.kill("SIGKILL");
    const [code, signal] = await ended;
    assert.ok(signal === "SIGKILL" || code === USED_UP, `a signer ended by itself, ${code ?? ""}: ${words}`);
  }

  /** Leaves of all signatures that came out, each once. */
  function leavesIn({ output }: Field): number[] {
    const lines = fs
      .readFileSync(output, "utf8")
      .split("\n")
      .filter((line) => line !== "");
    const messages = new Map<number, string>();
    for (const line of lines) {
      const [leaf, digest, in_signature] = line.split(" ");
      assert.equal(in_signature, leaf, line);
      assert.equal(
        messages.has(Number(leaf)),
        false,
        `leaf ${leaf} signed ${messages.get(Number(leaf))} and ${digest}`,
      );
      messages.set(Number(leaf), digest);
    }
    return [...messages.keys()];
  }

  it(`${KILLS} times never uses a leaf twice, and the key goes on`, async () => {
    const all: Field[] = [await newField()];
    for (let kills = 0; kills < KILLS; kills += 2) {
      const field = all[all.length - 1];
      await Promise.all([killOne(field), killOne(field)]);
      if (readState(field.places, field.key).next > 1024 - SPARE) all.push(await newField());
    }
    let signatures = 0;
    let given_up = 0;
    for (const field of all) {
      const leaves = leavesIn(field);
      const { next } = readState(field.places, field.key);
      assert.ok(leaves.every((leaf) => leaf < next));
      signatures += leaves.length;
      given_up += next - leaves.length;
      // The next signature is under a leaf that none of them had.
      const { leaf } = await signMessage(field.key, field.places, Buffer.from("after all"));
      assert.equal(leaf, next);
    }
    // Otherwise the children were killed before they signed, and nothing was shown.
    assert.ok(signatures >= KILLS, `${signatures} signatures came out, ${given_up} leaves were given up`);
    // A kill gives up one leaf at most.
    assert.ok(given_up <= KILLS, `${given_up} leaves given up by ${KILLS} kills`);
  });
});
