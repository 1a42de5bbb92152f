/**
 * Two vending processes at once, and one that is killed. With CURBSTOP_LONG=1 each sells 5,000 tokens to one meter.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { bytesText } from "../../../firmware/card/bytes";
import { createTokenBooks, wakeTokens } from "../../../firmware/token/books";
import { judgeToken } from "../../../firmware/token/judgement";
import { contentOf } from "../../../tools/keys/content";
import { KeyRing, withRegion } from "../../../tools/keys/ring";
import { isSpecial } from "../../../tools/token/tid";
import { VendingDesk } from "../../../tools/token/vending";
import { LOADER } from "../../typescript_child";
import { METER, NOON, REGION, STS, temporaryFolder } from "../keys/samples";

const CHILD = path.join(__dirname, "vending_child.ts");
const EACH = process.env["CURBSTOP_LONG"] === "1" ? 5000 : 100;

describe("vending processes", function () {
  this.timeout(1_200_000);
  const folder = temporaryFolder();
  const ring = withRegion(new KeyRing(), REGION, STS, NOON);

  function start(records: string, prefix: string, count: number) {
    const args = [...LOADER, CHILD, records, METER, prefix, String(count)];
    const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    child.stdin.end(contentOf(ring));
    let out = "";
    child.stdout.on("data", (data: Buffer) => (out += data.toString()));
    const done = once(child, "exit").then(([code]) => ({ code: code as number | null, out }));
    return { child, done };
  }

  /** A meter with the key of the desk's. */
  function meterOf(records: string) {
    const desk = new VendingDesk(ring, records);
    const { ken, krn, ti } = { ken: STS.key_expiry, krn: 1, ti: "01" };
    const meter_key = { region: REGION, krn, kt: 2, ti, ken, base: STS.base_date, ea: 11, tables: null } as const;
    const { key } = desk.tokenKey(METER, meter_key);
    const decoder = {
      algorithm: 11,
      key: bytesText(key.bytes()),
      type: 2,
      revision: krn,
      tariff_index: 1,
      expiry: ken,
    };
    return wakeTokens(createTokenBooks(decoder, 0, undefined), 0);
  }

  it(`two at once sell ${EACH * 2} tokens to one meter: all different, and in order it takes every one`, async () => {
    const records = folder.file("two");
    const both = await Promise.all([start(records, "a", EACH).done, start(records, "b", EACH).done]);
    assert.deepEqual(
      both.map(({ code }) => code),
      [0, 0],
    );
    const sold = both.flatMap(({ out }) =>
      out
        .trim()
        .split("\n")
        .map((line) => line.split(" ")),
    );
    assert.equal(sold.length, 2 * EACH);
    assert.equal(new Set(sold.map(([tid]) => tid)).size, sold.length, "no TID twice");
    assert.equal(new Set(sold.map(([, token]) => token)).size, sold.length);
    sold.sort(([one], [other]) => Number(one) - Number(other));
    let state = meterOf(records);
    for (const [tid, token] of sold) {
      assert.equal(isSpecial(Number(tid)), false);
      const terms = { mode: "volume", tables: undefined, paygo_unit: 1 } as const;
      const judgement = judgeToken(terms, state, token, { now_s: 0, room: 1000 });
      assert.equal(judgement.result, "accepted", `TID ${tid}`);
      state = judgement.state;
    }
  });

  it("one that is killed leaves records in which no TID is twice, and asking again gives the same", async () => {
    const records = folder.file("killed");
    const seen = new Map<string, string>();
    for (let round = 0; round < 3; round++) {
      const { child, done } = start(records, `k${round}`, 1_000_000);
      const file = path.join(records, "meters", METER.slice(-3, -1), METER);
      const size = () => (fs.existsSync(file) ? fs.statSync(file).size : 0);
      const before = size();
      while (size() < before + 2000) await new Promise((resolve) => setTimeout(resolve, 5));
      child.kill("SIGKILL");
      await done;
      const desk = new VendingDesk(ring, records, { now: () => new Date("2026-11-22T12:00:00Z") });
      const order = { region: REGION, meter: METER, use: "water", amount: 10, reason: "" } as const;
      const tids = new Set<number>();
      for (let number = 0; number < 3; number++) {
        const request = `k${round}-${number}`;
        const { issued, repeated } = await desk.issue({ ...order, request });
        assert.equal(repeated, true, "these lines were in the file before it was killed");
        tids.add(issued.tid!);
        seen.set(request, issued.tokens[0]);
      }
      const after = await desk.issue({ ...order, request: `after-${round}` });
      assert.equal(after.repeated, false);
      assert.equal(tids.has(after.issued.tid!), false);
    }
    const lines = fs
      .readFileSync(path.join(records, "meters", METER.slice(-3, -1), METER), "utf8")
      .trim()
      .split("\n");
    const all = lines
      .map((line) => JSON.parse(line) as { kind: string; tid?: number })
      .filter(({ kind }) => kind === "issued");
    assert.equal(new Set(all.map(({ tid }) => tid)).size, all.length);
    assert.equal(new Set(seen.values()).size, 9);
  });
});
