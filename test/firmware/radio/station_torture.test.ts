/**
 * Torture of the station: the power fails at every operation of the memory while a counter is reserved, a credit is taken, a
 * tariff with rules becomes the meter's own, or the valve is locked, with every damage that a cut can leave; and then
 * once more in a recovery. Random damage is drawn from seeds that the place gives, so a failure names itself.
 */
import assert from "node:assert/strict";
import { RADIO_RESULTS } from "../../../firmware/radio/radio_results";
import { NVM_DAMAGES, damage, type NvmDamage } from "../../../sim/twins/nvm_damage";
import { cutPower } from "../../../sim/world/power_cut";
import { createRandomNumbers, randomBelow, type RandomNumbers } from "../../../sim/world/random_numbers";
import { CARD_RESULTS } from "../../../firmware/card/results";
import { CREDIT_FIRST } from "../../../firmware/radio/radio_results";
import { HOUR_MS, SECOND_MS } from "../rig";
import { tariff } from "../samples";
import { Gateway, contentOf, fitted, radio, signed, signer, turn, voucher, type Signer } from "./gateway";

const ACCEPTED = RADIO_RESULTS.indexOf("accepted");
const CREDITED = CREDIT_FIRST + CARD_RESULTS.indexOf("accepted");
/** Longer than boot, valve and a verification take. */
const SETTLED_MS = 15 * SECOND_MS;
/** Operations of a recovery among which the second cut is drawn. */
const RECOVERY_OPERATIONS = 16;

interface Act {
  name: string;
  prepare: () => Gateway;
  /** What the power fails in. */
  run: (gateway: Gateway) => void;
  /** What must hold once the meter is back. */
  judge: (gateway: Gateway) => void;
}

interface Place {
  operation: number;
  kind: NvmDamage;
  again: boolean;
}

/** Cuts the power in the operations with these numbers, each with its damage. */
function cutAt(gateway: Gateway, first: number, place: Place, numbers: RandomNumbers): void {
  const { world } = gateway.rig;
  const { nvm } = world;
  let at = first + place.operation;
  let cuts = 0;
  nvm.before = (operation) => {
    if (operation.number !== at) return;
    cuts += 1;
    const kind = cuts === 1 ? place.kind : NVM_DAMAGES[randomBelow(numbers, NVM_DAMAGES.length)];
    at = place.again && cuts === 1 ? at + 1 + randomBelow(numbers, RECOVERY_OPERATIONS) : -1;
    damage(nvm, operation, kind, numbers);
    cutPower(world, 0);
  };
}

/** How many operations of the memory an act takes. */
function operationsOf(act: Act): number {
  const gateway = act.prepare();
  const before = gateway.rig.world.nvm.operations;
  act.run(gateway);
  act.judge(gateway);
  return gateway.rig.world.nvm.operations - before;
}

function increasing(counters: readonly number[]): void {
  counters.slice(1).forEach((counter, i) => assert.ok(counter > counters[i], `${counter} after ${counters[i]}`));
}

/** All places of an act; how many there were. */
function torture(act: Act): number {
  let places = 0;
  const operations = operationsOf(act);
  assert.ok(operations > 0);
  for (let operation = 1; operation <= operations; operation++) {
    for (const kind of NVM_DAMAGES) {
      for (const again of [false, true]) {
        const gateway = act.prepare();
        const numbers = createRandomNumbers(operation * 100 + places);
        cutAt(gateway, gateway.rig.world.nvm.operations, { operation, kind, again }, numbers);
        const where = `${act.name} operation ${operation} ${kind}${again ? " again" : ""}`;
        try {
          act.run(gateway);
          gateway.rig.pass(SETTLED_MS);
          gateway.rig.world.nvm.before = () => undefined;
          act.judge(gateway);
        } catch (error) {
          throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
        }
        places += 1;
      }
    }
  }
  return places;
}

