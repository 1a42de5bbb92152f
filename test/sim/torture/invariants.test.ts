/**
 * Each invariant of the torture can fail: a recovery as it should be is judged sound, and the same with one thing
 * doctored breaks exactly the invariant that is meant for it.
 */
import assert from "node:assert/strict";
import { NO_LIMIT_L } from "../../../firmware/credit/tariff";
import * as book from "../../../sim/torture/books";
import type { Observation } from "../../../sim/torture/invariants";
import { INVARIANT_NAMES, judge, judgeContents, judgeRun } from "../../../sim/torture/invariants";
import type { Model } from "../../../sim/torture/model";
import {
  acknowledge,
  beginTrail,
  createModel,
  endEvent,
  findPassed,
  handIn,
  keyIn,
  observe,
  resumeTrail,
  settle,
  takenBy,
  priceThousandths,
} from "../../../sim/torture/model";
import type { ToldToken } from "../../../sim/torture/tokens";
import { blocks } from "../../firmware/samples";

const TARIFF = blocks(
  [
    [100, 1500],
    [NO_LIMIT_L, 2500],
  ],
  { standing_milli: 7 },
);

/** Books of a meter that has had 10,000 milli credit with voucher 1 and has sold litres of one month. */
function books(litres: number, changes: Record<number, number> = {}): number[] {
  const thousandths = priceThousandths(TARIFF, 0, litres);
  const charged_milli = Math.floor(thousandths / 1000);
  const list = Array.from({ length: book.REFUSED_PULSES + 1 }, () => 0);
  list[book.VOLUME_L] = litres;
  list[book.MONTH_L] = litres;
  list[book.CHARGED] = charged_milli;
  list[book.THOUSANDTHS] = thousandths - charged_milli * 1000;
  list[book.CREDITED] = 10_000;
  list[book.BALANCE] = 10_000 - charged_milli;
  list[book.SEQUENCE] = 1;
  list[book.TARIFF_ID] = TARIFF.id;
  list[book.DAY] = list[book.PAID_DAY] = 17_959;
  for (const [place, value] of Object.entries(changes)) list[Number(place)] = value;
  return list;
}

const CREDITED = { [book.CREDITED]: 15_000, [book.SEQUENCE]: 2 };

function credited(litres: number): number[] {
  const list = books(litres, CREDITED);
  list[book.BALANCE] += 5000;
  return list;
}

function taken(sequence: number, milli: number): number[] {
  return books(105, { [book.SEQUENCE]: sequence, [book.CREDITED]: milli });
}

/** A run that has sold 95 to 105 litres, and is in the middle of taking voucher 2 of 5,000 milli. */
function run(): Model {
  const model = createModel(1, 1, TARIFF);
  model.committed = true;
  model.delivered_pulses = 105;
  model.taken = [{ sequence: 1, milli: 10_000, tokens: " ", cleared: false }];
  beginTrail(model, books(95), priceThousandths(TARIFF, 0, 95));
  for (let litres = 96; litres <= 105; litres++) {
    observe(model, books(litres));
    endEvent(model, false);
  }
  handIn(model, 2, 5000);
  observe(model, credited(105));
  return model;
}

function sound(): Observation {
  return {
    storage: "ok",
    books: books(100),
    later: books(100),
    tariff: TARIFF,
    pending: undefined,
    shut: false,
    valve: "open",
    valve_whole: true,
    no_lifeline: true,
    retried: [],
    answer: "",
  };
}

function verdict(model: Model, seen: Observation): string {
  return judge(model, seen, findPassed(model, seen.books));
}

type Doctor = (seen: Observation, model: Model) => void;

function both(list: number[]): Doctor {
  return (seen) => {
    seen.books = list;
    seen.later = list;
  };
}

