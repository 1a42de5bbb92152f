import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { claimOn, withLock } from "../../../tools/keys/lock";
import { LOADER } from "../../typescript_child";
import { refusal, temporaryFolder } from "./samples";

const CHILD = path.join(__dirname, "lock_child.ts");

function child(...words: string[]): ChildProcess {
  const args = [...LOADER, CHILD, ...words];
  return spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
}

describe("lock of a store", function () {
  const folder = temporaryFolder();
  const done = () => Promise.resolve("done");

  function lockOf(name: string, holder: object | string): string {
    const file = folder.file(name);
    fs.writeFileSync(`${file}.lock`, typeof holder === "string" ? holder : JSON.stringify(holder));
    return file;
  }

  it("lets writers in one after another, from several processes", async () => {
    const file = folder.file("count");
    fs.writeFileSync(file, "0");
    const children = [1, 2, 3].map(() => child("count", file, "20"));
    const codes = await Promise.all(children.map((one) => once(one, "exit")));
    assert.deepEqual(
      codes.map(([code]) => code as unknown),
      [0, 0, 0],
    );
    assert.equal(fs.readFileSync(file, "utf8"), "60");
    assert.deepEqual(
      fs.readdirSync(folder.path).filter((name) => name.includes("lock")),
      [],
    );
  });

  it("is let go when the work fails", async () => {
    const file = folder.file("fails");
    await assert.rejects(
      withLock(file, () => Promise.reject(new Error("no")), 0),
      /^Error: no$/,
    );
    assert.equal(await withLock(file, done, 0), "done");
  });

  it("is waited for, but not for ever; the message says who holds it", async () => {
    const file = folder.file("held");
    const holder = child("hold", file);
    await once(holder.stdout!, "data");
    const refused = refusal("locked", new RegExp(`process ${holder.pid} is writing it .*remove ${file}\\.lock\\)$`));
    await assert.rejects(withLock(file, done, 200), refused);
    // Killed, it can let nothing go; the next writer sees that it is dead.
    holder.kill("SIGKILL");
    await once(holder, "exit");
    assert.equal(await withLock(file, done, 200), "done");
  });

  it("is broken after a reboot, when another process has the number of the dead one", async () => {
    const file = lockOf("reboot", { pid: process.pid, host: os.hostname(), boot: "another boot" });
    assert.equal(await withLock(file, done, 0), "done");
  });

  it("is kept when it is another machine's, whose processes cannot be seen", async () => {
    const file = lockOf("far", { pid: 1, host: "elsewhere", boot: "" });
    await assert.rejects(withLock(file, done, 0), refusal("locked", /process 1 is writing it/));
  });

  it("leaves the draft of another machine's process alone, which has the same number", async () => {
    const file = folder.file("shared");
    const draft = `${file}.lock.${process.pid}`;
    fs.writeFileSync(draft, "another's");
    assert.equal(await withLock(file, done, 0), "done");
    assert.equal(fs.readFileSync(draft, "utf8"), "another's");
  });

  it("is kept when its text says nothing, and the message says what to remove", async () => {
    for (const text of ["", "{", "[]", '{"pid":-1,"host":"x","boot":""}', "x".repeat(5000)]) {
      const file = lockOf("odd", text);
      await assert.rejects(withLock(file, done, 0), refusal("locked", /someone is writing it .*remove .*odd\.lock\)/));
    }
  });

  const dead = (once: string) => JSON.stringify({ pid: process.pid, host: os.hostname(), boot: "another boot", once });
  const living = JSON.stringify({ pid: process.ppid, host: os.hostname(), boot: "" });
  const leftIn = (name: string) => fs.readdirSync(folder.path).filter((one) => one.startsWith(name));

  it("is not broken by two at once: who finds one breaking waits", async () => {
    const file = lockOf("breaking", dead("1"));
    const boot = fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const claim = claimOn(`${file}.lock`, dead("1"));
    fs.writeFileSync(claim, living.replace('"boot":""', `"boot":"${boot}"`));
    await assert.rejects(withLock(file, done, 0), refusal("locked", /is writing it/));
    fs.rmSync(claim);
    assert.equal(await withLock(file, done, 0), "done");
    assert.deepEqual(leftIn("breaking"), []);
  });

  it("is broken though those who were breaking it were killed, one after the other", async () => {
    const file = lockOf("broken", dead("1"));
    fs.writeFileSync(claimOn(`${file}.lock`, dead("1")), dead("2"));
    fs.writeFileSync(claimOn(`${file}.lock`, dead("2")), dead("3"));
    assert.equal(await withLock(file, done, 0), "done");
    assert.deepEqual(leftIn("broken"), []);
  });
});