describe("station under power cuts", function () {
  let region: Signer;
  let content: string;
  let older: string;

  before("sign", async () => {
    region = await signer();
    content = signed(
      region,
      contentOf({ version: 8, tariff: tariff({ id: 8, prices_milli: [5000] }), emergency_milli: 3000 }),
    );
    older = signed(
      region,
      contentOf({ version: 7, tariff: tariff({ id: 7, prices_milli: [2000] }), emergency_milli: 2000 }),
    );
  });

  const meter = () => fitted({ opening_milli: 1000, radio: radio({ region_key: region.region_key }) });

  it("never uses a counter twice", () => {
    const places = torture({
      name: "counter",
      prepare: () => {
        const gateway = meter();
        gateway.rig.step("power_cut 10").pass(SETTLED_MS);
        return gateway.window();
      },
      run: (gateway) => {
        // The last of the counters that are reserved are used up at once: the next telegram needs a commit.
        const step = gateway.rig.step("power_cut 10").pass(SETTLED_MS);
        step.step("tamper case 1").pass(20 * SECOND_MS);
      },
      judge: (gateway) => {
        gateway.rig
          .pass(HOUR_MS)
          .step("power_cut 10")
          .pass(HOUR_MS + SETTLED_MS);
        assert.ok(gateway.heard.length >= 2);
        increasing(gateway.counters());
      },
    });
    assert.ok(places > 50, `${places}`);
  });

  it("takes a credit once or not at all, and what it has told it has taken", () => {
    const places = torture({
      name: "credit",
      prepare: () => meter().window(),
      run: (gateway) => {
        gateway.ask("credit", voucher());
        gateway.rig.pass(10 * SECOND_MS);
      },
      judge: (gateway) => {
        const credited_milli = gateway.rig.number("credited_milli");
        assert.ok(credited_milli === 1000 || credited_milli === 501_000, `${credited_milli}`);
        const told = gateway.allTold();
        assert.ok(told.every(({ code }) => code === CREDITED));
        if (told.length > 0) assert.equal(credited_milli, 501_000, "told and not taken");
        // The gateway asks again until it has an answer: the same request under a new counter.
        gateway.window();
        gateway.counter += 1;
        gateway.put(gateway.frame("credit", voucher()));
        gateway.window();
        assert.deepEqual(gateway.told(), [{ request: gateway.request, code: CREDITED }]);
        assert.equal(gateway.rig.number("credited_milli"), 501_000);
        increasing(gateway.counters());
      },
    });
    assert.ok(places > 20, `${places}`);
  });

  it("takes tariff and rules together or not at all, and no version falls", () => {
    const places = torture({
      name: "tariff",
      prepare: () => {
        const gateway = meter().window();
        turn(content).slice(1).forEach((frame) => gateway.put(frame)); // prettier-ignore
        return gateway;
      },
      run: (gateway) => {
        gateway.put(turn(content)[0]);
        gateway.rig.pass(10 * SECOND_MS);
      },
      judge: (gateway) => {
        const { rig } = gateway;
        const id = rig.number("tariff");
        assert.ok(id === 1 || id === 8, `${id}`);
        assert.equal(rig.meter.settings.emergency_milli, id === 8 ? 3000 : 0);
        const told = gateway.verdicts().some(({ code }) => code === ACCEPTED);
        if (told) assert.equal(id, 8, "told and not taken");
        rig.step("power_cut 10").pass(SETTLED_MS);
        assert.equal(rig.number("tariff"), id, "what was found stays");
        gateway.window();
        turn(content).forEach((frame) => gateway.put(frame));
        rig.pass(SETTLED_MS);
        assert.equal(rig.number("tariff"), 8);
        gateway.window();
        turn(older).forEach((frame) => gateway.put(frame));
        rig.pass(SETTLED_MS).step("power_cut 10").pass(SETTLED_MS);
        assert.equal(rig.number("tariff"), 8);
        assert.equal(rig.meter.settings.emergency_milli, 3000);
        increasing(gateway.counters());
      },
    });
    assert.ok(places > 20, `${places}`);
  });

  it("locks when it has said so, and an old unlocking that is played again opens nothing", () => {
    let unlocking: number[] = [];
    const places = torture({
      name: "lock",
      prepare: () => {
        const gateway = meter().window();
        gateway.ask("valve", [1]);
        unlocking = gateway.ask("valve", [0]);
        gateway.window().window();
        gateway.heard.length = 0;
        return gateway.window();
      },
      run: (gateway) => {
        gateway.ask("valve", [1]);
        gateway.rig.pass(10 * SECOND_MS);
      },
      judge: (gateway) => {
        const locked = gateway.rig.see("shut_by") === "remote_lock";
        const told = gateway.allTold().some(({ request }) => request === gateway.request);
        if (told) assert.ok(locked, "told and not locked");
        gateway.window().put(unlocking);
        assert.equal(gateway.rig.see("shut_by") === "remote_lock", locked);
      },
    });
    assert.ok(places > 20, `${places}`);
  });
});
