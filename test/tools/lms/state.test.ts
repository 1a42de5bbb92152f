/**
 * The counter of used leaves: durable before a leaf signs, and refused where it may be old. What is not detected is here
 * too, so that nobody believes it is.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import sinon from "sinon";
import { verifyLms } from "../../../firmware/crypto/lms";
import { bytesText } from "../../../firmware/card/bytes";
import { leafOf } from "../../../tools/lms/key";
import * as ots from "../../../tools/lms/ots";
import { signMessage } from "../../../tools/lms/signer";
import { readState, writeFirstState } from "../../../tools/lms/state";
import { NODE_HASH } from "../../firmware/crypto/made_signatures";
import { refusal, temporaryFolder } from "../keys/samples";
import { SMALL, benchIn, type Bench } from "./samples";

const MESSAGE = Buffer.from("a litre costs less from tomorrow on");
const STEPS = ["openSync", "fchmodSync", "writeFileSync", "fsyncSync", "renameSync"] as const;

describe("state of a signing key", function () {
  const folder = temporaryFolder();
  let benches = 0;
  const newBench = () => benchIn(folder.file(`bench-${benches++}`), SMALL);
  const sign = async ({ key, places }: Bench): Promise<number> => (await signMessage(key, places, MESSAGE)).leaf;
  const signedOut = (bench: Bench, message: RegExp) =>
    assert.rejects(signMessage(bench.key, bench.places, MESSAGE), refusal("signing_state", message));

  it("goes from leaf to leaf, and each signature is good", async () => {
    const bench = await newBench();
    const public_key = [...Buffer.from(bench.key.public_key, "hex")];
    for (let turn = 0; turn < 5; turn++) {
      const { leaf, left, signature } = await signMessage(bench.key, bench.places, MESSAGE);
      assert.deepEqual([leaf, left, leafOf(signature)], [turn, 31 - turn, turn]);
      assert.equal(verifyLms(NODE_HASH, public_key, [...MESSAGE], bytesText([...signature])), true);
    }
  });

  it("ends after as many signatures as the tree has leaves", async () => {
    const bench = await newBench();
    for (let turn = 0; turn < 32; turn++) assert.equal(await sign(bench), turn);
    for (let turn = 0; turn < 2; turn++) {
      await assert.rejects(sign(bench), refusal("leaves_used_up", /all its 32 signatures \(curbstop keys rotate/));
    }
  });

  it("gives signers at the same time a leaf each", async () => {
    const bench = await newBench();
    const leaves = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(() => sign(bench)));
    assert.deepEqual(
      leaves.sort((one, other) => one - other),
      [0, 1, 2, 3, 4, 5, 6, 7],
    );
  });

  it("is on the disk in both places, forced there, before the leaf signs", async () => {
    const bench = await newBench();
    const calls: string[] = [];
    const box = sinon.createSandbox();
    const { places } = bench;
    try {
      for (const name of STEPS) {
        const real = fs[name] as (...words: unknown[]) => number;
        box.stub(fs, name as "openSync").callsFake((...words: unknown[]) => {
          if (name === "renameSync") calls.push(words[1] === places.record ? "record" : "counter");
          else if (name === "fsyncSync") calls.push("force");
          return real(...words);
        });
      }
      const real = ots.signLeaf;
      box.stub(ots, "signLeaf").callsFake((...words) => {
        calls.push("sign");
        return real(...words);
      });
      await sign(bench);
    } finally {
      box.restore();
    }
    // File forced, renamed, folder forced; twice; then the leaf.
    assert.deepEqual(calls, ["force", "record", "force", "force", "counter", "force", "sign"]);
  });

  it("a power cut at any step, and another at any step of the next try, never lets a leaf sign twice", async () => {
    const seen = new Set<string>();
    for (let first = 1; first <= 13; first++) {
      for (let second = 1; second <= 19; second += 6) {
        const bench = await newBench();
        const used: number[] = [await sign(bench)];
        for (const cut of [first, second]) used.push(...(await cutAt(bench, cut)));
        // Never refused afterwards: cuts are no copies.
        used.push(await sign(bench), await sign(bench));
        assert.equal(new Set(used).size, used.length, `cuts at ${first} and ${second}: leaves ${used.join(" ")}`);
        seen.add(String(used.length));
      }
    }
    // Twelve steps lead to a signature, six more mend what the first cut left: behind them, a leaf has signed.
    assert.ok(seen.has("3") && seen.size > 1, [...seen].join(" "));
  });

  /** Leaves that signed although the power was off from this step on. */
  async function cutAt(bench: Bench, cut: number): Promise<number[]> {
    const used: number[] = [];
    let calls = 0;
    const box = sinon.createSandbox();
    for (const name of STEPS) {
      const real = fs[name] as (...words: unknown[]) => number;
      box.stub(fs, name as "openSync").callsFake((...words: unknown[]) => {
        // The lock is taken by linking a file that is written first; it is not what is cut here.
        const is_state =
          name === "openSync" ? words[1] === "wx" : name !== "writeFileSync" || typeof words[0] === "number";
        if (!is_state) return real(...words);
        calls += 1;
        if (calls < cut) return real(...words);
        throw Object.assign(new Error("the power is off"), { code: "EIO" });
      });
    }
    const real = ots.signLeaf;
    box.stub(ots, "signLeaf").callsFake((...words) => {
      used.push(words[1]);
      return real(...words);
    });
    try {
      await sign(bench);
    } catch (error) {
      refusal("file", /cannot be written/)(error);
    } finally {
      box.restore();
    }
    return used;
  }

  describe("is refused, and the key with it,", () => {
    it("when the counter is an old copy", async () => {
      const bench = await newBench();
      const old = fs.readFileSync(bench.places.counter);
      await sign(bench);
      await sign(bench);
      fs.writeFileSync(bench.places.counter, old);
      await signedOut(bench, /counter is an old copy, 0 leaves used, and not 2 \(make a new one: curbstop keys rotate/);
    });

    it("when the record is an old copy", async () => {
      const bench = await newBench();
      const old = fs.readFileSync(bench.places.record);
      await sign(bench);
      fs.writeFileSync(bench.places.record, old);
      await signedOut(bench, /record is an old copy, 0 leaves used, and not 1/);
    });

    it("when one of both is missing, as on a machine to which a store was copied", async () => {
      const bench = await newBench();
      await sign(bench);
      const counter = fs.readFileSync(bench.places.counter);
      fs.rmSync(bench.places.counter);
      await signedOut(bench, /counter is missing/);
      fs.writeFileSync(bench.places.counter, counter, { mode: 0o600 });
      fs.rmSync(bench.places.record);
      await signedOut(bench, /record is missing, as when the store was copied from another machine/);
      fs.rmSync(bench.places.counter);
      await signedOut(bench, /is missing/);
    });

    it("when both were copied to another machine", async () => {
      const bench = await newBench();
      await sign(bench);
      const elsewhere = { ...bench, places: { ...bench.places, machine: "11".repeat(16) } };
      await signedOut(elsewhere, /copied from another machine/);
      assert.equal(await sign(bench), 1);
    });

    it("when two histories of it meet", async () => {
      const bench = await newBench();
      await sign(bench);
      const { counter, record } = bench.places;
      const [one, other] = [fs.readFileSync(counter), fs.readFileSync(record)];
      await sign(bench);
      const other_counter = fs.readFileSync(counter);
      // Both put back together: this is what cannot be seen by itself. Then one more signature, and the histories differ.
      fs.writeFileSync(counter, one);
      fs.writeFileSync(record, other);
      await sign(bench);
      fs.writeFileSync(counter, other_counter);
      await signedOut(bench, /different histories/);
    });

    it("when any byte of either is another", async () => {
      const bench = await newBench();
      await sign(bench);
      for (const file of [bench.places.counter, bench.places.record]) {
        const good = fs.readFileSync(file);
        for (let place = 0; place < good.length; place++) {
          const bad = Buffer.from(good);
          bad[place] ^= 1 << (place % 7);
          fs.writeFileSync(file, bad);
          assert.throws(() => readState(bench.places, bench.key), refusal("signing_state", /damaged/));
        }
        fs.writeFileSync(file, good);
      }
      assert.equal(await sign(bench), 1);
    });

    it("when it is another key's", async () => {
      const [bench, other] = [await newBench(), await newBench()];
      fs.copyFileSync(other.places.counter, bench.places.counter);
      fs.copyFileSync(other.places.record, bench.places.record);
      await signedOut(bench, /another key's/);
    });

    it("when a message shows that both files are old copies; without such a message it is not noticed", async () => {
      const bench = await newBench();
      const { key, places } = bench;
      const old = [places.counter, places.record].map((file) => [file, fs.readFileSync(file)] as const);
      await sign(bench);
      const seen_leaf = await sign(bench);
      for (const [file, bytes] of old) fs.writeFileSync(file, bytes);
      await assert.rejects(
        signMessage(key, places, MESSAGE, { seen_leaf }),
        refusal("signing_state", /would use leaf 0, and a message under leaf 1 is there already/),
      );
      assert.equal(readState(places, key).next, 0);
    });
  });

  it("shared by two copies of a store on one machine, never gives both a leaf, and refuses the one left behind", async () => {
    const bench = await newBench();
    const copied = { ...bench, places: { ...bench.places, counter: `${bench.places.counter}-copy` } };
    fs.copyFileSync(bench.places.counter, copied.places.counter);
    const leaves = [await sign(bench), await sign(copied), await sign(bench)];
    assert.deepEqual(leaves, [0, 1, 2]);
    await sign(bench);
    await signedOut(copied, /old copy/);
    assert.equal(await sign(bench), 4);
  });

  it("is not begun twice", async () => {
    const bench = await newBench();
    assert.throws(() => writeFirstState(bench.places, bench.key), /no state yet/);
  });

  it("leaves that are damaged, short or missing are made again, and sign as before", async () => {
    const bench = await newBench();
    const good = fs.readFileSync(bench.places.leaves);
    const damages: (() => void)[] = [
      () => fs.rmSync(bench.places.leaves),
      () => fs.writeFileSync(bench.places.leaves, good.subarray(0, 100)),
      () => fs.writeFileSync(bench.places.leaves, Buffer.concat([Buffer.from("00"), good.subarray(2)])),
      () => fs.writeFileSync(bench.places.leaves, "no leaves at all"),
    ];
    for (const [turn, damage] of damages.entries()) {
      damage();
      assert.equal(await sign(bench), turn);
      assert.deepEqual(fs.readFileSync(bench.places.leaves), good);
    }
  });
});