const DOCTORED: Record<string, Record<string, Doctor>> = {
  journal_mounts: {
    "the memory is found damaged": (seen) => (seen.storage = "damaged"),
    "it is found damaged before its first commit, and yet has litres": (seen, model) => {
      seen.storage = "damaged";
      model.committed = false;
    },
  },
  total_never_decreases: {
    "the voucher that was beeped for is there, and litres before it are gone": (seen, model) => {
      acknowledge(model);
      both(credited(104))(seen, model);
    },
    "the start takes litres away": (seen) => (seen.later = books(99)),
  },
  no_litre_billed_twice: {
    "more litres than pulses": both(books(106)),
    "the start adds litres that never ran": (seen) => (seen.later = books(106)),
  },
  at_most_one_quantum_unbilled: { "twelve litres are gone": both(books(93)) },
  books_balance: {
    "a milli-unit too many": both(books(100, { [book.BALANCE]: 9_851 })),
    "a debt below nothing": (seen) => (seen.later = books(100, { [book.DEBT]: -1, [book.BALANCE]: 9_849 })),
  },
  credit_once_or_not_at_all: {
    "half a voucher": both(books(100, { [book.CREDITED]: 12_500, [book.BALANCE]: 12_350, [book.SEQUENCE]: 2 })),
    "marked as used and not credited": both(books(100, { [book.SEQUENCE]: 2 })),
    "credited and not marked": both(books(100, { [book.CREDITED]: 15_000, [book.BALANCE]: 14_850 })),
    "twice when it is handed in again": (seen) => {
      seen.retried = credited(100);
      seen.retried[book.CREDITED] = 20_000;
      seen.retried[book.BALANCE] += 5000;
    },
    "not at all when it is handed in again": (seen) => (seen.retried = books(100)),
  },
  tariff_old_or_new_whole: {
    "a price of another tariff": (seen) => (seen.tariff = { ...TARIFF, prices_milli: [1500, 2501] }),
    "a tariff that was never handed in": (seen) => (seen.pending = { ...TARIFF, id: 2 }),
    "a limit is missing": (seen) => (seen.tariff = { ...TARIFF, limits_l: [NO_LIMIT_L] }),
  },
  acknowledged_is_committed: {
    "the voucher was beeped for": (seen, model) => {
      acknowledge(model);
      both(books(105))(seen, model);
    },
  },
  recovered_state_was_passed: {
    "the day is another": both(books(100, { [book.DAY]: 17_960 })),
    "a lock is open that was closed": (_seen, model) => {
      model.trail.forEach((passed) => (passed.books[book.LOCKS] = 1));
    },
  },
  charge_is_the_price_of_the_litres: {
    "a litre too cheap": both(books(100, { [book.CHARGED]: 149, [book.BALANCE]: 9_851 })),
    "the start charges what nobody drew": (seen) =>
      (seen.later = books(100, { [book.CHARGED]: 151, [book.BALANCE]: 9_849 })),
    "a standing charge without a day": (seen) =>
      (seen.later = books(100, { [book.CHARGED]: 157, [book.STANDING]: 7, [book.BALANCE]: 9_843 })),
  },
  valve_shut_when_it_must_be: {
    "open in spite of a reason": (seen) => (seen.shut = true),
    "half open": (seen) => (seen.valve = "between"),
    "closed without a reason": (seen) => (seen.valve = "closed"),
  },
};

