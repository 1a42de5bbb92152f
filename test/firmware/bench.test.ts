/** What the bench answers, and what it never does. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { BENCH_LINE_MAX, BENCH_PART_BYTES, createBench, isBenchRequest } from "../../firmware/bench";
import { NAMEPLATE_MAX_BYTES } from "../../firmware/nameplate";
import type { Machine } from "../../firmware/program";

function rig() {
  const done: string[] = [];
  const state = { stored: undefined as string | undefined };
  const program = {
    start: () => "",
    identity: () => "firmware=1 meter=none unprovisioned",
    provision: (bytes: string) => {
      done.push(`provision ${bytes.length}`);
      state.stored = bytes;
      return "ok";
    },
    newBooks: () => "error not started",
    setClock: (utc_s: number) => {
      done.push(`clock ${utc_s}`);
      return utc_s > 0 ? "ok" : "error no such time";
    },
  };
  const machine: Machine = {
    fits: () => true,
    assemble: () => assert.fail("the bench makes no ports"),
    crc32: () => assert.fail("the bench leaves that to the program"),
    stored: () => state.stored,
    store: () => assert.fail("the bench keeps nothing by itself"),
    forget: () => done.push("forget"),
    restart_soon: () => done.push("restart"),
  };
  const ask = createBench(program, machine, {
    system: () => "System_1",
    chip: () => "CHIP",
    serial: () => [1, 254],
    sha256: (bytes) => [...createHash("sha256").update(Buffer.from(bytes, "latin1")).digest()],
  });
  return { ask, done, state };
}

const hex = (text: string): string => Buffer.from(text, "latin1").toString("hex");

describe("bench", () => {
  it("says what the board is, with the number of the request", () => {
    const { ask } = rig();
    assert.equal(ask("bench 7 who"), "bench 7 system=System_1 chip=CHIP serial=01FE");
    assert.equal(ask("bench 999999999 identity"), "bench 999999999 firmware=1 meter=none unprovisioned");
  });

  it("gathers a nameplate in parts, takes the last one twice, and shows its SHA-256 alone once it is kept", () => {
    const { ask, done } = rig();
    const plate = Array.from({ length: 300 }, (_, place) => String.fromCharCode(place % 256)).join("");
    const [first, second] = [plate.slice(0, BENCH_PART_BYTES), plate.slice(BENCH_PART_BYTES)];
    assert.equal(ask("bench 1 stored"), "bench 1 none");
    assert.equal(ask(`bench 2 plate 0 ${hex(first)}`), `bench 2 ${BENCH_PART_BYTES}`);
    assert.equal(ask(`bench 3 plate ${BENCH_PART_BYTES} ${hex(second)}`), "bench 3 300");
    assert.equal(ask(`bench 4 plate ${BENCH_PART_BYTES} ${hex(second)}`), "bench 4 300", "sent again");
    assert.equal(ask("bench 5 provision"), "bench 5 ok");
    const digest = createHash("sha256").update(Buffer.from(plate, "latin1")).digest("hex").toUpperCase();
    assert.equal(ask("bench 6 stored"), `bench 6 ${digest}`);
    assert.equal(ask("bench 7 provision"), "bench 7 ok", "and has forgotten the parts");
    assert.deepEqual(done, ["provision 300", "provision 0"]);
  });

  it("begins anew at 0, and takes no part that does not follow, is none, or is too much", () => {
    const { ask, done } = rig();
    assert.equal(ask(`bench 1 plate 0 ${hex("abcd")}`), "bench 1 4");
    for (const bad of ["3 61", "5 61", "4", "4 6", "4 6g", "-1 61", "x 61", "4 ", "12345678901 61", "0 zz"])
      assert.equal(ask(`bench 2 plate ${bad}`), "bench 2 error part", bad);
    assert.equal(ask(`bench 3 plate 4 ${"61".repeat(BENCH_PART_BYTES + 1)}`), "bench 3 error part");
    assert.equal(ask(`bench 4 plate 4 ${hex("e")}`), "bench 4 5", "what was refused has changed nothing");
    assert.equal(ask(`bench 5 plate 0 ${hex("xy")}`), "bench 5 2");
    let length = 2;
    for (; length + BENCH_PART_BYTES <= NAMEPLATE_MAX_BYTES; length += BENCH_PART_BYTES)
      assert.equal(
        ask(`bench 6 plate ${length} ${"61".repeat(BENCH_PART_BYTES)}`),
        `bench 6 ${length + BENCH_PART_BYTES}`,
      );
    assert.equal(ask(`bench 7 plate ${length} ${"61".repeat(BENCH_PART_BYTES)}`), "bench 7 error part");
    assert.deepEqual(done, []);
  });

  it("sets the clock of the meter that runs, to what the program takes", () => {
    const { ask, done } = rig();
    assert.equal(ask("bench 1 clock 1795305600"), "bench 1 ok");
    for (const bad of ["", "x", "12345678901", "-5"])
      assert.equal(ask(`bench 2 clock ${bad}`), "bench 2 error no such time", bad);
    assert.deepEqual(done, ["clock 1795305600", "clock -1", "clock -1", "clock -1", "clock -1"]);
  });

  it("gives up what it is told to, and restarts", () => {
    const { ask, done } = rig();
    assert.equal(ask("bench 1 newbooks"), "bench 1 error not started");
    assert.equal(ask("bench 2 restart"), "bench 2 ok");
    assert.equal(ask("bench 3 forget"), "bench 3 ok");
    assert.deepEqual(done, ["restart", "forget", "restart"]);
  });

  it("refuses everything else, whatever is sent", () => {
    const { ask, done } = rig();
    for (const odd of ["", "Who", "plates 0 61", "forget2", "\0"])
      assert.equal(ask(`bench 1 ${odd}`), "bench 1 error request", JSON.stringify(odd));
    for (const odd of ["", "x who", "12345678901 who", "-1 who", "1.5 who"])
      assert.equal(ask(`bench ${odd}`), "bench 0 error number", JSON.stringify(odd));
    assert.deepEqual(done, []);
  });

  it("knows its own requests, and has room for the longest", () => {
    assert.ok(isBenchRequest("bench 1 who") && !isBenchRequest("bench") && !isBenchRequest("read"));
    const longest = `bench 9999999999 plate ${NAMEPLATE_MAX_BYTES} ${"61".repeat(BENCH_PART_BYTES)}\n`;
    assert.ok(longest.length <= BENCH_LINE_MAX, String(longest.length));
  });
});
