/** When meters report: many that have begun at the same moment, as those of a house behind an outage. */
import assert from "node:assert/strict";
import { INSTALLATIONS } from "../../../firmware/radio/station";
import { DAY_MS, Rig } from "../rig";
import { radio } from "./gateway";

describe("reports go out", () => {
  it("at times of their own where meters begin at once, and as often as the interval says", () => {
    const days = 11;
    const rigs = Array.from({ length: 40 }, () => new Rig({ radio: radio() }));
    const times = rigs.map(({ meter, world }, number) => {
      meter.card.books.meter = `6001000000000${String(number).padStart(5, "0")}`;
      const sent_ms: number[] = [];
      world.radio.on_sent = () => void sent_ms.push(meter.hal.timer.now_ms());
      return sent_ms;
    });
    for (const rig of rigs) rig.step("commission 1000000").pass(days * DAY_MS);
    for (const sent_ms of times)
      assert.ok(Math.abs(sent_ms.length - INSTALLATIONS - 24 * days) <= 1, `${sent_ms.length}`);
    const taken = new Map<number, number>();
    for (const second of times.flatMap((sent_ms) => sent_ms.slice(INSTALLATIONS)).map((ms) => Math.floor(ms / 1000)))
      taken.set(second, (taken.get(second) ?? 0) + 1);
    const crowded = [...taken.values()].filter((count) => count > 3);
    assert.deepEqual(crowded, [], "never more than three within a second");
    const lone = [...taken.values()].filter((count) => count === 1).length;
    assert.ok(lone > 0.9 * 40 * 24 * days, `${lone} of ${40 * 24 * days}`);
  });
});