describe("invariants of the torture", () => {
  it("a recovery within the quantum, before or after the voucher, is sound", () => {
    assert.equal(verdict(run(), sound()), "");
    const after = { ...sound(), books: credited(105), later: credited(105), retried: credited(105) };
    assert.equal(verdict(run(), after), "");
  });

  it("a standing charge at the midnight that the start has crossed is sound", () => {
    const later = books(100, {
      [book.CHARGED]: 157,
      [book.STANDING]: 7,
      [book.BALANCE]: 9_843,
      [book.DAY]: 17_960,
      [book.PAID_DAY]: 17_960,
    });
    assert.equal(verdict(run(), { ...sound(), later }), "");
  });

  it("a meter that is locked after a cut must be shut, whatever it says itself", () => {
    const model = run();
    const locked = books(105, { [book.LOCKS]: 1 });
    model.in_flight = false;
    observe(model, locked);
    const seen = { ...sound(), books: locked, later: locked };
    assert.equal(verdict(model, seen), "valve_shut_when_it_must_be");
    assert.equal(verdict(model, { ...seen, shut: true, valve: "closed" }), "");
  });

  for (const [name, cases] of Object.entries(DOCTORED)) {
    for (const [title, doctor] of Object.entries(cases)) {
      it(`${name} is broken when ${title}`, () => {
        const model = run();
        const seen = sound();
        doctor(seen, model);
        assert.equal(verdict(model, seen), name);
      });
    }
  }

  it("boots_on_anything is broken when a meter on garbage opens its valve or names no fault", () => {
    const locked = { ...sound(), storage: "damaged", shut: true, valve: "closed" };
    assert.equal(judgeContents(run(), locked, "garbage", -1), "");
    assert.equal(judgeContents(run(), { ...locked, valve: "open" }, "garbage", -1), "boots_on_anything");
    assert.equal(judgeContents(run(), { ...locked, storage: "ok" }, "garbage", -1), "boots_on_anything");
    assert.equal(judgeContents(run(), { ...sound(), books: books(106) }, "altered", -1), "boots_on_anything");
  });

  it("register_kept is broken when the one valid record's litres are not there", () => {
    assert.equal(judgeContents(run(), sound(), "one_record", 100), "");
    assert.equal(judgeContents(run(), sound(), "one_record", 99), "register_kept");
  });

  it("a reboot that has told nothing may have read a torn voucher, which is there or not at the next boot", () => {
    for (const found of [credited(105), books(105)]) {
      for (const next of [credited(105), books(105)]) {
        const model = run();
        resumeTrail(model, found, priceThousandths(TARIFF, 0, 105));
        assert.equal(verdict(model, { ...sound(), books: next, later: next }), "");
      }
    }
  });

  it("a reboot that has told something has committed what it had found: nothing else is found again", () => {
    for (const found of [credited(105), books(105)]) {
      const model = run();
      resumeTrail(model, found, priceThousandths(TARIFF, 0, 105));
      endEvent(model, false);
      assert.equal(verdict(model, { ...sound(), books: found, later: found }), "");
      for (const other of [credited(105), books(105), books(104)]) {
        if (other[book.SEQUENCE] !== found[book.SEQUENCE] || other[book.VOLUME_L] !== found[book.VOLUME_L]) {
          assert.notEqual(verdict(model, { ...sound(), books: other, later: other }), "");
        }
      }
    }
  });

  it("a reboot on a low supply settles nothing of the voucher that was torn, nor does the next one", () => {
    const model = run();
    resumeTrail(model, credited(105), priceThousandths(TARIFF, 0, 105));
    settle(model);
    handIn(model, 3, 700);
    for (const [sequence, milli] of [
      [1, 10_000],
      [2, 15_000],
      [3, 10_700],
      [3, 15_700],
    ]) {
      assert.deepEqual(takenBy(model, taken(sequence, milli)), { sequence, milli, tokens: " ", cleared: false });
    }
    assert.equal(takenBy(model, taken(2, 10_700)), undefined);
    settle(model);
    assert.equal(takenBy(model, taken(3, 15_700)), undefined);
    endEvent(model, false);
    assert.deepEqual(model.taken, [{ sequence: 2, milli: 15_000, tokens: " ", cleared: false }]);
  });

  describe("with a token of 5,000 milli in the hand", () => {
    const TOKEN: ToldToken = { digits: "12345678901234567890", kind: "credit", amount: 5000, id: "7" };
    const WITH = { [book.CREDITED]: 15_000, [book.BALANCE]: 15_000 - books(105)[book.CHARGED], [book.TIDS]: 7 };

    /** A run in the middle of taking the token. */
    function keying(token = TOKEN): Model {
      const model = run();
      model.taken = [{ sequence: 1, milli: 10_000, tokens: " ", cleared: false }];
      model.in_flight = false;
      beginTrail(model, books(105), priceThousandths(TARIFF, 0, 105));
      keyIn(model, token);
      observe(model, books(105, WITH));
      return model;
    }
    const came = (later: number[], retried: number[], answer: string): Observation => ({
      ...{ ...sound(), books: later, later },
      ...{ retried, answer },
    });

    it("is in the books once, whether the cut came before it or after", () => {
      const [before_it, after_it] = [books(105), books(105, WITH)];
      assert.equal(verdict(keying(), came(before_it, after_it, "accepted")), "");
      assert.equal(verdict(keying(), came(after_it, after_it, "used")), "");
      assert.equal(verdict(keying(), came(before_it, before_it, "lockout")), "");
    });

    it("breaks credit_once_or_not_at_all when it is taken twice, lost, or brings another sum", () => {
      const [before_it, after_it] = [books(105), books(105, WITH)];
      const twice = books(105, { ...WITH, [book.CREDITED]: 20_000, [book.BALANCE]: WITH[book.BALANCE] + 5000 });
      const half = books(105, { ...WITH, [book.CREDITED]: 12_500, [book.BALANCE]: WITH[book.BALANCE] - 2500 });
      const lost = books(105, { [book.TIDS]: 7 });
      for (const seen of [
        came(after_it, twice, "accepted"),
        came(before_it, half, "accepted"),
        came(lost, lost, "used"),
        came(before_it, after_it, "used"),
        came(half, half, "used"),
      ]) {
        assert.equal(verdict(keying(), seen), "credit_once_or_not_at_all");
      }
    });

    it("brings nothing when its ID was taken before, and takes all away when it clears", () => {
      const model = keying();
      endEvent(model, false);
      assert.deepEqual(model.taken, [{ sequence: 1, milli: 15_000, tokens: " 7 ", cleared: false }]);
      keyIn(model, { ...TOKEN, digits: "other" });
      assert.equal(takenBy(model, taken(1, 20_000)), undefined);
      keyIn(model, { ...TOKEN, kind: "clear", id: "8" });
      assert.deepEqual(takenBy(model, taken(1, 300)), { sequence: 1, milli: 300, tokens: " 7 8 ", cleared: false });
      assert.equal(takenBy(model, taken(1, 15_001)), undefined);
    });
  });

  it("the uncut run is judged as well", () => {
    const priced = run();
    observe(priced, books(106, { ...CREDITED, [book.CHARGED]: 1000, [book.BALANCE]: 14_000 }));
    assert.equal(priced.broken, "charge_is_the_price_of_the_litres");
    const twice = run();
    twice.in_flight = false;
    judgeRun(twice);
    assert.equal(twice.broken, "credit_once_or_not_at_all");
  });

  it("every invariant can be seen to fail", () => {
    const shown = [...Object.keys(DOCTORED), "boots_on_anything", "register_kept"];
    assert.deepEqual([...INVARIANT_NAMES].sort(), shown.sort());
  });
});
