/** The gateway's queue outlives kills, torn lines and copies, and no counter is used twice. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { COUNTER_STEP, DownlinkQueue, WAITING_MAX } from "../../../tools/gateway/queue";
import { LOADER } from "../../typescript_child";

const METER = "00420001";
const CHILD = join(__dirname, "queue_child.ts");
const KILLS = process.env.CURBSTOP_LONG === "1" ? 200 : 12;
const SEED = 20_261_122;
const EPOCH_S = Date.UTC(2020, 0, 1) / 1000;

const clock = (text: string) => () => new Date(text);
const queueOf = (file: string, time = "2026-11-22T00:00:00Z"): DownlinkQueue => new DownlinkQueue(file, clock(time));

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return (error as Error).message;
  }
  return "not refused";
}

describe("gateway queue", function () {
  this.timeout(KILLS * 60_000);
  let folder = "";
  let file = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "curbstop-queue-"));
    file = join(folder, "gateway.queue");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("keeps messages in their order until they are answered, also for the next process", async () => {
    const queue = queueOf(file);
    const first = await queue.addMessage(METER, 3, [1]);
    const second = await queue.addMessage(METER, 2, [7, 8]);
    assert.ok(second.request > first.request);
    const next = queueOf(file);
    await next.refresh();
    assert.deepEqual(
      next.waitingFor(METER).map(({ number, what, body }) => [number, what, body]),
      [
        [1, 3, "01"],
        [2, 2, "0708"],
      ],
    );
    await next.change(() => [{ entry: "answered", number: 1, code: 4, at: "2026-11-22T00:00:01Z" }]);
    await queue.refresh();
    assert.deepEqual(
      queue.waitingFor(METER).map(({ number }) => number),
      [2],
    );
    assert.equal(queue.state.messages.get(1)?.code, 4);
  });

  it("is readable by its owner alone, and two writers at once lose nothing", async () => {
    const queues = [queueOf(file), queueOf(file), queueOf(file)];
    const meters = ["00000001", "00000002", "00000003", "00000004"];
    await Promise.all(meters.flatMap((meter) => queues.map((queue) => queue.addMessage(meter, 3, [0]))));
    const reader = queueOf(file);
    await reader.refresh();
    assert.equal(reader.state.messages.size, 12);
    for (const meter of meters)
      assert.equal(new Set(reader.waitingFor(meter).map(({ request }) => request)).size, 3, "requests differ");
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it("reserves counters before they are used, and skips a reserve that was left", async () => {
    const queue = queueOf(file);
    const counters: number[] = [];
    for (let count = 0; count < 2 * COUNTER_STEP + 1; count++) counters.push(await queue.nextCounter(METER));
    assert.deepEqual(
      counters,
      counters.map((_, index) => counters[0] + index),
    );
    assert.equal(await queueOf(file).nextCounter(METER), counters[0] + 3 * COUNTER_STEP);
  });

  it("an old copy of the file, put back a day later, brings no used counter and no used request back", async () => {
    const queue = queueOf(file);
    const before = await queue.addMessage(METER, 3, [0]);
    copyFileSync(file, `${file}.copy`);
    const used: number[] = [];
    for (let count = 0; count < 1000; count++) used.push(await queue.nextCounter(METER));
    const later = await queue.addMessage(METER, 3, [1]);
    rmSync(file);
    copyFileSync(`${file}.copy`, file);
    const restored = queueOf(file, "2026-11-23T00:00:00Z");
    assert.ok((await restored.nextCounter(METER)) > Math.max(...used));
    assert.ok((await restored.addMessage(METER, 3, [2])).request > Math.max(before.request, later.request));
    assert.ok((await restored.nextCounter(METER)) >= Date.UTC(2026, 10, 23) / 1000 - EPOCH_S);
  });

  it("refuses to count by a clock that cannot be right", async () => {
    assert.match(await refusal(queueOf(file, "2019-01-01T00:00:00Z").nextCounter(METER)), /clock stands before 2026/);
  });

  it("cuts a torn line off, and refuses a file with a changed, lost or moved line, saying which", async () => {
    const queue = queueOf(file);
    for (let turn = 0; turn < 3; turn++) await queue.addMessage(METER, 3, [turn]);
    appendFileSync(file, '{"entry":"message","num');
    const after = queueOf(file);
    await after.addMessage(METER, 3, [9]);
    const good = readFileSync(file, "utf8");
    const lines = good.trimEnd().split("\n");
    assert.equal(lines.length, 4);
    const damaged = [
      [good.replace('"body":"01"', '"body":"00"'), 2],
      [[lines[0], ...lines.slice(2)].join("\n") + "\n", 2],
      [[lines[1], lines[0], ...lines.slice(2)].join("\n") + "\n", 1],
      [good.replace(lines[3], "{}"), 4],
    ] as const;
    for (const [text, line] of damaged) {
      writeFileSync(file, text);
      assert.match(
        await refusal(queueOf(file).refresh()),
        new RegExp(`queue:${line}: this line is not as it was written`),
      );
    }
  });

  it("takes no more than a bounded number of messages for one meter", async () => {
    const queue = queueOf(file);
    for (let count = 0; count < WAITING_MAX; count++) await queue.addMessage(METER, 3, [0]);
    assert.match(await refusal(queue.addMessage(METER, 3, [0])), /16 messages wait for this meter already/);
    await queue.addMessage("00420002", 3, [0]);
  });

  it(`killed ${KILLS} times at random: no counter and no request twice, and nothing said is lost (seed ${SEED})`, async () => {
    const counters = new Set<string>();
    const messages = new Map<string, string>();
    const requests = new Set<string>();
    let draw = SEED;
    for (let kill = 0; kill < KILLS; kill++) {
      const child = spawn(process.execPath, [...LOADER, CHILD, file, METER], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let said = "";
      child.stdout.on("data", (data: Buffer) => (said += data.toString()));
      await once(child.stdout, "data");
      draw = (draw * 48271) % 2147483647;
      await new Promise((resolve) => setTimeout(resolve, draw % 120));
      child.kill("SIGKILL");
      await once(child, "close");
      for (const line of said.split("\n").slice(0, -1)) {
        const [what, one, other] = line.split(" ");
        if (what === "counter") {
          assert.ok(!counters.has(one), `counter ${one} is used twice`);
          counters.add(one);
        } else {
          assert.ok(!requests.has(other), `request ${other} is used twice`);
          requests.add(other);
          messages.set(one, other);
        }
      }
    }
    const queue = queueOf(file);
    await queue.refresh();
    for (const [number, request] of messages)
      assert.equal(queue.state.messages.get(Number(number))?.request, Number(request), `message ${number}`);
    assert.ok(counters.size > KILLS, `${counters.size} counters`);
  });
});
