/** Provisioning at a workplace: this machine's clock, which the meters get, and a person who changes boards. */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { provision, type ProvisionOptions } from "../../../tools/actions/provision";
import type { Workplace } from "../../../tools/actions/workplace";
import { readBoard } from "../../../tools/build/board_file";
import { FlashError } from "../../../tools/flash/flash_error";
import { checkOwnClock, clockWords } from "../../../tools/provision/clock";
import { GivenRecords } from "../../../tools/provision/given";
import { CapturedOutput } from "../captured_output";
import { flashedStandIn } from "../flash/own_board";
import { standInMissing, type StandIn } from "../flash/stand_in";
import { REGION, temporaryFolder } from "../keys/samples";
import { Desk, METERS } from "./desk";

const [METER, SECOND, THIRD] = METERS;
const NOW = new Date("2027-03-01T10:00:00Z");
const NOW_S = NOW.getTime() / 1000;

describe("this machine's clock", () => {
  const refused: [string, string, RegExp][] = [
    ["2025-12-31T23:59:59Z", "", /this machine's clock says 2025-12-31T23:59Z, which cannot be \(set it: /],
    ["1970-01-01T00:00:00Z", "", /says 1970-01-01T00:00Z, which cannot be/],
    ["2100-01-01T00:00:00Z", "", /says 2100-01-01T00:00Z, which cannot be/],
    ["2027-03-01T10:00:00Z", "2027-03-01T10:05:01Z", /and the newest record is of 2027-03-01T10:05Z \(set it: /],
  ];
  for (const [now, newest, message] of refused) {
    it(`is refused at ${now} ${newest === "" ? "" : `after a record of ${newest}`}`, () => {
      assert.throws(() => checkOwnClock(new Date(now), newest, false), message);
    });
  }

  it("is believed from 2026 on, and when it is no more than another desk's clock behind the newest record", () => {
    for (const [now, newest] of [
      ["2026-01-01T00:00:00Z", ""],
      ["2027-03-01T10:00:00Z", "2027-03-01T10:05:00Z"],
      ["2027-03-01T10:00:00Z", "2026-03-01T10:05:00Z"],
    ])
      checkOwnClock(new Date(now), newest, false);
  });

  it("stands on the certificate with what was done", () => {
    const board = readBoard("espruino-rak5010");
    const with_chip = { ...board, parts: { ...board.parts, rtc: "ds3231" as const } };
    const words = [
      clockWords("set", board, NOW_S + 2, NOW_S),
      clockWords("set", with_chip, NOW_S + 2, NOW_S),
      clockWords("kept", with_chip, NOW_S - 40, NOW_S),
      clockWords("cannot", board, 0, NOW_S),
    ];
    assert.deepEqual(words, [
      "set from this machine's clock, 2 s from this machine's; lost with the power, until a card or a radio message sets it",
      "set from this machine's clock, 2 s from this machine's",
      "40 s from this machine's, as it was",
      "not set; its firmware cannot be told the time (a card or a radio message sets it)",
    ]);
  });
});

describe("curbstop provision at a workplace", function () {
  const folder = temporaryFolder();
  let desk: Desk;
  let board: StandIn;
  let blank: Buffer;
  let output: CapturedOutput;

  before(async function () {
    if (standInMissing() !== undefined) return this.skip();
    board = await flashedStandIn();
    blank = fs.readFileSync(path.join(board.folder, "espruino.flash"));
    desk = await Desk.open(folder.path);
  });
  after(async () => board?.stop());
  afterEach(async () => board?.powerDown());

  function optionsOf(records: string, more: Partial<ProvisionOptions>): ProvisionOptions {
    return {
      ...{ board: "espruino-rak5010", baud: 115_200, region: REGION, settings: desk.settings, person: "A. Rossi" },
      ...{ store: desk.store, passphraseFile: desk.phrase, records: folder.file(records), json: true },
      ...more,
    };
  }

  async function provisionWith(options: ProvisionOptions, workplace: Partial<Workplace>): Promise<number> {
    output = new CapturedOutput();
    const context = { output, exit_code: 0 };
    const usual: Workplace = { list: () => Promise.resolve([]), ask: undefined, now: () => NOW };
    await provision(options, () => true, context, { ...usual, ...workplace });
    return context.exit_code;
  }

  /** A board that was never given to anybody is at the line. */
  async function connectBlank(): Promise<void> {
    await board.powerDown();
    fs.writeFileSync(path.join(board.folder, "espruino.flash"), blank);
  }

  it("gives the meter this machine's time, after which the line is the firmware's again", async () => {
    const options = optionsOf("clock.records", { meter: METER, port: board.port });
    assert.equal(await provisionWith(options, {}), 0);
    const clock = (JSON.parse(output.out_text) as { clock: string }).clock;
    const off_s = Number(/^set from this machine's clock, (\d+) s from/.exec(clock)?.[1]);
    // This machine's time stands still in this test; the meter's goes on from it.
    assert.ok(off_s >= 0 && off_s < 120, clock);
  });

  it("refuses to give anything while this machine's clock is behind its own records", async () => {
    const options = optionsOf("clock.records", { meter: SECOND, port: board.port });
    const behind = new Date("2026-06-01T00:00:00Z");
    await assert.rejects(provisionWith(options, { now: () => behind }), /the newest record is of 2027-03-01T10:00Z/);
    assert.doesNotMatch(fs.readFileSync(folder.file("clock.records"), "utf8"), new RegExp(SECOND));
  });

  it("is not held up for years by a record of a clock that was years ahead, once a person says whose was wrong", async () => {
    const file = folder.file("ahead.records");
    const ahead = new GivenRecords(file, () => new Date("2089-01-01T00:00:00Z"));
    const { region, board: name } = { region: REGION, board: "espruino-rak5010" };
    await ahead.begin({ meter: THIRD, region, board: name, serial: "s", person: "A", digests: [], other_board: false });
    await connectBlank();
    const options = optionsOf("ahead.records", { meter: METER, port: board.port });
    await assert.rejects(provisionWith(options, {}), {
      message:
        "this machine's clock says 2027-03-01T10:00Z, and the newest record is of 2089-01-01T00:00Z (set it: the meters " +
        "get their time from it; where it is right, and that record's was not, say --clock-is-right once)",
    });
    assert.equal(await provisionWith({ ...options, clockIsRight: true }, {}), 0);
    await connectBlank();
    assert.equal(await provisionWith({ ...options, otherBoard: true }, {}), 0, "and then nobody has to say it again");
  });

  it("asks for the next board when a list has more than one meter at a port, also when another was between", async () => {
    const list = folder.file("shared.csv");
    fs.writeFileSync(list, `meter,port\n${METER},${board.port}\n${SECOND},tcp://127.0.0.1:1\n${THIRD},${board.port}\n`);
    await connectBlank();
    const asked: string[] = [];
    const exit_code = await provisionWith(optionsOf("shared.records", { batch: list }), {
      ask: async (question) => {
        asked.push(question);
        await connectBlank();
        return "";
      },
    });
    const { rows } = JSON.parse(output.out_text) as { rows: { meter: string; result: string }[] };
    assert.deepEqual(asked, [`connect the board of meter ${THIRD} to ${board.port}, then press Enter `]);
    assert.deepEqual(
      rows.map(({ meter, result }) => [meter, result]),
      [
        [METER, "passed"],
        [SECOND, "refused"],
        [THIRD, "passed"],
      ],
    );
    assert.equal(exit_code, 1);
  });

  it("takes the board for the meter before it when nobody has changed them, and gives it no second number", async () => {
    const list = folder.file("unchanged.csv");
    fs.writeFileSync(list, `meter,port\n${METER},${board.port}\n${SECOND},${board.port}\n`);
    await connectBlank();
    const exit_code = await provisionWith(optionsOf("unchanged.records", { batch: list }), {
      ask: async () => {
        await board.powerDown();
        return "";
      },
    });
    const { rows } = JSON.parse(output.out_text) as { rows: { result: string; why?: string }[] };
    assert.deepEqual(
      rows.map(({ result }) => result),
      ["passed", "refused"],
    );
    assert.match(rows[1].why ?? "", new RegExp(`the board is meter ${METER} already`));
    assert.equal(exit_code, 1);
  });

  const NOWHERE = "tcp://127.0.0.1:1";

  function nowhereList(name: string, ...meters: string[]): string {
    fs.writeFileSync(folder.file(name), ["meter,port", ...meters.map((meter) => `${meter},${NOWHERE}`), ""].join("\n"));
    return folder.file(name);
  }

  function results(): [string, string][] {
    const { rows } = JSON.parse(output.out_text) as { rows: { meter: string; result: string }[] };
    return rows.map(({ meter, result }) => [meter, result]);
  }

  it("leaves a meter aside that another desk is with, skips one that it has done, and goes on", async () => {
    const options = optionsOf("two.records", { batch: nowhereList("two.csv", METER, SECOND, THIRD) });
    const other = new GivenRecords(folder.file("two.records"), () => NOW);
    const [board_name, serial, firmware] = ["espruino-rak5010", "0003", "0.1.0"];
    const asked: string[] = [];
    const ask = async (question: string): Promise<string> => {
      asked.push(question);
      const order = { meter: THIRD, region: REGION, board: board_name, serial, person: "B", digests: [] };
      await other.begin({ ...order, other_board: false });
      await other.give(THIRD, serial, firmware);
      await other.test(THIRD, serial, true);
      return "";
    };
    const exit_code = await other.withMeter(METER, () => provisionWith(options, { ask }));
    assert.deepEqual(results(), [
      [METER, "refused"],
      [SECOND, "refused"],
      [THIRD, "done before"],
    ]);
    assert.match(output.out_text, new RegExp(`meter ${METER} is being given at another desk: `));
    assert.deepEqual([exit_code, asked.length], [1, 1]);
  });

  it("tells what became of the boards before a person gave up a list", async () => {
    const options = optionsOf("up.records", { batch: nowhereList("up.csv", METER, SECOND) });
    const ask = () => Promise.reject(new FlashError("given up"));
    await assert.rejects(provisionWith(options, { ask }), /^Error: given up$/);
    assert.deepEqual(results(), [[METER, "refused"]]);
  });

  it("finds a folder that takes no certificate before a board is touched", async () => {
    fs.writeFileSync(folder.file("a_file"), "");
    const options = optionsOf("no.records", { meter: METER, port: NOWHERE, certificates: folder.file("a_file") });
    await assert.rejects(provisionWith(options, {}), /a_file: cannot be written \(EEXIST; make room, or take/);
  });

  it("takes the only port that fits when none is given, and asks for nothing where there is none", async () => {
    await assert.rejects(
      provisionWith(optionsOf("ports.records", { meter: METER }), {}),
      /espruino-rak5010 is not found: no serial port on USB is there \(connect it/,
    );
    const port = { path: board.port, vendor_id: "1915", product_id: "520f", serial_number: "" };
    await connectBlank();
    const found = { list: () => Promise.resolve([port]) };
    assert.equal(await provisionWith(optionsOf("ports.records", { meter: METER }), found), 0);
    assert.match(output.err_text, /Espruino on nRF52840 \(RAK5010\), the only port that fits\n/);
  });
});
