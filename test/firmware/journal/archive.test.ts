import assert from "node:assert/strict";
import { appendArchive, archiveFields, createArchive, newestOf, recordAt } from "../../../firmware/journal/archive";
import { readFields, wholeField, WHOLE_MAX, writeFields } from "../../../firmware/journal/fields";
import type { Journal } from "../../../firmware/journal/journal";
import { beginCommit, endCommit, openJournal } from "../../../firmware/journal/journal";
import {
  blocksOf,
  KIND_EVENTS,
  KIND_HOURS,
  KIND_MONTHS,
  KIND_TARIFF,
  SEQUENCE_MAX,
  writeRecord,
} from "../../../firmware/journal/record";
import { withByte } from "../../byte_texts";
import type { TearingNvm } from "./tearing_nvm";
import { createTearingNvm, GEOMETRIES, PowerCut, seeded, TEARS } from "./tearing_nvm";

function boot(nvm: TearingNvm): Journal {
  nvm.powerUp();
  return openJournal(nvm.port)!;
}

const settle = (journal: Journal) => assert.equal(endCommit(journal, beginCommit(), true), "ok");
const add = (
  journal: Journal,
  payload: string,
  kind = KIND_EVENTS,
  documents = [] as { kind: number; payload: string }[],
) => appendArchive(journal.events, kind, payload, true, documents);

function shown(journal: Journal): string[] {
  const payloads: string[] = [];
  for (let back = 0; ; back++) {
    const record = recordAt(journal.events, back);
    if (record === undefined) return payloads;
    payloads.push(record.payload);
  }
}

