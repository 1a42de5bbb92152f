/**
 * Torture of updates: the power fails at every operation of both slots and of the journal, while an update is prepared,
 * collected, verified, made pending, tried, confirmed or rolled back, with every damage that a cut can leave; and then once
 * more in what follows. As MCUboot's simulator does it: after each cut one of the two firmwares boots, whole, and the books
 * are what they were.
 */
import assert from "node:assert/strict";
import { MARK_TRIED, readHead } from "../../../firmware/update/slot";
import { RESTART_MS, TRIAL_MS } from "../../../firmware/update/activation";
import { NVM_DAMAGES, damage, type NvmDamage } from "../../../sim/twins/nvm_damage";
import { createRandomNumbers, randomBelow } from "../../../sim/world/random_numbers";
import { nvmGeometry } from "../../../sim/twins/nvm_parts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../rig";
import { signer, type Signer } from "../radio/gateway";
import { BOARD, imageOf, UpdateRig, updateOf, type Update } from "./rig";

const RESTARTED_MS = 10 * MINUTE_MS + RESTART_MS;
/** Operations after the first cut among which the second one is drawn. */
const AGAIN_OPERATIONS = 60;
const LONG = process.env["CURBSTOP_LONG"] === "1";
/** A quick run cuts at every operation, with the damages in turn; a long one with each damage at each. */
const DAMAGES_EACH = LONG ? NVM_DAMAGES.length : 1;

interface Cut {
  operation: number;
  kind: NvmDamage;
  again: boolean;
}

interface Outcome {
  rig: UpdateRig;
  operations: number;
  /** A cut came while the boot code wrote that it tries the image. */
  in_tried: boolean;
}

const books = (rig: UpdateRig): number[] =>
  ["volume_l", "balance_milli", "charged_milli", "credited_milli"].map((field) => rig.rig.number(field));

describe("updates under power cuts", function () {
  this.timeout(LONG ? 3_600_000 : 900_000);
  let region: Signer;

  before("make keys", async () => {
    region = await signer("the region's update key");
  });

  /** An update from its manifest to what becomes of it, with the power cut as it is told. */
  function run(update: Update, part: string, cut: Cut | undefined): Outcome {
    const settings = { board: BOARD, update_key: region.region_key, update_key_revision: 1, update_key_next: "" };
    const rig = new UpdateRig({ settings, geometry: nvmGeometry(part) });
    // A mark is kept every ten litres; what stands beyond it a cut without warning may cost.
    rig.rig.litres(30);
    const before = books(rig);
    const numbers = createRandomNumbers(1 + (cut?.operation ?? 0) * 10 + NVM_DAMAGES.indexOf(cut?.kind ?? "none"));
    let operations = 0;
    let at = cut?.operation ?? -1;
    let again = cut?.again ?? false;
    let in_tried = false;
    for (const memory of [...rig.twin.slots, rig.world.nvm]) {
      memory.before = (operation) => {
        operations += 1;
        if (operations !== at || cut === undefined) return;
        const is_slot = memory !== rig.world.nvm;
        in_tried ||= is_slot && operation.address >= MARK_TRIED && operation.address < MARK_TRIED + 16;
        damage(memory, operation, cut.kind, numbers);
        at = again ? operations + 1 + randomBelow(numbers, AGAIN_OPERATIONS) : -1;
        again = false;
        rig.cut();
      };
    }
    const turn = (): void => {
      rig.rig.pass(5 * SECOND_MS);
      rig.announce(update).air(update.frames);
      rig.rig.pass(MINUTE_MS);
    };
    // What a cut has lost the carousel brings again, from day to day.
    for (let times = 0; times < 8 && new Set(rig.ran).size < 2 && !in_tried; times++) {
      turn();
      rig.rig.pass(RESTARTED_MS);
    }
    rig.rig.pass(TRIAL_MS + HOUR_MS);
    const taken = operations;
    at = -1;
    assert.deepEqual(books(rig), before, "the books are what they were");
    assert.ok(rig.ran.every((name) => ["factory", "new", "bad"].includes(name)));
    return { rig, operations: taken, in_tried };
  }

  /** What stands stays, whatever the memory's noise. */
  function stays(rig: UpdateRig): void {
    const { image } = rig;
    for (let times = 0; times < 3; times++) assert.equal(rig.powerCycle().image, image, "what was found stays");
  }

  function torture(update: Update, part: string, judge: (outcome: Outcome) => void): number {
    const { operations } = run(update, part, undefined);
    let places = 0;
    for (let operation = 1; operation <= operations; operation++) {
      for (let each = 0; each < DAMAGES_EACH; each++) {
        const kind = NVM_DAMAGES[(operation + each) % NVM_DAMAGES.length];
        for (const again of [false, true]) {
          const where = `operation ${operation} of ${operations} ${kind}${again ? " again" : ""}`;
          try {
            judge(run(update, part, { operation, kind, again }));
          } catch (error) {
            throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
          }
          places += 1;
        }
      }
    }
    console.log(`      ${part}: ${places} runs, a cut at each of ${operations} operations`);
    return places;
  }

  const small = (name: string) => updateOf(region, imageOf(name, 700), { fragment_bytes: 64 });

  for (const part of ["nrf52-8x4k", "nor-8x4k"]) {
    it(`end with the new firmware, or with the old one when the trial was cut short (${part})`, () => {
      const places = torture(small("new"), part, ({ rig, in_tried }) => {
        if (rig.image === "factory") assert.ok(rig.ran.includes("new") || in_tried, "an update is not lost on the way");
        stays(rig);
        const head = readHead(rig.twin.slots[rig.twin.running].port);
        assert.equal(head?.sequence, rig.image === "new" ? 2 : 1);
      });
      assert.ok(places > 50, `${places}`);
    });
  }

  it("end with the old firmware when the new one is bad, wherever the cut comes", () => {
    const places = torture(small("bad"), "nrf52-8x4k", ({ rig }) => {
      rig.powerCycle();
      rig.rig.pass(MINUTE_MS);
      assert.equal(rig.image, "factory");
      stays(rig);
    });
    assert.ok(places > 50, `${places}`);
  });
});
