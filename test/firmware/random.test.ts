/**
 * Random programs against the invariants. Seeds count from 1, so a run is the same everywhere; CURBSTOP_LONG=1 goes on
 * to more of them, CURBSTOP_SEED=n runs only seed n.
 */
import assert from "node:assert/strict";
import { CODE_DRY } from "../../firmware/metrology/info_codes";
import { SLOT_VALVE } from "../../firmware/schedule";
import type { InvariantName, Watched } from "./invariants";
import { INVARIANTS, lookAt, watch, watchProgram } from "./invariants";
import { randomProgram } from "./random_programs";
import { HOUR_MS, running } from "./rig";

const LONG = process.env["CURBSTOP_LONG"] === "1";
const ONE_SEED = process.env["CURBSTOP_SEED"];
const PROGRAMS = LONG ? 20_000 : 300;
/** Reported separately, so that a run of minutes shows where it is. */
const PROGRAMS_PER_TEST = LONG ? 1000 : 150;
const LIMIT_MS = 600_000;

function checkSeed(seed: number): void {
  const { broken } = watchProgram(randomProgram(seed).lines);
  if (broken === undefined) return;
  assert.fail(`seed ${seed}: ${broken}\nreplay: CURBSTOP_SEED=${seed} npx mocha test/firmware/random.test.ts`);
}

/** How each invariant can be broken: something a faulty meter might do. */
const SABOTAGE: Record<InvariantName, (watched: Watched) => void> = {
  "the books balance": ({ meter }) => (meter.account.balance_milli += 1),
  "volume never falls": ({ meter }) => (meter.register.volume_l -= 1),
  "the charge never falls": ({ meter: { account } }) => {
    account.charged_milli -= 1;
    account.balance_milli += 1;
  },
  "the alarm is the earliest deadline": ({ meter, alarm_ms }) =>
    (meter.schedule.deadlines_ms[SLOT_VALVE] = alarm_ms - 1),
  "no deadline is in the past": (watched) => {
    watched.alarm_ms = watched.world.queue.now_ms - 1;
    watched.meter.schedule.deadlines_ms[SLOT_VALVE] = watched.alarm_ms;
  },
  "no_credit follows the books": ({ meter }) => (meter.reasons.no_credit = true),
  "plain means open and commissioned": ({ meter }) => (meter.plain = false),
  "wanted follows the reasons": ({ meter }) => (meter.supervisor.wanted = "close"),
  "a run never overdraws": ({ meter }) => (meter.account.run_l = 3_999_999),
  "a run never skips the warning": ({ meter }) => (meter.settings.low_credit_milli = meter.account.balance_milli - 1),
  "a run never crosses a block": ({ meter }) => (meter.account.block_limit_l = meter.account.month_l + 1),
  "cut exactly when owed": ({ meter }) => {
    meter.account.cut = true;
    meter.account.run_l = 0;
    meter.reasons.no_credit = true;
    meter.supervisor.wanted = "close";
  },
  "closed within two travel times": (watched) => {
    watched.meter.reasons.tamper = true;
    watched.meter.supervisor.wanted = "close";
    watched.reason_ms = 0;
  },
  "open at rest without a reason": ({ world }) => (world.valve.opened_ms = 0),
  "no spurious valve fault": ({ meter }) => (meter.supervisor.seized = true),
  "every pulse is booked or refused": ({ world }) => (world.flow.counted_pulses += 1),
  "a cut cable is seen at once": ({ world }) => (world.flow.cut = true),
  "a dry pipe is seen at once": ({ meter }) => (meter.info.active[CODE_DRY] = true),
  "a message leaves the glass": ({ meter }) => (meter.shown.message = meter.shown.text),
};

describe("random programs", function () {
  this.timeout(LIMIT_MS);

  if (ONE_SEED !== undefined) {
    it(`keeps every invariant in the program of seed ${ONE_SEED}`, () => checkSeed(Number(ONE_SEED)));
    return;
  }

  for (let first = 1; first <= PROGRAMS; first += PROGRAMS_PER_TEST) {
    const last = first + PROGRAMS_PER_TEST - 1;
    it(`keeps every invariant after every event, seeds ${first} to ${last}`, () => {
      for (let seed = first; seed <= last; seed++) checkSeed(seed);
    });
  }

  it("is the same program for the same seed, and another for the next", () => {
    assert.deepEqual(randomProgram(7), randomProgram(7));
    assert.notDeepEqual(randomProgram(7).lines, randomProgram(8).lines);
  });

  it("has every verb of the world", () => {
    const lines = Array.from({ length: 60 }, (_, seed) => randomProgram(seed).lines).flat();
    const verbs = new Set(lines.filter((line) => /^\d/.test(line)).map((line) => line.split(" ")[1]));
    const water = ["flow", "draw", "household"];
    const requests = ["commission", "credit", "tariff", "lock", "clear_tamper"];
    const devices = ["key", "service", "card", "radio", "expect"];
    const faults = ["tamper", "sensor", "valve", "battery", "brown_out", "clock"];
    assert.deepEqual([...verbs].sort(), [...water, ...requests, ...devices, ...faults, "end"].sort());
  });

  it("notices a single milli-unit that appears in the middle of a run", () => {
    let looks = 0;
    const { broken } = watchProgram(randomProgram(3).lines, ({ meter }) => {
      if (!meter.reasons.not_commissioned && ++looks === 20) meter.account.balance_milli += 1;
    });
    assert.match(broken ?? "nothing", /^the books balance: /);
    assert.equal(looks, 20);
  });

  for (const name of Object.keys(INVARIANTS) as InvariantName[]) {
    it(`can see that this is broken: ${name}`, () => {
      const rig = running({ opening_milli: 1_000_000 });
      const watched = watch(rig.world);
      rig.litres(3).pass(HOUR_MS / 4);
      assert.equal(lookAt(watched), undefined);
      SABOTAGE[name](watched);
      const broken = lookAt(watched);
      assert.ok(broken?.startsWith(`${name}: `), broken ?? "nothing was noticed");
    });
  }
});
