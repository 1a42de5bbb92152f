/** `curbstop radio send|listen` and `tariff push|status`: what they print, refuse and keep. */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contentBytes } from "../../../firmware/radio/signed";
import { DownlinkQueue } from "../../../tools/gateway/queue";
import { answerOf, type Answer } from "../captured_output";
import { idOf, writeMeters } from "./rig";

const SIGNED_CONTENT = {
  utility: 1,
  region: "600100",
  key_revision: 1,
  version: 7,
  start_utc_s: 0,
  scope: "all" as const,
  group: 0,
  meter: "",
  tariff: undefined,
  friendly: undefined,
  holidays: undefined,
  lifeline: undefined,
  emergency_milli: 500_000,
};

describe("gateway commands", () => {
  let folder = "";
  let queue = "";
  let meters = "";
  before(() => (folder = mkdtempSync(join(tmpdir(), "curbstop-radio-"))));
  beforeEach(() => {
    queue = join(mkdtempSync(join(folder, "q-")), "gateway.queue");
    meters = writeMeters(folder, 3);
  });
  after(() => rmSync(folder, { recursive: true }));

  const message = (version: number): string => {
    const file = join(folder, `${version}.signed`);
    const bytes = contentBytes({ ...SIGNED_CONTENT, version });
    writeFileSync(file, Buffer.from([...bytes, ...new Array<number>(900).fill(1)]));
    return file;
  };
  const push = (file: string, ...words: string[]): Promise<Answer> =>
    answerOf("tariff", "push", file, "--meters", meters, "--queue", queue, ...words);

  it("send queues a message, and says how many wait", async () => {
    const first = await answerOf("radio", "send", idOf(0), "valve", "--body", "01", "--queue", queue);
    assert.deepEqual([first.exit_code, first.out], [0, `message 1 (valve) waits for meter ${idOf(0)}, 1 in all\n`]);
    const second = await answerOf("radio", "send", idOf(0), "history", "--body", "00", "--queue", queue, "--json");
    const { number, waiting } = JSON.parse(second.out) as Record<string, number>;
    assert.deepEqual([number, waiting], [2, 2]);
  });

  it("send refuses what no meter could take, in one line, and queues nothing", async () => {
    const wrong: [string[], RegExp][] = [
      [["4711", "valve"], /eight digits/],
      [[idOf(0), "explode"], /no such kind of message \(time, credit, .*flow_limit, update\)/],
      [[idOf(0), "key", "--body", "00".repeat(16)], /the gateway makes its body .*leave --body out/],
      [[idOf(0), "valve", "--body", "1"], /two a byte/],
      [[idOf(0), "valve", "--body", "zz"], /hexadecimal/],
      [[idOf(0), "credit", "--body", "00".repeat(200)], /199 bytes at most/],
    ];
    for (const [words, said] of wrong) {
      const { exit_code, err } = await answerOf("radio", "send", ...words, "--queue", queue);
      assert.equal(exit_code, 2);
      assert.match(err, said);
      assert.equal(err.trimEnd().split("\n").length, 1);
    }
    const kept = new DownlinkQueue(queue);
    await kept.refresh();
    assert.equal(kept.state.messages.size, 0);
  });

  it("push stands on the queue for all meters, and status counts how far each is", async () => {
    const pushed = await push(message(7));
    assert.deepEqual([pushed.exit_code, pushed.out], [0, "push 1: version 7 for 3 meters of region 600100\n"]);
    const kept = new DownlinkQueue(queue);
    const at = "2026-11-22T00:00:00Z";
    await kept.change(() => [
      { entry: "progress", number: 1, meter: idOf(0), state: "active", at },
      { entry: "progress", number: 1, meter: idOf(1), state: "refused", code: 100, at },
    ]);
    const status = await answerOf("tariff", "status", "--queue", queue, "--json", "--meters");
    assert.equal(status.exit_code, 1, "one has not answered");
    const [row] = JSON.parse(status.out) as Record<string, unknown>[];
    assert.deepEqual([row.active, row.refused, row.silent, row.done], [1, 1, 1, false]);
    await kept.change(() => [{ entry: "progress", number: 1, meter: idOf(2), state: "active", at }]);
    const done = await answerOf("tariff", "status", "--queue", queue, "--meters");
    assert.equal(done.exit_code, 0);
    assert.match(done.out, new RegExp(`1 +${idOf(1)} +refused \\(code 100\\)`));
  });

  it("push refuses what is not signed, not under the key, not newer, or not for anybody", async () => {
    await push(message(7));
    for (const version of [6, 7]) {
      const { exit_code, err } = await push(message(version));
      assert.equal(exit_code, 2);
      assert.match(err, /version 7 was pushed before/);
    }
    const unsigned = join(folder, "unsigned");
    writeFileSync(unsigned, Buffer.from(contentBytes({ ...SIGNED_CONTENT, version: 9 })));
    assert.match((await push(unsigned)).err, /it is not signed/);
    assert.match((await push(message(9), "--public-key", "00".repeat(56))).err, /not signed under that public key/);
    writeFileSync(meters, "[]");
    assert.match((await push(message(9))).err, /there is no meter in it/);
  });

  it("a list of meters that is wrong is named, without a key in the message", async () => {
    const key = "0123456789abcdef0123456789abcdef";
    const wrong: [string, RegExp][] = [
      ["{", /it is no JSON/],
      [JSON.stringify([{ id: "1", key }]), /0\.id: an id has eight digits/],
      [JSON.stringify([{ id: idOf(0), key: `${key}0` }]), /0\.key: a key has 32 hexadecimal digits/],
      [JSON.stringify([{ id: idOf(0) }, { id: idOf(0) }]), /stands there twice/],
    ];
    for (const [text, said] of wrong) {
      writeFileSync(meters, text);
      const { exit_code, err } = await answerOf("radio", "listen", "--field", "--meters", meters, "--queue", queue);
      assert.equal(exit_code, 2);
      assert.match(err, said);
      assert.ok(!err.includes(key));
    }
    chmodSync(meters, 0o644);
    const open = await answerOf("radio", "listen", "--field", "--meters", meters, "--queue", queue);
    assert.match(open.err, /others can get at it/);
    chmodSync(meters, 0o600);
  });

  it("listen wants a module, and says when there is none", async () => {
    const none = await answerOf("radio", "listen", "--meters", meters, "--queue", queue);
    assert.deepEqual([none.exit_code, none.err.includes("give --port")], [2, true]);
    const absent = await answerOf(
      "radio",
      "listen",
      "--port",
      join(folder, "absent"),
      "--meters",
      meters,
      "--queue",
      queue,
    );
    assert.equal(absent.exit_code, 1);
    assert.match(absent.err, /cannot be opened \(ENOENT\)/);
  });

  it("listen with a simulated field hears its meters", async () => {
    const words = ["--field", "--loss", "0", "--meters", meters, "--queue", queue, "--for", "3"];
    const { exit_code, out, err } = await answerOf("radio", "listen", ...words);
    assert.deepEqual([exit_code, err], [0, ""]);
    assert.ok("heard" in (JSON.parse(out) as object));
  });
});
