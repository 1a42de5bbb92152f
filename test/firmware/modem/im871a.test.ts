/** The iM871A driver: what it does when module, line and law do not play along. */
import assert from "node:assert/strict";
import { frameA, frameB } from "../../../firmware/radio/frames";
import { LINK_C1, RESTART_MAX_MS, type Im871a } from "../../../firmware/modem/im871a";
import { moduleHears, resetModule } from "../../../sim/hci/im871a_module";
import { flipBits, loseByte, putGarbage } from "../../../sim/pn532/pipe";
import { content, frame, hciRig, MODULE_ID, SETTLE_MS } from "./rig";

const HOUR_MS = 3_600_000;

/** Sends, and gives the results that came within `span_ms`. */
function sent(modem: Im871a, bytes: number[], pass: (span_ms: number) => void, span_ms = 5000): string[] {
  const results: string[] = [];
  const answer = modem.port.send(bytes, (result) => results.push(result));
  if (answer === "busy") results.push("busy");
  pass(span_ms);
  return results;
}

describe("modem: iM871A", () => {
  it("starts the module: link mode C1, signal strengths on; and knows who it is", () => {
    const { modem, module, pass } = hciRig();
    pass(SETTLE_MS);
    assert.equal(modem.working, true);
    assert.deepEqual(modem.info.slice(4), MODULE_ID);
    assert.deepEqual([module.config[1], module.config[12]], [[LINK_C1], [1]]);
  });

  it("sends a frame in either format, and its content, as the module wants it", () => {
    for (const bytes of [frameA(content(5, 40)), frameB(content(5, 40)), content(5, 40)]) {
      const { modem, on_air, pass } = hciRig();
      pass(SETTLE_MS);
      assert.deepEqual(sent(modem, bytes, pass), ["sent"]);
      assert.deepEqual(
        on_air.map((entry) => entry.content),
        [content(5, 40)],
      );
    }
  });

  it("puts nothing on the air that is no frame", () => {
    const { modem, on_air, pass } = hciRig();
    pass(SETTLE_MS);
    const damaged = frameB(content(1, 40));
    damaged[20] ^= 1;
    // With its L right for a content without sums, only a receiver could tell; with it wrong, nothing is sent.
    damaged[0] += 1;
    assert.deepEqual(sent(modem, damaged, pass), ["failed"]);
    assert.deepEqual(sent(modem, [0x2c, 0x44], pass), ["failed"]);
    assert.deepEqual(on_air, []);
  });

  for (const sums of ["none", "a", "b"] as const) {
    it(`hands received frames on with the check sums that are asked for: ${sums}`, () => {
      const { modem, module, pass } = hciRig({ sums });
      pass(SETTLE_MS);
      const heard: [number[], number][] = [];
      modem.port.on_frame((bytes, rssi_dbm) => heard.push([bytes, rssi_dbm]));
      modem.port.listen(1000);
      moduleHears(module, content(9, 200), "C1", -73);
      pass(100);
      const expected = { none: content(9, 200), a: frameA(content(9, 200)), b: frameB(content(9, 200)) };
      assert.deepEqual(heard, [[expected[sums], -73]]);
    });
  }

  for (const [name, spoil] of [
    ["lost", loseByte],
    ["changed", flipOne],
    ["behind noise", addNoise],
  ] as const) {
    it(`a byte ${name} anywhere on the line costs one frame at most, never the modem, and sends none twice`, () => {
      let failures = 0;
      for (let at_byte = 0; at_byte < 160; at_byte++) {
        const rig = hciRig();
        spoil(at_byte % 2 === 0 ? rig.pipe.to_chip : rig.pipe.to_host, Math.floor(at_byte / 2));
        rig.pass(SETTLE_MS);
        const results = [1, 2, 3, 4].flatMap((number) => sent(rig.modem, frame(number), rig.pass));
        assert.equal(results.length, 4, "each is told once");
        const failed = results.filter((result) => result !== "sent").length;
        assert.ok(failed <= 1, `byte ${at_byte}: ${results.join()}`);
        failures += failed;
        const numbers = rig.on_air.map((entry) => entry.content[10]);
        assert.equal(new Set(numbers).size, numbers.length, "a frame is sent once");
      }
      assert.ok(failures > 0, "faults were met");
    });
  }

  it("a silent module: frames fail, it is tried again at growing pauses, and works when it is back", () => {
    const rig = hciRig();
    rig.module.silent = true;
    rig.pass(10 * 60_000);
    const starts = rig.modem.starts;
    assert.ok(starts >= 10 && starts <= 20, `${starts} starts in ten minutes`);
    assert.deepEqual(sent(rig.modem, frame(1), rig.pass), ["failed"]);
    assert.equal(rig.modem.port.answers?.(), false);
    rig.module.silent = false;
    rig.pass(RESTART_MAX_MS + SETTLE_MS);
    assert.equal(rig.modem.port.answers?.(), true);
    assert.deepEqual(sent(rig.modem, frame(2), rig.pass), ["sent"]);
  });

  it("a module that falls silent over a frame: it fails once, and is not sent again by itself", () => {
    const rig = hciRig();
    rig.pass(SETTLE_MS);
    const results: string[] = [];
    rig.modem.port.send(frame(1), (result) => results.push(result));
    rig.module.silent = true;
    rig.pass(10_000);
    assert.deepEqual(results, ["failed"]);
    rig.module.silent = false;
    rig.pass(RESTART_MAX_MS);
    assert.equal(rig.on_air.length, 0);
  });

  it("a module whose supply has dipped is set up again within the watch", () => {
    const rig = hciRig({ watch_ms: 30_000 });
    rig.pass(SETTLE_MS);
    resetModule(rig.module);
    let heard = 0;
    rig.modem.port.on_frame(() => (heard += 1));
    rig.modem.port.listen(10 * 60_000);
    moduleHears(rig.module, content(1), "C1", -50);
    rig.pass(31_000);
    assert.equal(heard, 0, "without its link mode it hears nothing");
    moduleHears(rig.module, content(1), "C1", -50);
    rig.pass(100);
    assert.equal(heard, 1);
  });

  it("another module on the line is not taken for an iM871A", () => {
    const rig = hciRig();
    rig.module.unique_id = [];
    rig.pass(60_000);
    assert.equal(rig.modem.working, false);
  });

  it("keeps the law's airtime: in no hour more than a thousandth in 868.95 MHz, and goes on in the next", () => {
    const rig = hciRig({ sends: "C1" });
    rig.pass(SETTLE_MS);
    const times: number[] = [];
    let refused = 0;
    for (let step = 0; step < 3 * 3600; step += 4) {
      const [result] = sent(rig.modem, frameB(content(1, 230)), rig.pass, 4000);
      if (result === "sent") times.push(rig.queue.now_ms);
      else refused += 1;
    }
    const airtime_us = 640 + 8 * 10 * (241 + 2 * 16);
    const per_hour = times.map((at, index) => times.slice(index).filter((later) => later < at + HOUR_MS).length);
    assert.ok(Math.max(...per_hour) * airtime_us <= 3_600_000, `${Math.max(...per_hour)} frames in an hour`);
    assert.ok(refused > 0 && times.length > 300, `${times.length} sent, ${refused} refused`);
  });
});

function flipOne(...words: [Parameters<typeof flipBits>[0], number]): void {
  flipBits(...words, 0x10);
}

function addNoise(...words: [Parameters<typeof flipBits>[0], number]): void {
  putGarbage(...words, [0xa5, 0x00, 0xa5]);
}
