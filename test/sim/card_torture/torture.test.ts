/**
 * Every session, pulled and cut: 10,000 combinations spread over all bytes; CURBSTOP_LONG=1 makes all of them, on every
 * geometry.
 */
import assert from "node:assert/strict";
import { SESSION_NAMES, replayCards, tortureCards } from "../../../sim/card_torture/torture";
import { GEOMETRY_NAMES } from "../../../sim/torture_run";

const LONG = process.env["CURBSTOP_LONG"] === "1";
const LIMIT_MS = 7_200_000;
/** Every so many bytes a pull: as many as make 10,000 combinations. */
const STRIDE = LONG ? 1 : 28;
const LEAST = LONG ? 200_000 : 10_000;
const GEOMETRIES = LONG ? GEOMETRY_NAMES : GEOMETRY_NAMES.slice(0, 1);

describe("torture of cards", function () {
  this.timeout(LIMIT_MS);
  let combinations = 0;

  for (const name of SESSION_NAMES) {
    it(`${name} is whole or not at all, told once and kept, whatever is pulled and cut`, () => {
      const result = tortureCards({ seed: 1, sessions: [name], geometries: GEOMETRIES, stride: STRIDE });
      assert.deepEqual(result.failures, []);
      assert.equal(result.violations, 0);
      assert.ok(result.combinations > 0);
      combinations += result.combinations;
    });
  }

  it(`has made at least ${LEAST} combinations`, () => {
    assert.ok(combinations >= LEAST, `only ${combinations}`);
  });

  for (const geometry of GEOMETRY_NAMES.slice(1)) {
    it(`a top-up holds on ${geometry}`, () => {
      const result = tortureCards({ seed: 2, sessions: ["top_up"], geometries: [geometry], stride: 60 });
      assert.deepEqual(result.failures, []);
    });
  }

  it("the same seed makes the same combinations", () => {
    const options = { seed: 3, sessions: ["first_top_up"], geometries: GEOMETRY_NAMES.slice(0, 1), stride: 100 };
    const [one, other] = [tortureCards(options), tortureCards(options)];
    assert.deepEqual(one.sessions, other.sessions);
  });

  it("an id replays its combination alone", () => {
    const lines: string[] = [];
    const counted = replayCards("cards:session=top_up:pull=300:at=2.torn", (line) => lines.push(line));
    assert.equal(counted.violations, 0);
    assert.ok(counted.combinations >= 1);
    assert.deepEqual(lines, ["2.torn ok"]);
  });
});