describe("journal: archive", () => {
  for (const [name, geometry] of Object.entries(GEOMETRIES)) {
    it(`shows what was appended and committed, newest first, after a boot as before: ${name}`, () => {
      const nvm = createTearingNvm(geometry, seeded(1));
      const journal = boot(nvm);
      assert.deepEqual(shown(journal), []);
      settle(journal);
      const payloads: string[] = [];
      for (let i = 0; i < 6; i++) {
        payloads.unshift(`record ${i}`.repeat(i * 8));
        assert.equal(add(journal, payloads[0]), "ok");
        settle(journal);
        assert.deepEqual(shown(journal), payloads);
        assert.deepEqual(shown(boot(nvm)), payloads);
      }
      assert.equal(recordAt(journal.events, 6), undefined);
    });
  }

  it("finds the newest of each kind", () => {
    const journal = boot(createTearingNvm(GEOMETRIES["nor"], seeded(1)));
    settle(journal);
    add(journal, "months 1", KIND_MONTHS);
    settle(journal);
    for (const [kind, payload] of [
      [KIND_TARIFF, "tariff 1"],
      [KIND_MONTHS, "months 2"],
      [KIND_HOURS, "hours"],
    ] as const) {
      assert.equal(add(journal, payload, kind), "ok");
    }
    assert.equal(newestOf(journal.events, KIND_MONTHS), "months 2");
    assert.equal(newestOf(journal.events, KIND_TARIFF), "tariff 1");
    assert.equal(newestOf(journal.events, KIND_EVENTS), undefined);
    assert.deepEqual(recordAt(journal.events, 2)?.header, { kind: KIND_TARIFF, anchor: 0, length: 8, sequence: 2 });
  });

  it("nothing is appended before the commit of this session", () => {
    const nvm = createTearingNvm(GEOMETRIES["nor"], seeded(1));
    const journal = boot(nvm);
    assert.equal(add(journal, "early"), "low_power");
    settle(journal);
    assert.equal(add(journal, "opens the first sector"), "ok");
    assert.equal(add(journal, "a commit must tell the new sector"), "low_power");
    settle(journal);
    assert.equal(add(journal, "now"), "ok");
    assert.equal(add(journal, "and now"), "ok");
    const again = boot(nvm);
    assert.equal(add(again, "early"), "low_power");
    assert.deepEqual(shown(again), ["opens the first sector"]);
  });

  it("what no commit told is undone, and never shows again, however the next session goes on", () => {
    const nvm = createTearingNvm(GEOMETRIES["nor"], seeded(1));
    const journal = boot(nvm);
    settle(journal);
    add(journal, "a");
    settle(journal);
    for (const lost of ["lost 1", "lost 2", "lost 3"]) assert.equal(add(journal, lost), "ok");
    const again = boot(nvm);
    assert.deepEqual(shown(again), ["a"]);
    // One of a, three lost, one that may be half programmed.
    assert.equal(again.events.place, 5);
    settle(again);
    const kept = ["a"];
    for (const next of ["b", "c", "d", "e", "f"]) {
      assert.equal(add(again, next), "ok");
      kept.unshift(next);
      assert.deepEqual(shown(again), kept);
      settle(again);
    }
    assert.deepEqual(shown(boot(nvm)), kept);
  });

  it("a half-made record is passed over with all its blocks, and nothing follows it before a commit", () => {
    for (let programs = 1; programs < 9; programs++) {
      const nvm = createTearingNvm(GEOMETRIES["nor"], seeded(1));
      const journal = boot(nvm);
      settle(journal);
      add(journal, "a");
      settle(journal);
      nvm.low_from = nvm.operations + programs;
      assert.equal(add(journal, "x".repeat(600)), "low_power");
      nvm.low_from = Infinity;
      assert.equal(add(journal, "too early"), "low_power");
      assert.equal(journal.events.place, 1 + blocksOf(journal.layout, 600));
      const again = boot(nvm);
      assert(again.events.place >= 1 + blocksOf(journal.layout, 600));
      settle(journal);
      assert.equal(add(journal, "b"), "ok");
      assert.deepEqual(shown(journal), ["b", "a"]);
    }
    const nvm = createTearingNvm(GEOMETRIES["nor"], seeded(1));
    const journal = boot(nvm);
    settle(journal);
    add(journal, "a");
    settle(journal);
    nvm.low_from = nvm.operations;
    assert.equal(add(journal, "x".repeat(600)), "low_power");
    nvm.low_from = Infinity;
    assert.equal(journal.events.place, 1, "nothing was programmed, so nothing is passed over");
    assert.equal(add(journal, "b"), "ok");
  });

  it("live documents come first in a sector that is opened, and outlive every turn of the archive", () => {
    for (const name of ["nor", "nor_large", "stm32l4", "nrf52"]) {
      const nvm = createTearingNvm(GEOMETRIES[name], seeded(1));
      let journal = boot(nvm);
      settle(journal);
      const documents = [
        { kind: KIND_MONTHS, payload: "the months".repeat(30) },
        { kind: KIND_TARIFF, payload: "the tariff".repeat(10) },
      ];
      for (const document of documents) {
        assert.equal(add(journal, document.payload, document.kind), "ok");
        settle(journal);
      }
      let sectors = 0;
      for (let i = 0; i < 200; i++) {
        const before = journal.events.sector;
        assert.equal(add(journal, `event ${i}`, KIND_EVENTS, documents), "ok");
        sectors += journal.events.sector === before ? 0 : 1;
        settle(journal);
        if (i % 20 === 19) {
          journal = boot(nvm);
          settle(journal);
        }
        for (const document of documents) assert.equal(newestOf(journal.events, document.kind), document.payload);
        assert.equal(newestOf(journal.events, KIND_EVENTS), `event ${i}`);
      }
      assert(sectors > 6);
    }
  });

  it("needs no erase while a record fits, and makes none while the supply is not good", () => {
    const nvm = createTearingNvm(GEOMETRIES["nor"], seeded(1));
    const journal = boot(nvm);
    settle(journal);
    nvm.supply_good = false;
    const poor = (payload: string) => appendArchive(journal.events, KIND_EVENTS, payload, false, []);
    assert.equal(poor("needs an erase"), "low_power");
    nvm.supply_good = true;
    assert.equal(add(journal, "a"), "ok");
    settle(journal);
    nvm.supply_good = false;
    for (let i = 0; i < 15; i++) assert.equal(poor(`b${i}`), "ok");
    assert.equal(poor("full"), "low_power");
    assert.equal(shown(journal).length, 16);
  });

  it("a sector that fails later is left and still read; one that fails after its erase is retired", () => {
    const nvm = createTearingNvm(GEOMETRIES["nor_large"], seeded(1));
    const journal = boot(nvm);
    settle(journal);
    add(journal, "a");
    settle(journal);
    add(journal, "b");
    const first = journal.layout.events_first;
    nvm.dead_program.add(first);
    assert.equal(add(journal, "c"), "ok");
    assert.deepEqual([journal.events.sector, journal.wear.retired[first]], [1, false]);
    settle(journal);
    assert.deepEqual(shown(boot(nvm)), ["c", "b", "a"]);
    nvm.dead_program.delete(first);
    nvm.dead_program.add(first + 2);
    for (let i = 0; i < 40; i++) {
      assert.equal(add(journal, `d${i}`), "ok");
      settle(journal);
      assert.equal(newestOf(journal.events, KIND_EVENTS), `d${i}`);
    }
    assert.deepEqual(journal.wear.retired.slice(first, first + 3), [false, false, true]);
  });

  it("after a failure without supply nothing more goes into that sector", () => {
    const nvm = createTearingNvm(GEOMETRIES["nor"], seeded(1));
    const journal = boot(nvm);
    settle(journal);
    add(journal, "a");
    settle(journal);
    nvm.dead_program.add(journal.layout.events_first);
    nvm.supply_good = false;
    assert.equal(appendArchive(journal.events, KIND_EVENTS, "b", false, []), "low_power");
    nvm.dead_program.clear();
    assert.equal(appendArchive(journal.events, KIND_EVENTS, "b", false, []), "low_power");
    assert.equal(journal.events.place, journal.layout.sector_blocks);
    nvm.supply_good = true;
    assert.equal(add(journal, "b"), "ok");
    assert.deepEqual([journal.events.sector, ...shown(journal)], [1, "b", "a"]);
  });

  it("asserts that it has two sectors and ends before the image", () => {
    const { nvm, layout, wear } = boot(createTearingNvm(GEOMETRIES["nor_large"], seeded(1)));
    assert.throws(() => createArchive(nvm, layout, wear, layout.events_first, 1), /lives in its region/);
    assert.throws(() => createArchive(nvm, layout, wear, layout.image_first - 1, 2), /lives in its region/);
    assert.equal(createArchive(nvm, layout, wear, layout.image_first - 2, 2).sequence, 0);
  });

  it("takes no head from a commit that lies outside of it", () => {
    const { events } = boot(createTearingNvm(GEOMETRIES["nor"], seeded(1)));
    const taken = (...head: number[]): boolean => {
      const written = writeFields();
      for (const value of head) wholeField(written, value, 0, WHOLE_MAX);
      const fields = readFields(written.text);
      archiveFields(fields, { ...events });
      return fields.ok;
    };
    assert.equal(taken(1, 16, SEQUENCE_MAX - 1), true);
    assert.equal(taken(2, 0, 0), false);
    assert.equal(taken(0, 17, 0), false);
    assert.equal(taken(0, 0, SEQUENCE_MAX), false);
  });

  it("passes over one block at most, after a boot, of what does not come next", () => {
    for (const sequence of [1, 3]) {
      const nvm = createTearingNvm(GEOMETRIES["nor"], seeded(1));
      const journal = boot(nvm);
      settle(journal);
      add(journal, "a");
      settle(journal);
      // A record of three blocks at the head, which holds the next place; the newest record has the sequence 1.
      const block = journal.layout.events_first * journal.layout.sector_blocks + 1;
      const header = { kind: KIND_EVENTS, anchor: 0, length: 600, sequence };
      assert.equal(writeRecord(nvm.port, journal.layout, block, header, "x".repeat(600)), "ok");
      assert.equal(boot(nvm).events.place, 2);
    }
  });

  it("a sector whose erase is refused is retired, blank as it may be, and the next one opened", () => {
    for (let bad = 0; bad < 3; bad++) {
      const nvm = createTearingNvm(GEOMETRIES["nor_large"], seeded(1));
      const journal = boot(nvm);
      settle(journal);
      const first = journal.layout.events_first;
      let refused = 0;
      const erase = (sector: number) => {
        refused += sector === first + bad ? 1 : 0;
        return sector === first + bad ? "refused" : nvm.port.erase(sector);
      };
      journal.events.nvm = { ...nvm.port, erase };
      for (let i = 0; i < 16 * 5; i++) {
        assert.equal(add(journal, `event ${i}`), "ok");
        assert.notEqual(journal.events.sector, bad);
        assert.equal(newestOf(journal.events, KIND_EVENTS), `event ${i}`);
        settle(journal);
      }
      assert.deepEqual([refused, journal.wear.retired[first + bad]], [1, true], "it is not tried again");
    }
  });

  it("opening a sector goes wrong for want of power without harm, wherever it does", () => {
    const documents = [{ kind: KIND_MONTHS, payload: "months".repeat(40) }];
    for (let programs = 0; ; programs++) {
      const nvm = createTearingNvm(GEOMETRIES["nor_large"], seeded(1));
      const journal = boot(nvm);
      settle(journal);
      add(journal, documents[0].payload, KIND_MONTHS);
      settle(journal);
      for (let i = 0; journal.events.place < journal.layout.sector_blocks; i++) add(journal, `a${i}`);
      settle(journal);
      const before = shown(journal);
      // The erase comes first.
      nvm.low_from = nvm.operations + 1 + programs;
      const result = add(journal, "b", KIND_EVENTS, documents);
      nvm.low_from = Infinity;
      if (result === "ok") {
        assert(programs > 4);
        break;
      }
      assert.equal(result, "low_power");
      assert(!journal.wear.retired.includes(true));
      assert.deepEqual(shown(journal), before);
      assert.equal(add(journal, "b", KIND_EVENTS, documents), "ok");
      assert.deepEqual([journal.events.sector, ...shown(journal)], [1, "b", documents[0].payload, ...before]);
    }
  });

  it("shows all but a record that is spoilt", () => {
    const nvm = createTearingNvm(GEOMETRIES["nor"], seeded(1));
    const journal = boot(nvm);
    settle(journal);
    for (const payload of ["a", "b", "c"]) {
      add(journal, payload);
      settle(journal);
    }
    nvm.bytes[journal.layout.events_first * 4096 + 256 + 12] ^= 1;
    assert.deepEqual(shown(journal), ["c", "a"]);
  });

  it("shows no record that was lost, though its sequence reads too low at first", () => {
    const nvm = createTearingNvm(GEOMETRIES["nor"], seeded(1));
    const journal = boot(nvm);
    settle(journal);
    add(journal, "a");
    settle(journal);
    add(journal, "lost");
    const again = boot(nvm);
    settle(again);
    add(again, "b");
    const lost = again.layout.events_first * 4096 + 256;
    assert.equal(nvm.bytes[lost + 6], 2, "lost and b have the same sequence");
    let looks = 0;
    const read = (address: number, length: number) => {
      const bytes = nvm.port.read(address, length);
      // Each second look at the header is right.
      return address === lost && length === 12 && looks++ % 2 === 0 ? withByte(bytes, 6, 1) : bytes;
    };
    again.events.nvm = { ...nvm.port, read };
    assert.deepEqual(shown(again), ["b", "a"]);
    assert(looks > 1);
  });

  it("a sector that could not be erased does not hide what is newer than its old records", () => {
    const nvm = createTearingNvm(GEOMETRIES["nor_large"], seeded(1));
    const journal = boot(nvm);
    settle(journal);
    const payloads: string[] = [];
    for (let i = 0; i < 16 * 6; i++) {
      if (i === 16 * 4) nvm.dead_erase.add(journal.layout.events_first + 1);
      payloads.unshift(`event ${i}`);
      assert.equal(add(journal, payloads[0]), "ok");
      settle(journal);
      const now = shown(journal);
      assert.deepEqual(now, payloads.slice(0, now.length));
      assert(i < 16 || now.length > 16, `event ${i}: ${now.length}`);
    }
    assert.equal(journal.wear.retired[journal.layout.events_first + 1], true);
  });

  it("is worn out when no second sector is left, and keeps what it has", () => {
    for (const fault of ["dead_program", "dead_erase"] as const) {
      const nvm = createTearingNvm(GEOMETRIES["nor"], seeded(1));
      const journal = boot(nvm);
      settle(journal);
      const other = journal.layout.events_first + 1;
      if (fault === "dead_erase") nvm.bytes[other * 4096 + 4000] = 1;
      nvm[fault].add(other);
      for (let i = 0; i < 16; i++) {
        assert.equal(add(journal, `a${i}`), "ok");
        settle(journal);
      }
      assert.equal(add(journal, "no place"), "worn_out");
      assert.equal(journal.wear.retired[other], true);
      assert.equal(shown(journal).length, 16);
    }
  });

  it("opening a sector, cut anywhere with any tear, leaves all that the last commit told", () => {
    for (const name of ["nor", "nor_large", "stm32l4_row"]) {
      for (const tear of TEARS) {
        for (let cut_at = 0; ; cut_at++) {
          const nvm = createTearingNvm(GEOMETRIES[name], seeded(cut_at));
          const documents = [{ kind: KIND_MONTHS, payload: "months".repeat(20) }];
          let journal = boot(nvm);
          settle(journal);
          add(journal, documents[0].payload, KIND_MONTHS);
          settle(journal);
          // Round once, so that the sector to open is full of old records.
          let told = 1;
          const full = () => journal.events.place === journal.layout.sector_blocks;
          for (let i = 0; i < journal.layout.sector_blocks * 4 || !full(); i++) {
            add(journal, `old ${i}`, KIND_EVENTS, documents);
            told = full() ? journal.layout.sector_blocks : 1;
            settle(journal);
          }
          const before = shown(journal);
          nvm.tear = tear;
          nvm.cut_at = nvm.operations + cut_at;
          let cut = true;
          try {
            assert.equal(add(journal, "new", KIND_EVENTS, documents), "ok");
            cut = false;
          } catch (error) {
            assert(error instanceof PowerCut);
          }
          for (let again = 0; again < 3; again++) {
            journal = boot(nvm);
            const after = shown(journal);
            assert(after.length >= told);
            assert.deepEqual(after, before.slice(0, after.length));
            assert.equal(newestOf(journal.events, KIND_MONTHS), documents[0].payload);
          }
          settle(journal);
          assert.equal(add(journal, "newer", KIND_EVENTS, documents), "ok");
          settle(journal);
          journal = boot(nvm);
          assert.deepEqual(shown(journal).slice(0, 3), ["newer", documents[0].payload, before[0]]);
          if (!cut) break;
        }
      }
    }
  });
});
