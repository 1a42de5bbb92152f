/** The RAK3172 driver, with the module's emulator and a network behind it. */
import assert from "node:assert/strict";
import { COMMAND_TRIES, HELD_MAX, RESTART_MAX_MS } from "../../../firmware/modem/rak3172";
import { piecesOf } from "../../../firmware/modem/lorawan_pieces";
import { countAirtime } from "../../../firmware/modem/duty_cycle";
import { createLineReader, LINE_MAX_CHARACTERS, takeLines } from "../../../firmware/modem/at_lines";
import { forgetNetwork } from "../../../sim/hci/rak3172_module";
import { frameToGroup } from "../../../sim/hci/lorawan_network";
import { lorawanRig, type LorawanRig } from "./rig";

const JOIN_MS = 10_000;

function sent(rig: LorawanRig, bytes: number[], span_ms = 15_000): string[] {
  const results: string[] = [];
  rig.modem.port.send(bytes, (result) => results.push(result));
  rig.pass(span_ms);
  return results;
}

function heardBy(rig: LorawanRig): number[][] {
  const heard: number[][] = [];
  rig.modem.port.on_frame((frame) => heard.push(frame));
  rig.modem.port.listen(1_000_000);
  return heard;
}

describe("modem: RAK3172", () => {
  it("joins in class C, sends to the network, hears it and its group", () => {
    const rig = lorawanRig();
    rig.pass(JOIN_MS);
    assert.equal(rig.modem.state, "working");
    assert.equal(rig.module.class_c, true);
    assert.deepEqual(sent(rig, [1, 2, 3]), ["sent"]);
    assert.deepEqual(rig.taken, [[1, 2, 3]]);
    const heard = heardBy(rig);
    rig.hear(rig.down([9, 8, 7]));
    rig.hear(frameToGroup(rig.network, 2, [5, 5]));
    rig.pass(100);
    assert.deepEqual(heard, [
      [9, 8, 7],
      [5, 5],
    ]);
  });

  it("sends at the data rate that it is told, whatever the module began with, and nothing that does not fit it", () => {
    const rig = lorawanRig({ data_rate: 4, frame_max_bytes: 222 });
    rig.pass(JOIN_MS);
    assert.equal(rig.module.mode, "SF8");
    const longest = new Array<number>(222).fill(1);
    assert.deepEqual(sent(rig, longest), ["sent"]);
    assert.deepEqual(rig.taken, [longest]);
    const slow = lorawanRig({ data_rate: 0, frame_max_bytes: 222 });
    slow.pass(JOIN_MS);
    assert.deepEqual(sent(slow, longest), ["failed"]);
    assert.deepEqual(slow.taken, []);
  });

  it("a frame of the network that was heard before, or was changed, is not handed on", () => {
    const rig = lorawanRig();
    rig.pass(JOIN_MS);
    const heard = heardBy(rig);
    const frame = rig.down([1]);
    const changed = [...rig.down([2])];
    changed[9] ^= 1;
    for (const bytes of [frame, frame, changed]) rig.hear(bytes);
    rig.pass(100);
    assert.deepEqual(heard, [[1]]);
  });

  it("sends a frame in pieces where the data rate carries no more, and puts together what comes so", () => {
    const rig = lorawanRig({ data_rate: 0, frame_max_bytes: 51 });
    rig.pass(JOIN_MS);
    assert.equal(rig.module.mode, "SF12");
    const frame = Array.from({ length: 132 }, (_, place) => 100 + (place % 100));
    for (let number = 0; number < 2; number++) {
      assert.deepEqual(sent(rig, frame, 60_000), ["sent"]);
      const pieces = piecesOf(frame, 51, number);
      assert.equal(pieces.length, 3);
      assert.deepEqual(rig.taken.splice(0), pieces);
    }
    const heard = heardBy(rig);
    for (const piece of piecesOf(frame, 51, 9)) rig.hear(rig.down(piece));
    rig.pass(100);
    assert.deepEqual(heard, [frame]);
  });

  it("a piece that comes in a window keeps it open for the next one, and one that comes outside of it does not", () => {
    const rig = lorawanRig({ data_rate: 0, frame_max_bytes: 51 });
    rig.pass(JOIN_MS);
    const heard: number[][] = [];
    rig.modem.port.on_frame((frame) => heard.push(frame));
    const frame = new Array<number>(240).fill(100);
    const hears = (number: number): void => {
      for (const piece of piecesOf(frame, 51, number)) {
        rig.hear(rig.down(piece));
        rig.pass(6000);
      }
    };
    hears(1);
    assert.deepEqual(heard, []);
    rig.modem.port.listen(3000);
    hears(2);
    assert.deepEqual(heard.splice(0), [frame]);
    rig.pass(60_000);
    hears(3);
    rig.hear(rig.down([1]));
    rig.pass(100);
    assert.deepEqual(heard, []);
  });

  it("says once that a frame was not sent when one of its pieces was not, and begins the next one anew", () => {
    const rig = lorawanRig({ data_rate: 0, frame_max_bytes: 51 });
    rig.pass(JOIN_MS);
    const frame = new Array<number>(132).fill(100);
    const results: string[] = [];
    rig.modem.port.send(frame, (result) => results.push(result));
    while (rig.taken.length === 0) rig.pass(100);
    countAirtime(rig.module.duty, rig.queue.now_ms, 36_000_000);
    rig.pass(60_000);
    assert.deepEqual([results, rig.taken.length], [["duty_cycle"], 1]);
    rig.pass(2 * 3_600_000);
    assert.deepEqual(sent(rig, [9, 9]), ["sent"]);
    assert.deepEqual(rig.taken.slice(1), [[9, 9]]);
  });

  it("hands on what comes in the windows behind its own frame once that is sent, two at most, in their order", () => {
    const rig = lorawanRig();
    rig.pass(JOIN_MS);
    const heard: number[][] = [];
    rig.modem.port.on_frame((frame) => heard.push(frame));
    const answersTo = (result: string, window_ms: number, answers: number[]): string[] => {
      const results: string[] = [];
      rig.modem.port.send([1], (told) => {
        results.push(told);
        rig.modem.port.listen(window_ms);
      });
      // The module is still within the windows behind the frame: it has not said that it is sent.
      rig.pass(1500);
      assert.deepEqual([results, heard], [[], []], result);
      for (const answer of answers) rig.hear(rig.down([answer]));
      rig.pass(15_000);
      rig.modem.port.listen(0);
      return results;
    };
    assert.deepEqual(answersTo("answered", 3000, [7, 8, 9]), ["sent"]);
    assert.deepEqual(heard.splice(0), [[7], [8]].slice(0, HELD_MAX));
    assert.deepEqual(answersTo("nobody listens", 0, [7]), ["sent"]);
    assert.deepEqual(heard, []);
    assert.deepEqual(answersTo("the one before is forgotten", 3000, []), ["sent"]);
    assert.deepEqual(heard, []);
  });

  it("frames for another port of the device are not ours", () => {
    const rig = lorawanRig();
    rig.pass(JOIN_MS);
    const heard = heardBy(rig);
    rig.hear(frameToGroup(rig.network, 3, [5]));
    rig.pass(100);
    assert.deepEqual(heard, []);
  });

  it("tries a busy module again, and starts anew when it stays so", () => {
    const rig = lorawanRig();
    rig.module.busy_times = COMMAND_TRIES - 1;
    rig.pass(JOIN_MS + 5000);
    assert.equal(rig.modem.state, "working");
    const stubborn = lorawanRig();
    stubborn.module.busy_times = 20;
    stubborn.pass(10_000);
    assert.notEqual(stubborn.modem.state, "working");
    stubborn.pass(RESTART_MAX_MS);
    assert.equal(stubborn.modem.state, "working");
  });

  it("a silent module: frames fail; when it is back it joins again", () => {
    const rig = lorawanRig();
    rig.module.silent = true;
    rig.pass(60_000);
    assert.deepEqual(sent(rig, [1]), ["failed"]);
    assert.equal(rig.modem.port.answers?.(), false);
    rig.module.silent = false;
    rig.pass(RESTART_MAX_MS + JOIN_MS);
    assert.equal(rig.modem.port.answers?.(), true);
    assert.deepEqual(sent(rig, [1]), ["sent"]);
  });

  it("answers, with or without a network that lets it join, until it falls silent over a frame", () => {
    const rig = lorawanRig({ app_key: "00".repeat(16) });
    rig.pass(JOIN_MS);
    assert.notEqual(rig.modem.state, "working");
    assert.equal(rig.modem.port.answers?.(), true);
    const other = lorawanRig();
    other.pass(JOIN_MS);
    other.module.silent = true;
    assert.deepEqual(sent(other, [1]), ["failed"]);
    assert.equal(other.modem.port.answers?.(), false);
  });

  it("joins again when the module has forgotten the network, with a nonce that was never used", () => {
    const rig = lorawanRig();
    rig.pass(JOIN_MS);
    forgetNetwork(rig.module);
    assert.deepEqual(sent(rig, [1]), ["failed"]);
    rig.pass(JOIN_MS);
    assert.deepEqual(sent(rig, [2]), ["sent"]);
    assert.equal(rig.network.joins, 2);
    assert.deepEqual(rig.network.devices[0].nonces, [1, 2]);
  });

  it("leaves it to the module to try again while nobody hears it, and is there when it has joined", () => {
    const rig = lorawanRig();
    const hears = rig.module.on_transmit;
    rig.module.on_transmit = (frame) => {
      if (rig.queue.now_ms > 40_000) hears(frame);
      else rig.frames.push(frame);
    };
    rig.pass(40_000);
    assert.equal(rig.frames.length, 3, "one each 16 s");
    assert.equal(rig.modem.state, "joining");
    rig.pass(20_000);
    assert.equal(rig.modem.state, "working");
    assert.equal(rig.network.joins, 1);
  });

  it("waits for a join that the duty cycle holds back, as for one that finds nobody", () => {
    const rig = lorawanRig();
    rig.pass(JOIN_MS);
    const duty = rig.module.duty;
    countAirtime(duty, rig.queue.now_ms, 36_000_000);
    forgetNetwork(rig.module);
    assert.deepEqual(sent(rig, [1]), ["failed"]);
    rig.pass(JOIN_MS);
    assert.deepEqual([rig.modem.state, rig.modem.port.answers?.()], ["joining", true]);
    rig.pass(3_700_000 + RESTART_MAX_MS);
    assert.equal(rig.modem.state, "working");
  });

  it("joins again, and the meter after a restart, with a module that has kept the group; with the group's new keys", () => {
    const rig = lorawanRig();
    rig.pass(JOIN_MS);
    forgetNetwork(rig.module);
    assert.deepEqual(sent(rig, [1]), ["failed"]);
    rig.pass(JOIN_MS);
    assert.deepEqual(sent(rig, [2]), ["sent"]);
    const group = rig.module.group;
    assert.ok(group !== undefined);
    group.network_key = new Array<number>(16).fill(0);
    const restarted = rig.restart();
    rig.pass(JOIN_MS);
    assert.equal(restarted.state, "working");
    const heard: number[][] = [];
    restarted.port.on_frame((frame) => heard.push(frame));
    restarted.port.listen(1_000_000);
    rig.hear(frameToGroup(rig.network, 2, [5, 5]));
    rig.pass(100);
    assert.deepEqual(heard, [[5, 5]]);
  });

  it("says duty_cycle when the module may not send, and sends again later", () => {
    const rig = lorawanRig();
    rig.pass(JOIN_MS);
    const results: string[] = [];
    for (let count = 0; count < 120; count++) results.push(...sent(rig, new Array<number>(100).fill(count), 4000));
    assert.ok(results.includes("duty_cycle"), results.join());
    rig.pass(3_700_000);
    assert.deepEqual(sent(rig, [1]), ["sent"]);
  });

  it("lines of any length and any characters leave the driver with a bounded line", () => {
    const lines: string[] = [];
    const reader = createLineReader((line) => lines.push(line));
    const long = [...Buffer.from("x".repeat(5 * LINE_MAX_CHARACTERS))];
    takeLines(reader, [...long, 10, 0, 255, 13, 79, 75, 13, 10, 10]);
    assert.deepEqual(lines, ["OK"]);
    assert.equal(reader.passed_over, 1);
  });

  it("received lines that are not as they should be are dropped", () => {
    const rig = lorawanRig();
    rig.pass(JOIN_MS);
    const heard = heardBy(rig);
    for (const line of [
      "+EVT:RX_C",
      "+EVT:RX_C:-70:8:UNICAST:2",
      "+EVT:RX_C:-70:8:UNICAST:2:",
      "+EVT:RX_C:-70:8:UNICAST:2:1",
      "+EVT:RX_C:-70:8:UNICAST:2:1G",
      "+EVT:RX_C:x:8:UNICAST:2:11",
      "+EVT:RX_C:-9999999:8:UNICAST:2:11",
      "+EVT:RX_C:-70:8:UNICAST:2:11:22",
      `+EVT:RX_C:-70:8:UNICAST:2:${"11".repeat(250)}`,
    ])
      takeLines(rig.modem.reader, [...Buffer.from(`${line}\r\n`)]);
    assert.deepEqual(heard, []);
    takeLines(rig.modem.reader, [...Buffer.from("+EVT:RX_C:-70:8:UNICAST:2:11\r\n")]);
    assert.deepEqual(heard, [[0x11]]);
  });
});
