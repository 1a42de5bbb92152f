/** The channel does what its header says: counted over many frames, and the same from the same seed. */
import assert from "node:assert/strict";
import { createChannel, addStation, transmitFrame, type ChannelSettings } from "../../../sim/radio_channel/channel";
import { airtimeUs, type RadioMode } from "../../../firmware/modem/airtime";
import { virtualTime } from "../../hal/twins";

const SEED = 20_261_122;
const CLEAR: ChannelSettings = {
  seed: SEED,
  loss_permille: 0,
  duplicate_permille: 0,
  delay_max_ms: 0,
  capture_db: 1000,
};

function air(settings: Partial<ChannelSettings> = {}) {
  const { queue, pass } = virtualTime();
  const channel = createChannel(queue, { ...CLEAR, ...settings });
  const listener = (...modes: RadioMode[]) => {
    const station = addStation(channel);
    const heard: { at_ms: number; frame: number[] }[] = [];
    station.listens = modes;
    station.hears = (frame) => heard.push({ at_ms: queue.now_ms, frame });
    return { station, heard };
  };
  return { queue, channel, listener, pass };
}

const numbers = (heard: { frame: number[] }[]): number[] => heard.map(({ frame }) => frame[0]);

describe("radio channel", () => {
  it("hands a frame over at the end of its airtime, to those who listen in its mode, and to nobody else", () => {
    const { channel, listener, pass } = air();
    const [c1, t1, both, sleeper] = [listener("C1"), listener("T1"), listener("C1", "T1"), listener()];
    const sender = listener("C1");
    transmitFrame(channel, sender.station, "C1", new Array<number>(100).fill(1));
    pass(1000);
    assert.deepEqual(
      [c1, t1, both, sleeper, sender].map(({ heard }) => heard.length),
      [1, 0, 1, 0, 0],
    );
    assert.equal(c1.heard[0].at_ms, Math.ceil(airtimeUs("C1", 100) / 1000));
  });

  it("frames that overlap in one sub-band destroy each other, in different ones they do not", () => {
    const { channel, listener, pass } = air();
    const ear = listener("C1", "T1", "C2");
    const [one, two, three] = [listener(), listener(), listener()];
    transmitFrame(channel, one.station, "C1", [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
    transmitFrame(channel, two.station, "T1", [2]);
    transmitFrame(channel, three.station, "C2", [3]);
    pass(100);
    assert.deepEqual(numbers(ear.heard), [3]);
    assert.equal(channel.collided, 2);
    transmitFrame(channel, one.station, "C1", [4]);
    pass(100);
    transmitFrame(channel, two.station, "C1", [5]);
    pass(100);
    assert.deepEqual(numbers(ear.heard), [3, 4, 5]);
  });

  it("the stronger of two frames is captured, the weaker is lost", () => {
    const { channel, listener, pass } = air({ capture_db: 6 });
    const ear = listener("C1");
    const [strong, weak] = [listener(), listener()];
    strong.station.rssi_dbm = -60;
    weak.station.rssi_dbm = -67;
    transmitFrame(channel, weak.station, "C1", [1]);
    transmitFrame(channel, strong.station, "C1", [2]);
    pass(100);
    assert.deepEqual(numbers(ear.heard), [2]);
  });

  it("who sends hears nothing meanwhile", () => {
    const { channel, listener, pass } = air();
    const ear = listener("C1");
    const other = listener();
    transmitFrame(channel, ear.station, "C2", new Array<number>(100).fill(1));
    transmitFrame(channel, other.station, "C1", [2]);
    pass(100);
    assert.deepEqual(ear.heard, []);
  });

  it(`loses and doubles as many copies as it is told to, late ones out of order (seed ${SEED})`, () => {
    const { channel, listener, pass } = air({ loss_permille: 200, duplicate_permille: 100, delay_max_ms: 50 });
    const ears = Array.from({ length: 20 }, () => listener("C1"));
    const sender = listener();
    for (let number = 0; number < 500; number++) {
      transmitFrame(channel, sender.station, "C1", [number % 256, Math.floor(number / 256)]);
      pass(10);
    }
    pass(1000);
    const order = ears.map(({ heard }) => heard.map(({ frame }) => frame[0] + 256 * frame[1]));
    const kinds = order.map((list) => new Set(list).size);
    const share = kinds.reduce((sum, count) => sum + count, 0) / 10_000;
    assert.ok(share > 0.785 && share < 0.815, `${share} arrive`);
    const doubled = order.reduce((sum, list) => sum + list.length, 0) / kinds.reduce((sum, count) => sum + count, 0);
    assert.ok(doubled > 1.085 && doubled < 1.115, `${doubled} copies each`);
    assert.ok(
      order[0].some((number, index) => index > 0 && number < order[0][index - 1]),
      "some overtake others",
    );
    assert.notDeepEqual(order[0], order[1], "each station loses its own");
  });

  it("is the same from the same seed, and another from another", () => {
    const run = (seed: number): number[] => {
      const { channel, listener, pass } = air({ seed, loss_permille: 500, duplicate_permille: 200, delay_max_ms: 9 });
      const ear = listener("T1");
      const sender = listener();
      for (let number = 0; number < 200; number++) {
        transmitFrame(channel, sender.station, "T1", [number]);
        pass(20);
      }
      return ear.heard.flatMap(({ at_ms, frame }) => [at_ms, ...frame]);
    };
    assert.deepEqual(run(7), run(7));
    assert.notDeepEqual(run(7), run(8));
  });

  it("counts who uses more of an hour than the law allows, whatever their own accounts say", () => {
    const { channel, listener, pass } = air();
    const [good, bad] = [listener(), listener()];
    const frame = new Array<number>(200).fill(0);
    const airtime_us = airtimeUs("C1", frame.length);
    const allowed = Math.floor(3_600_000 / airtime_us);
    for (let count = 0; count < allowed + 3; count++) {
      if (count < allowed) transmitFrame(channel, good.station, "C1", frame);
      pass(50);
      transmitFrame(channel, bad.station, "C1", frame);
      pass(50);
    }
    assert.deepEqual([good.station.violations, bad.station.violations], [0, 3]);
    assert.equal(good.station.hour_most_us, allowed * airtime_us);
  });
});
