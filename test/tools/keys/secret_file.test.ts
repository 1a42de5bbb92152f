/**
 * Power cuts: every call that changes the disk is counted, and from the chosen one on none has an effect, as when the
 * machine is off; the one itself may have written a part.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import sinon from "sinon";
import { makeSecretFolder, readSecretFile, writeSecretFile } from "../../../tools/keys/secret_file";
import { refusal, temporaryFolder, writeClosed } from "./samples";

const MAX_BYTES = 100_000;
const OLD = "the old store\n";
const NEW = "the new store\n".repeat(500);
const STEPS = ["openSync", "fchmodSync", "writeFileSync", "fsyncSync", "renameSync", "rmSync"] as const;

const text = (file: string) => readSecretFile(file, MAX_BYTES)?.toString();

/** Calls of STEPS, in order; from the cut on they fail, as does everything that would tidy up. */
function cutAt(cut: number, torn: boolean): { calls: string[]; restore: () => void } {
  const calls: string[] = [];
  const box = sinon.createSandbox();
  for (const name of STEPS) {
    const real = fs[name] as (...words: unknown[]) => number;
    box.stub(fs, name as "openSync").callsFake((...words: unknown[]) => {
      const is_write = name !== "openSync" || words[1] === "wx";
      if (!is_write) return real(...words);
      calls.push(name);
      if (calls.length < cut) return real(...words);
      if (calls.length === cut && torn && name === "writeFileSync") real(words[0], NEW.slice(0, 100));
      throw Object.assign(new Error("the power is off"), { code: "EIO" });
    });
  }
  return { calls, restore: () => box.restore() };
}

describe("secret files", () => {
  const folder = temporaryFolder();

  it("are written for their owner alone, whatever the umask", () => {
    const before = process.umask(0);
    try {
      writeSecretFile(folder.file("umask"), NEW);
      makeSecretFolder(folder.file("a/b/c"));
    } finally {
      process.umask(before);
    }
    assert.equal(fs.statSync(folder.file("umask")).mode & 0o777, 0o600);
    for (const made of ["a", "a/b", "a/b/c"]) assert.equal(fs.statSync(folder.file(made)).mode & 0o777, 0o700);
    assert.equal(text(folder.file("umask")), NEW);
  });

  it("are replaced whole, with nothing left beside them", () => {
    const file = folder.file("whole");
    writeSecretFile(file, OLD);
    writeSecretFile(file, NEW);
    assert.equal(text(file), NEW);
    assert.deepEqual(
      fs.readdirSync(folder.path).filter((name) => name.includes("whole")),
      ["whole"],
    );
  });

  it("are forced to the disk before they are renamed, and their folder after", () => {
    const { calls, restore } = cutAt(Number.MAX_SAFE_INTEGER, false);
    try {
      writeSecretFile(folder.file("order"), NEW);
    } finally {
      restore();
    }
    assert.deepEqual(calls, ["openSync", "fchmodSync", "writeFileSync", "fsyncSync", "renameSync", "fsyncSync"]);
  });

  for (const torn of [false, true]) {
    it(`a power cut at any step of a write leaves the old file or the new one${torn ? " (torn write)" : ""}`, () => {
      const seen = new Set<string>();
      for (let cut = 1; cut <= 6; cut++) {
        const file = folder.file(`cut-${torn}-${cut}`);
        writeSecretFile(file, OLD);
        const { calls, restore } = cutAt(cut, torn);
        try {
          assert.throws(() => writeSecretFile(file, NEW), refusal("file", /cannot be written \(EIO\)/));
        } finally {
          restore();
        }
        assert.ok(calls.length >= cut);
        const left = text(file);
        assert.equal(left, cut <= 5 ? OLD : NEW, `step ${cut}`);
        seen.add(left);
        const others = fs.readdirSync(folder.path).filter((name) => name.startsWith(`.cut-${torn}-${cut}.new-`));
        for (const name of others) assert.equal(fs.statSync(folder.file(name)).mode & 0o077, 0, name);
        // The next writer is not disturbed by what was left, and removes it.
        writeSecretFile(file, NEW);
        assert.equal(text(file), NEW);
        assert.deepEqual(
          fs.readdirSync(folder.path).filter((name) => name.startsWith(`.cut-${torn}-${cut}`)),
          [],
        );
      }
      assert.deepEqual([...seen], [OLD, NEW]);
    });
  }

  it("leave nothing behind when the disk is full", () => {
    const file = folder.file("full");
    writeSecretFile(file, OLD);
    const stub = sinon.stub(fs, "fsyncSync").throws(Object.assign(new Error("full"), { code: "ENOSPC" }));
    try {
      assert.throws(() => writeSecretFile(file, NEW), refusal("file", /cannot be written \(ENOSPC\)/));
    } finally {
      stub.restore();
    }
    assert.equal(text(file), OLD);
    assert.deepEqual(
      fs.readdirSync(folder.path).filter((name) => name.startsWith(".full")),
      [],
    );
  });

  for (const mode of [0o640, 0o604, 0o620, 0o602, 0o644, 0o660, 0o666, 0o610, 0o777]) {
    it(`are refused with mode ${mode.toString(8)}, with what to do`, () => {
      const file = writeClosed(folder.file(`mode-${mode}`), OLD);
      fs.chmodSync(file, mode);
      assert.throws(
        () => text(file),
        refusal("too_open", new RegExp(`mode is ${mode.toString(8)} \\(chmod 600 ${file}\\)`)),
      );
    });
  }

  it("are refused in a folder where others can replace them, on reading and on writing", () => {
    fs.mkdirSync(folder.file("open"));
    const file = writeClosed(folder.file("open/store"), OLD);
    fs.chmodSync(folder.file("open"), 0o777);
    assert.throws(() => text(file), refusal("too_open", /others can replace files in its folder \(chmod go-w /));
    assert.throws(() => writeSecretFile(file, NEW), refusal("too_open"));
    fs.chmodSync(folder.file("open"), 0o1777);
    assert.equal(text(file), OLD);
  });

  it("are refused when another user owns them", function () {
    if (process.getuid?.() !== 0) return this.skip(); // Only root can give a file away.
    const file = writeClosed(folder.file("given"), OLD);
    fs.chownSync(file, 12_345, 12_345);
    assert.throws(() => text(file), refusal("too_open", /another user owns it/));
  });

  it("are judged at the end of a link, and replaced there", () => {
    const file = writeClosed(folder.file("target"), OLD);
    fs.symlinkSync(file, folder.file("link"));
    assert.equal(text(folder.file("link")), OLD);
    writeSecretFile(folder.file("link"), NEW);
    assert.equal(fs.lstatSync(folder.file("link")).isSymbolicLink(), true);
    assert.equal(text(file), NEW);
    fs.chmodSync(file, 0o644);
    assert.throws(() => text(folder.file("link")), refusal("too_open"));
  });

  it("are bounded, and are files: not folders, and not pipes that nobody writes", () => {
    const file = writeClosed(folder.file("long"), Buffer.alloc(MAX_BYTES + 1));
    assert.throws(() => text(file), refusal("damaged", /more than 100000 bytes/));
    assert.throws(() => text(folder.path), refusal("too_open", /not a file/));
    execFileSync("mkfifo", ["-m", "600", folder.file("pipe")]);
    assert.throws(() => text(folder.file("pipe")), refusal("too_open", /not a file/));
  });

  it("are missing where there are none, and cannot be written where there is no folder", () => {
    assert.equal(text(folder.file("nothing")), undefined);
    assert.throws(() => writeSecretFile(path.join(folder.path, "no", "such"), NEW), refusal("file", /ENOENT/));
  });
});
