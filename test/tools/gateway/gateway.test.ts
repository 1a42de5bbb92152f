/** The gateway in front of fifty simulated meters, over the module's emulator and a channel that loses a fifth. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { bytesText } from "../../../firmware/card/bytes";
import { BODY_MAX_BYTES } from "../../../firmware/radio/message";
import { openWindows } from "../../../tools/gateway/field";
import { DownlinkQueue } from "../../../tools/gateway/queue";
import { bestPlan } from "../../../tools/gateway/plan";
import { isDone, progressOf } from "../../../tools/gateway/rollout";
import { moduleHears } from "../../../sim/hci/im871a_module";
import { gatewayRig, idOf, INTERVAL_MS, type GatewayRig } from "./rig";

const SEED = 20_261_122;
const METERS = 50;
const VERSION = 12;
/** A signed message's header with this version, and what would be its parts and signature. */
const SIGNED = [
  1,
  0,
  1,
  0x60,
  1,
  0,
  1,
  0,
  0,
  0,
  VERSION,
  ...Array.from({ length: 950 }, (_, index) => (index * 7) % 256),
];

const everyone = (rig: GatewayRig): string[] => [...rig.meters.keys()];

async function push(rig: GatewayRig, bytes: number[] = SIGNED): Promise<void> {
  const content = Buffer.from(bytes).toString("hex").toUpperCase();
  await rig.queue.change((state) => [
    {
      entry: "push",
      number: state.next_number,
      at: "2026-11-22T00:00:00Z",
      region: "600100",
      version: VERSION,
      content,
      meters: everyone(rig),
    },
  ]);
}

