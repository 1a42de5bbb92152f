import assert from "node:assert/strict";
import { bytesField, wholeField, writeFields } from "../../../firmware/journal/fields";
import { appendArchive } from "../../../firmware/journal/archive";
import { beginCommit, endCommit, journalLifetime, markJournal, openJournal } from "../../../firmware/journal/journal";
import { layoutOf } from "../../../firmware/journal/layout";
import {
  KIND_COMMIT,
  KIND_EVENTS,
  readHeader,
  readRecord,
  SEQUENCE_MAX,
  writeRecord,
} from "../../../firmware/journal/record";
import type { Tear } from "./tearing_nvm";
import { createTearingNvm, GEOMETRIES, PowerCut, seeded, TEARS } from "./tearing_nvm";
import { append, checkShelf, commit, createModel, mark, reboot, step } from "./torture_model";

/** Runs until the cut; true when it came. */
function untilCut(run: () => void): boolean {
  try {
    run();
    return false;
  } catch (error) {
    if (error instanceof PowerCut) return true;
    throw error;
  }
}

const NAMES = Object.keys(GEOMETRIES);
const LONG = process.env["CURBSTOP_LONG"] === "1";
const SEEDS = LONG ? 500 : 5;

describe("journal", () => {
  describe("random cuts", () => {
    for (const name of NAMES) {
      it(`what was answered is found after any cut, also cuts during recovery: ${name} (${SEEDS} seeds)`, () => {
        for (let seed = 1; seed <= SEEDS; seed++) {
          const random = seeded(seed * 1000 + name.length);
          const nvm = createTearingNvm(GEOMETRIES[name], random);
          const model = createModel(nvm, random, 1 + (seed % 12) * 40);
          for (let cut = 0; cut < 120; cut++) {
            nvm.tear = TEARS[Math.floor(random() * TEARS.length)]!;
            // Short lives in between, so that many cuts come during a recovery; sometimes a long one.
            nvm.cut_at = nvm.operations + Math.floor(random() * (random() < 0.5 ? 12 : 200));
            try {
              untilCut(() => {
                while (commit(model) !== "ok");
                for (;;) step(model);
              });
              reboot(model, cut % 5 === 0);
            } catch (error) {
              throw new Error(`seed ${seed}, cut ${cut}, tear ${nvm.tear}`, { cause: error });
            }
          }
        }
      }).timeout(LONG ? 3_600_000 : 900_000);
    }
  });

  describe("every cut", () => {
    for (const name of NAMES) {
      it(`at every operation, with every tear, and again during the recovery: ${name}`, () => {
        const geometry = GEOMETRIES[name];
        const run = (tear: Tear, cut_at: number, again_at: number): boolean => {
          const random = seeded(cut_at * 31 + again_at);
          const script = seeded(5);
          const nvm = createTearingNvm(geometry, random);
          const model = createModel(nvm, script, 260);
          nvm.tear = tear;
          nvm.cut_at = cut_at;
          const came = untilCut(() => {
            for (let i = 0; i < 14; i++) commit(model);
            for (let i = 0; i < 5; i++) mark(model);
            append(model, "history");
            commit(model);
            append(model, "events");
            for (let i = 0; i < 3; i++) commit(model);
            mark(model);
          });
          if (!came) return false;
          reboot(model, true);
          nvm.cut_at = nvm.operations + again_at;
          untilCut(() => {
            commit(model);
            commit(model);
            mark(model);
          });
          reboot(model, true);
          untilCut(() => commit(model));
          reboot(model, true);
          return true;
        };
        for (const tear of TEARS) {
          let cut_at = 0;
          while (run(tear, cut_at, cut_at % 9)) cut_at += 1;
          assert(cut_at > 40);
        }
      });
    }
  });

  describe("arbitrary contents", () => {
    for (const name of NAMES) {
      it(`never stop the boot, nor what comes after it: ${name}`, () => {
        const geometry = GEOMETRIES[name];
        const layout = layoutOf(geometry)!;
        for (let seed = 1; seed <= 60; seed++) {
          const random = seeded(seed);
          const nvm = createTearingNvm(geometry, random);
          const density = random();
          for (let place = 0; place < nvm.bytes.length; place++) {
            if (random() < density) nvm.bytes[place] = Math.floor(random() * 256);
          }
          // Headers that look well, with any length and sequence; some with checksum and an own part of noise.
          for (let block = 0; block < layout.image_first * layout.sector_blocks; block++) {
            if (random() < 0.4) {
              nvm.bytes.set([0xc5, 1, Math.floor(random() * 5)], block * layout.block_bytes);
              if (random() < 0.5) nvm.bytes[block * layout.block_bytes + 5] = 0;
            }
          }
          let valid = false;
          if (seed % 2 === 0) {
            const ring_block = Math.floor(random() * layout.ring_sectors * layout.sector_blocks * 0.9);
            nvm.bytes.fill(255, ring_block * layout.block_bytes, (ring_block + 1) * layout.block_bytes);
            const own = Array.from({ length: 60 }, () => String.fromCharCode(Math.floor(random() * 256))).join("");
            const payload = (seed % 4 === 0 ? "\x02" : "") + own.substring(0, Math.floor(random() * 60));
            const sequence = seed % 6 === 0 ? 0xffffffffffff : 0xfffffff00000;
            const anchor = Math.floor(random() * 256);
            const header = { kind: KIND_COMMIT, anchor, length: payload.length, sequence };
            valid = writeRecord(nvm.port, layout, ring_block, header, payload) === "ok";
          }
          nvm.powerUp();
          const journal = openJournal(nvm.port)!;
          if (!valid) assert.notEqual(journal.found, "commit", `seed ${seed}`);
          if (!valid) assert.equal(journal.state, undefined);
          checkNoise(journal);
          for (let i = 0; i < 40; i++) {
            const fields = beginCommit();
            wholeField(fields, i, 0, 100);
            const result = endCommit(journal, fields, true);
            if (result !== "ok") {
              assert.equal(result, "worn_out");
              assert(valid, "only a commit can name a part worn out");
              break;
            }
            const found = openJournal(nvm.port)!;
            assert.equal(found.found, "commit");
            assert.equal(wholeField(found.state!, -1, -1, 100), i, `seed ${seed}`);
          }
        }
      });
    }

    function checkNoise(journal: NonNullable<ReturnType<typeof openJournal>>): void {
      checkShelf(journal.events, { payloads: [], starts: [], sector: 0, documents: [] }, 1);
      checkShelf(journal.history, { payloads: [], starts: [], sector: 0, documents: [] }, 1);
    }
  });

  it("is on flash as specified: version, own part, meter's part", () => {
    const nvm = createTearingNvm(GEOMETRIES["nor"], seeded(1));
    const journal = openJournal(nvm.port)!;
    assert.equal(journal.found, "blank");
    const fields = beginCommit();
    wholeField(fields, -3, -10, 10);
    bytesField(fields, "ab", 10);
    assert.equal(endCommit(journal, fields, true), "ok");
    const hex = Buffer.from(nvm.bytes.slice(0, 38)).toString("hex");
    const header = "c5010000" + "1200" + "010000000000";
    // Version; 14 bytes: one erase of each ring sector, none of events and history; two heads before their first record.
    const own = "02" + "1c" + "02020202" + "00000000" + "022000" + "022000";
    assert.equal(hex.substring(0, 24 + own.length + 8), header.replace("1200", "1400") + own + "05" + "04" + "6162");
  });

  it("does not work on a part of another geometry", () => {
    const nvm = createTearingNvm({ ...GEOMETRIES["nor"], size_bytes: 6 * 4096 }, seeded(1));
    assert.equal(openJournal(nvm.port), undefined);
  });

  it("finds a commit's own part damaged, and the meter's part all the same", () => {
    for (const front of ["\x02\x02\xff", "\x04\x06abc", "\x02\x00"]) {
      const nvm = createTearingNvm(GEOMETRIES["nor"], seeded(1));
      const layout = layoutOf(nvm.port.geometry)!;
      const meter = writeFields();
      wholeField(meter, 123456, 0, 1e6);
      const payload = front + meter.text;
      const header = { kind: KIND_COMMIT, anchor: 0, length: payload.length, sequence: 7 };
      writeRecord(nvm.port, layout, 9, header, payload);
      const journal = openJournal(nvm.port)!;
      assert.equal(journal.found, "damaged");
      assert.equal(wholeField(journal.state!, 0, 0, 1e6), 123456);
      assert.deepEqual([journal.events.sequence, journal.wear.erases[0]], [0, 0]);
      assert.equal(endCommit(journal, beginCommit(), true), "ok");
      assert.equal(openJournal(nvm.port)!.found, "commit");
    }
  });

  it("finds an own part of another version damaged, well formed as it may be", () => {
    const nvm = createTearingNvm(GEOMETRIES["nor"], seeded(1));
    const layout = layoutOf(nvm.port.geometry)!;
    const fields = beginCommit();
    wholeField(fields, 123456, 0, 1e6);
    endCommit(openJournal(nvm.port)!, fields, true);
    const { payload } = readRecord(nvm.port, layout, 0)!;
    for (const version of ["\x02", "\x04"]) {
      const header = { kind: KIND_COMMIT, anchor: 0, length: payload.length, sequence: 70_000 };
      nvm.port.erase(1);
      writeRecord(nvm.port, layout, 16, header, version + payload.substring(1));
      const journal = openJournal(nvm.port)!;
      const known = version === "\x02";
      assert.deepEqual([journal.found, journal.wear.erases[0]], known ? ["commit", 1] : ["damaged", 0]);
      assert.equal(wholeField(journal.state!, 0, 0, 1e6), 123456);
    }
  });

  it("finds no meter's part behind an own part that does not end", () => {
    for (const payload of ["", "\x02", "\x02\x09abc"]) {
      const nvm = createTearingNvm(GEOMETRIES["nor"], seeded(1));
      const layout = layoutOf(nvm.port.geometry)!;
      const header = { kind: KIND_COMMIT, anchor: 0, length: payload.length, sequence: 7 };
      writeRecord(nvm.port, layout, 9, header, payload);
      const journal = openJournal(nvm.port)!;
      assert.deepEqual([journal.found, journal.state], ["damaged", undefined]);
      assert(!journal.wear.retired.includes(true));
    }
  });

  it("makes marks after every commit, however long, also where wear and sequences take the most bytes", () => {
    for (let length = 0; length < 256; length += 8) {
      const nvm = createTearingNvm(GEOMETRIES["nor"], seeded(1));
      const journal = openJournal(nvm.port)!;
      journal.wear.erases.fill(10_000_000);
      journal.events.sequence = SEQUENCE_MAX - 1;
      journal.history.sequence = SEQUENCE_MAX - 1;
      for (let i = 0; i < 20; i++) {
        const fields = beginCommit();
        // Three short ones after each: three blocks are left for a commit of two, which needs two more for its lanes.
        bytesField(fields, "x".repeat(i % 4 === 0 ? length : 0), 256);
        assert.equal(endCommit(journal, fields, true), "ok");
        assert.equal(markJournal(journal, i + 1), true, `${length}: ${i}`);
        assert.equal(openJournal(nvm.port)!.marked, i + 1);
      }
    }
  });

  it("a commit that was not answered lets nothing into the archives", () => {
    const nvm = createTearingNvm(GEOMETRIES["nor"], seeded(1));
    const journal = openJournal(nvm.port)!;
    const appends = () =>
      [journal.events, journal.history].map((archive) => appendArchive(archive, KIND_EVENTS, "a", true, []));
    assert.deepEqual(appends(), ["low_power", "low_power"]);
    nvm.low_from = 0;
    assert.equal(endCommit(journal, beginCommit(), true), "low_power");
    nvm.low_from = Infinity;
    assert.deepEqual(appends(), ["low_power", "low_power"]);
    assert.equal(endCommit(journal, beginCommit(), true), "ok");
    assert.deepEqual(appends(), ["ok", "ok"]);
  });

  it("a commit into a sector that has just failed is answered all the same, by the next sector", () => {
    const nvm = createTearingNvm(GEOMETRIES["nor"], seeded(1));
    const journal = openJournal(nvm.port)!;
    nvm.dead_program.add(0);
    nvm.dead_program.add(1);
    assert.equal(endCommit(journal, beginCommit(), true), "ok");
    assert.deepEqual(journal.wear.retired.slice(0, 4), [true, true, false, false]);
    assert.equal(openJournal(nvm.port)!.found, "commit");
  });

  it("wears its ring evenly: 10,000 commits with marks between them", () => {
    for (const name of ["nor", "nor_small", "nor_large", "stm32l4"]) {
      const random = seeded(3);
      const nvm = createTearingNvm(GEOMETRIES[name], random);
      const journal = openJournal(nvm.port)!;
      for (let i = 0; i < 10_000; i++) {
        const fields = beginCommit();
        wholeField(fields, i, 0, 10_000);
        assert.equal(endCommit(journal, fields, true), "ok");
        if (i % 3 === 0) markJournal(journal, 10);
      }
      const ring = nvm.erases.slice(0, journal.layout.ring_sectors);
      assert(Math.max(...ring) - Math.min(...ring) <= 1, `${name}: ${ring.join()}`);
      assert.deepEqual(journal.wear.erases.slice(0, ring.length), ring, "erases are counted");
      assert.equal(journalLifetime(journal).erases_max, Math.max(...ring));
      const again = openJournal(nvm.port)!;
      const kept = again.wear.erases.slice(0, ring.length);
      assert.deepEqual(kept, ring, "and every one of them is in the commits");
    }
  });

  it("never erases while the supply is not good, and still commits and marks what fits", () => {
    for (const name of NAMES) {
      const random = seeded(11);
      const nvm = createTearingNvm(GEOMETRIES[name], random);
      const model = createModel(nvm, random, 100);
      nvm.supply_good = false;
      assert.equal(commit(model), "low_power", "the first commit needs an erase");
      nvm.supply_good = true;
      assert.equal(commit(model), "ok");
      nvm.supply_good = false;
      let made = 0;
      while (commit(model) === "ok") made += 1;
      assert(made >= 3, `${name}: ${made}`);
      nvm.supply_good = true;
      reboot(model, true);
      assert.equal(commit(model), "ok");
    }
  });

  it("a commit at the brown-out warning fits without an erase, wherever the ring stands, once it was prepared", () => {
    for (const name of NAMES) {
      const random = seeded(12);
      const nvm = createTearingNvm(GEOMETRIES[name], random);
      const model = createModel(nvm, random, 150);
      commit(model);
      for (let i = 0; i < 500; i++) {
        while (random() < 0.6) step(model);
        commit(model);
        // The longest first, so that the last commit tells the size of the next.
        model.commit_bytes_max = 1;
        nvm.supply_good = true;
        commit(model);
        // A mark takes the lanes, which the next commit could have had.
        mark(model);
        prepareAnd(model, () => assert.equal(commit(model), "ok", `${name} ${i}`));
        model.commit_bytes_max = 150;
      }
    }
    function prepareAnd(model: ReturnType<typeof createModel>, then: () => void): void {
      step({ ...model, random: () => 0.99 });
      model.nvm.supply_good = false;
      then();
      model.nvm.supply_good = true;
    }
  });

  it("loses nothing while programs are refused for want of power, and goes on when it comes back", () => {
    for (const name of NAMES) {
      for (let from = 0; from < 12; from++) {
        const random = seeded(from + 40);
        const nvm = createTearingNvm(GEOMETRIES[name], random);
        const model = createModel(nvm, random, 300);
        for (let round = 0; round < 20; round++) {
          while (commit(model) !== "ok");
          for (let i = 0; i < 4; i++) step(model);
          nvm.low_from = nvm.operations + from;
          for (let i = 0; i < 12; i++) step(model);
          nvm.low_from = Infinity;
          if (random() < 0.5) reboot(model, true);
        }
        assert((model.results["commit_low_power"] ?? 0) > 0);
      }
    }
  });

  it("retires sectors whose erase or program silently does nothing, loses nothing, and says so when too few are left", () => {
    for (const name of NAMES) {
      for (const fault of ["dead_erase", "dead_program"] as const) {
        const random = seeded(21);
        const nvm = createTearingNvm(GEOMETRIES[name], random);
        const model = createModel(nvm, random, 200);
        const ring_sectors = model.journal.layout.ring_sectors;
        for (let i = 0; i < 60; i++) commit(model);
        let worn_out = false;
        for (let dead = 0; dead < ring_sectors && !worn_out; dead++) {
          nvm[fault].add((dead * 2 + 1) % ring_sectors);
          if (dead * 2 >= ring_sectors) nvm[fault].add((dead * 2) % ring_sectors);
          for (let i = 0; i < 120 && !worn_out; i++) {
            const result = commit(model);
            assert(result === "ok" || result === "worn_out", `${name} ${fault}: ${result}`);
            worn_out = result === "worn_out";
            if (i % 40 === 39) {
              reboot(model, true);
              commit(model);
            }
          }
          if (dead === 0) assert(!worn_out, `${name} ${fault}: one bad sector is borne`);
          reboot(model, true);
        }
        assert(worn_out, `${name} ${fault}`);
        assert(model.journal.wear.retired.includes(true));
        assert(journalLifetime(model.journal).retired >= 1);
      }
    }
  });

  it("sequences rise by one from commit to commit, and by more from boot to boot", () => {
    const nvm = createTearingNvm(GEOMETRIES["nor"], seeded(1));
    const layout = layoutOf(nvm.port.geometry)!;
    const journal = openJournal(nvm.port)!;
    endCommit(journal, beginCommit(), true);
    endCommit(journal, beginCommit(), true);
    endCommit(journal, beginCommit(), true);
    // The first commit is sealed in its lanes, so the second follows them.
    const sequences = [0, 3, 4].map((block) => readHeader(nvm.port, layout, block)?.sequence);
    assert.deepEqual(sequences, [1, 2, 3]);
    const again = openJournal(nvm.port)!;
    endCommit(again, beginCommit(), true);
    assert.equal(readHeader(nvm.port, layout, 16)?.sequence, 3 + 65536);
  });

  it("gives up, without an assertion, when sequences are used up", () => {
    const nvm = createTearingNvm(GEOMETRIES["nor"], seeded(1));
    const layout = layoutOf(nvm.port.geometry)!;
    const header = { kind: KIND_COMMIT, anchor: 0, length: 2, sequence: 0xffffffffffff };
    writeRecord(nvm.port, layout, 0, header, "\x02\x00");
    const journal = openJournal(nvm.port)!;
    assert.equal(endCommit(journal, beginCommit(), true), "worn_out");
  });
});
