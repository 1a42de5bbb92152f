import assert from "node:assert/strict";
import { readBoard } from "../../../tools/build/board_file";
import { PORTS } from "../../../tools/build/board_schema";
import { askMeter, portTests } from "../../../tools/provision/certificate";
import type { SelfTest } from "../../../tools/service/answers";
import type { Asked } from "../../../tools/service/collect";

const NOW_S = 1_795_000_000;
const GOOD: SelfTest = {
  flow: "none",
  valve: "closed",
  utc_s: NOW_S + 3,
  supply_mv: 3600,
  tamper: 1,
  card: 1,
  random: 1,
  crypto: 1,
  radio: "ok",
};
const IDENTITY = {
  ...{ firmware: "0.1.0", metrology: "1.0.0", checksum: "00000000", meter: "1", region: "600100" },
  radio: "on" as string | undefined,
};

function results(board: string, changes: Partial<SelfTest> = {}, storage = "ok", radio: string | undefined = "on") {
  const said = { identity: { ...IDENTITY, radio }, self_test: { ...GOOD, ...changes }, storage };
  const tests = portTests(readBoard(board), said, 3000, NOW_S);
  assert.deepEqual(
    tests.map(({ port }) => port),
    [...PORTS],
  );
  return new Map(tests.map(({ port, result }) => [port, result]));
}

describe("certificate", () => {
  it("has no failed port when the meter says that all is well, and says what it could not test", () => {
    const all = results("espruino-esp32");
    assert.ok(![...all.values()].includes("failed"));
    for (const port of ["display", "keypad", "buzzer"] as const) assert.equal(all.get(port), "not tested", port);
    for (const port of ["flow", "valve", "power", "tamper", "random", "crypto", "nvm", "card"] as const)
      assert.equal(all.get(port), "ok", port);
  });

  it("does not test what is not fitted", () => {
    const all = results("espruino-puckjs");
    for (const port of ["card", "radio", "display", "keypad"] as const) assert.equal(all.get(port), "not fitted", port);
  });

  const failures: [string, Partial<SelfTest>, (typeof PORTS)[number]][] = [
    ["a sensor's cable is cut", { flow: "cable_cut" }, "flow"],
    ["no end switch of the valve closes", { valve: "between" }, "valve"],
    ["the supply is empty", { supply_mv: 3000 }, "power"],
    ["a magnet is near", { tamper: 2 }, "tamper"],
    ["the random source fails its test", { random: 0 }, "random"],
    ["the cipher computes wrongly", { crypto: 0 }, "crypto"],
    ["the modem does not answer", { radio: "silent" }, "radio"],
  ];
  for (const [what, changes, port] of failures) {
    it(`fails a board when ${what}, and nothing else for it`, () => {
      const failed = [...results("espruino-esp32", changes)].filter(([, result]) => result === "failed");
      assert.deepEqual(failed, [[port, "failed"]]);
    });
  }

  it("fails a board whose memory cannot keep its books", () => {
    assert.equal(results("espruino-rak5010", {}, "worn").get("nvm"), "failed");
  });

  it("does not fail a valve without end switches for what nobody can know", () => {
    assert.equal(results("espruino-rak5010", { valve: "unknown" }).get("valve"), "not tested");
  });

  it("fails a radio that could not be attached, tests one that answers, and none that has no settings", () => {
    for (const why of ["modem", "memory", "books", "off"])
      assert.equal(results("espruino-esp32", {}, "ok", why).get("radio"), "failed", why);
    assert.equal(results("espruino-esp32").get("radio"), "ok");
    const said = { identity: { ...IDENTITY, radio: undefined }, self_test: { ...GOOD, radio: "off" as const } };
    const [test] = portTests(readBoard("espruino-esp32"), { ...said, storage: "ok" }, 3000, NOW_S).filter(
      ({ port }) => port === "radio",
    );
    assert.deepEqual([test.result, test.detail], ["not tested", "the meter was given no settings for it"]);
  });

  it("gives a modem time to answer after a restart, and not for ever", async () => {
    const answers = (silent: number) => {
      let asked = 0;
      const line: Asked = {
        ask: (request) => {
          if (request === "id")
            return Promise.resolve("firmware=1 metrology=1 checksum=0 meter=1 region=600100 radio=on");
          if (request === "store") return Promise.resolve("storage=ok");
          const radio = asked++ < silent ? "silent" : "ok";
          return Promise.resolve(
            `flow=none valve=open utc_s=0 supply_mv=1 tamper=0 card=0 random=1 crypto=1 radio=${radio}`,
          );
        },
      };
      return askMeter(line, 0).then(({ self_test }) => [self_test.radio, asked]);
    };
    assert.deepEqual(await answers(0), ["ok", 1]);
    assert.deepEqual(await answers(3), ["ok", 4]);
    assert.deepEqual(await answers(1000), ["silent", 10]);
  });

  it("does not call a reader tested on which no card was laid", () => {
    assert.equal(results("espruino-rak5010", { card: 0 }).get("card"), "not tested");
  });
});