describe("gateway", function () {
  let rig: GatewayRig;
  afterEach(() => {
    rig.close();
  });

  it(`publishes what each meter says, under the names of wmbusmeters (seed ${SEED})`, async () => {
    rig = await gatewayRig(METERS, SEED);
    await rig.pass(5 * INTERVAL_MS);
    const ids = new Set(rig.readings.map(({ topic_id }) => topic_id));
    assert.equal(ids.size, METERS, "every meter was heard");
    for (const { topic_id, text } of rig.readings) {
      const fields = JSON.parse(text) as Record<string, unknown>;
      assert.deepEqual(
        [fields._, fields.id, fields.device, fields.meter],
        ["telegram", topic_id, "im871a[99000001]", "curbstop"],
      );
      assert.match(String(fields.timestamp), /^2026-11-22T\d\d:\d\d:\d\dZ$/);
      assert.ok(Number(fields.rssi_dbm) < 0 && Number(fields.total_m3) >= 1);
    }
    assert.equal(rig.gateway.failure, undefined);
  });

  it("publishes a recorded telegram once, a foreign or a damaged one not at all", async () => {
    rig = await gatewayRig(1, SEED, 0);
    const heard: number[][] = [];
    const { hears } = rig.field.channel.stations[0];
    rig.field.channel.stations[0].hears = (frame, mode, rssi_dbm) => {
      heard.push(frame);
      hears(frame, mode, rssi_dbm);
    };
    await rig.pass(3 * INTERVAL_MS);
    const before = rig.readings.length;
    assert.ok(before >= 2);
    const content = heard[0].slice(0, 10).concat(heard[0].slice(12, 28));
    for (const frame of heard.slice(0, 2)) hears(frame, "C1", -40);
    const foreign = [...content];
    foreign[4] ^= 1;
    moduleHears(rig.field.module, foreign, "C1", -40);
    moduleHears(rig.field.module, content, "C1", -40);
    await rig.pass(1000);
    assert.equal(rig.readings.length, before);
    const { repeated, unknown_meter, refused } = rig.gateway.counts;
    assert.deepEqual([repeated, unknown_meter, refused], [2, 1, 1]);
  });

  it(`sends each message until its meter has answered, and no meter does anything twice (seed ${SEED})`, async () => {
    rig = await gatewayRig(METERS, SEED);
    for (const id of everyone(rig)) {
      await rig.queue.addMessage(id, 3, [1]);
      await rig.queue.addMessage(id, 3, [0]);
    }
    for (let turn = 0; turn < 40 && everyone(rig).some((id) => rig.queue.waitingFor(id).length > 0); turn++)
      await rig.pass(INTERVAL_MS);
    for (const [index, meter] of rig.field.meters.entries()) {
      assert.equal(meter.address.id, idOf(index));
      assert.deepEqual(
        meter.done.map(({ body }) => body),
        [[1], [0]],
        `meter ${meter.address.id}`,
      );
      assert.equal(rig.queue.waitingFor(meter.address.id).length, 0);
    }
    assert.equal(rig.gateway.counts.answered, 2 * METERS);
    assert.ok(rig.gateway.counts.sent > 2 * METERS, "some were lost and sent again");
    assert.equal(rig.field.channel.stations[0].violations, 0);
    assert.equal(rig.gateway.failure, undefined);
  });

  it(`goes on after restarts in the middle: everything answered, nothing done twice (seed ${SEED})`, async () => {
    rig = await gatewayRig(20, SEED);
    for (const id of everyone(rig)) await rig.queue.addMessage(id, 3, [1]);
    for (let turn = 0; turn < 60 && everyone(rig).some((id) => rig.queue.waitingFor(id).length > 0); turn++) {
      await rig.pass(17_000);
      await rig.restart();
    }
    for (const meter of rig.field.meters) {
      assert.equal(rig.queue.waitingFor(meter.address.id).length, 0);
      assert.equal(meter.done.length, 1);
    }
  });

  it("sends the longest body that a frame carries, and passes over one that was queued longer than any frame", async () => {
    rig = await gatewayRig(1, SEED, 0);
    const bodies = [BODY_MAX_BYTES + 1, BODY_MAX_BYTES, 1].map((bytes) => new Array<number>(bytes).fill(1));
    for (const body of bodies) await rig.queue.addMessage(idOf(0), 6, body);
    await rig.pass(8 * INTERVAL_MS);
    assert.equal(rig.gateway.failure, undefined);
    assert.deepEqual(
      rig.field.meters[0].done.map(({ body }) => body),
      bodies.slice(1),
    );
    assert.equal(rig.queue.waitingFor(idOf(0)).length, 1);
  });

  it("an update whose file has gone away is passed over, and said; all else goes on", async () => {
    rig = await gatewayRig(2, SEED, 0);
    const update_file = join(rig.folder, "gone.update");
    const entry = { entry: "push", number: 1, at: "2026-11-22T00:00:00Z", region: "600100", version: 3 } as const;
    await rig.queue.change(() => [{ ...entry, content: "02", meters: everyone(rig), update_file }]);
    await push(rig);
    openWindows(rig.field, 60_000);
    for (let turn = 0; turn < 2; turn++) assert.equal(await rig.broadcast(), true);
    assert.equal(rig.gateway.failure, undefined);
    assert.deepEqual([rig.queue.state.pushes.get(1)?.frames, rig.said.length], [0, 1]);
    assert.match(rig.said[0], /gone\.update: /);
    assert.ok((rig.queue.state.pushes.get(2)?.frames ?? 0) > 0);
  });

  it("sends what another program puts into the queue while it runs", async () => {
    rig = await gatewayRig(2, SEED, 0);
    await rig.pass(2 * INTERVAL_MS);
    const other = new DownlinkQueue(rig.queue_file, () => new Date("2026-11-22T01:00:00Z"));
    await other.addMessage(idOf(1), 3, [1]);
    await rig.pass(4 * INTERVAL_MS);
    assert.deepEqual(
      rig.field.meters.map(({ done }) => done.length),
      [0, 1],
    );
    await other.refresh();
    assert.deepEqual(other.waitingFor(idOf(1)), []);
  });

  it("sends nothing to a meter that does not listen, and nothing without a key", async () => {
    rig = await gatewayRig(2, SEED, 0);
    await rig.queue.addMessage(idOf(7), 3, [1]);
    await rig.pass(3 * INTERVAL_MS);
    assert.equal(rig.gateway.counts.sent, 0);
    assert.equal(rig.queue.waitingFor(idOf(7)).length, 1);
  });

  for (const way of ["code", "passes"] as const)
    it(`broadcasts a push in the windows until all fifty are active, and shows how far it is: ${way} (seed ${SEED})`, async () => {
      rig = await gatewayRig(METERS, SEED, 200, way);
      await push(rig);
      const pushed = rig.queue.state.pushes.get(1)!;
      assert.deepEqual(progressOf(pushed), { silent: METERS, heard: 0, delivered: 0, active: 0, refused: 0 });
      await rig.pass(4 * INTERVAL_MS);
      assert.ok(progressOf(pushed).heard > 45);
      let windows = 0;
      for (; windows < 10 && !isDone(pushed); windows++) {
        openWindows(rig.field, 60_000);
        assert.equal(await rig.broadcast(), true);
        await rig.pass(6 * INTERVAL_MS);
        // As a new process would go on.
        await rig.restart();
        Object.assign(pushed, rig.queue.state.pushes.get(1));
      }
      assert.deepEqual(progressOf(pushed), { silent: 0, heard: 0, delivered: 0, active: METERS, refused: 0 });
      assert.ok(windows <= 3, `${windows} windows`);
      for (const meter of rig.field.meters) assert.equal(meter.content, bytesText(SIGNED));
      const [antenna] = rig.field.channel.stations;
      assert.equal(antenna.violations, 0);
      assert.ok(pushed.frames > 0 && pushed.airtime_us <= antenna.airtime_us);
    });

  it("ends a broadcast with the meters' window, and goes on from there in the next one", async () => {
    rig = await gatewayRig(3, SEED, 0);
    await push(rig);
    const pushed = rig.queue.state.pushes.get(1)!;
    const { numbers } = bestPlan("code", SIGNED.length, { meters: 3, loss: 0.2, mode: "C2" });
    let frames_left = 5;
    assert.equal(await rig.broadcast(() => frames_left-- > 0), false);
    assert.equal(pushed.frames, 5);
    assert.equal(await rig.broadcast(), true);
    assert.equal(pushed.frames, numbers.length);
  });
});
