import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { keyDigests, keysFromStore } from "../../../tools/provision/meter_keys";
import { GivenRecords, type Order } from "../../../tools/provision/given";
import { ProvisionError } from "../../../tools/provision/provision_error";
import { luhnDigit } from "../../../tools/token/pan";
import { LOADER } from "../../typescript_child";
import { NOON, REGION, sampleRing, temporaryFolder } from "../keys/samples";
import { METERS } from "./desk";

const CHILD = path.join(__dirname, "given_child.ts");
const [METER, SECOND] = METERS;

function order(changes: Partial<Order> = {}): Order {
  const of = { meter: METER, region: REGION, board: "espruino-rak5010", serial: "0001", person: "A. Rossi" };
  return { ...of, digests: [], other_board: false, ...changes };
}

/** Numbers with their check digits. */
function meters(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const digits = `6007270000${String(index).padStart(7, "0")}`;
    return digits + luhnDigit(digits);
  });
}

describe("records of what was given", function () {
  const folder = temporaryFolder();

  const refusal = (words: RegExp) => (error: unknown) => {
    assert.ok(error instanceof ProvisionError, String(error));
    assert.match(error.message, words);
    assert.doesNotMatch(error.message, /\n/);
    return true;
  };

  it("give a number to one board, whatever became of the first, until a person says that it is lost", async () => {
    const file = folder.file("one.records");
    await new GivenRecords(file, () => NOON).begin(order());
    const records = new GivenRecords(file);
    await records.begin(order());
    const other = order({ serial: "0002" });
    await assert.rejects(
      records.begin(other),
      refusal(/^meter 600727000000000009 was begun at 20\S+ to board 0001, and this is 0002 \(take that board, or say/),
    );
    await records.give(METER, "0001", "0.1.0");
    await assert.rejects(records.begin(other), refusal(/was given at/));
    await records.begin({ ...other, other_board: true });
    await assert.rejects(records.begin(order()), refusal(/to board 0002, and this is 0001/));
  });

  it("know no two boards without a serial number for the same", async () => {
    const records = new GivenRecords(folder.file("serial.records"));
    await records.begin(order({ serial: "" }));
    await assert.rejects(
      records.begin(order({ serial: "" })),
      refusal(/board without a serial number, and this is a board/),
    );
  });

  it("never give a key twice: the digest of a meter's key is another meter's", async () => {
    const records = new GivenRecords(folder.file("keys.records"));
    const keys = (meter: string) =>
      keysFromStore(sampleRing(), REGION, meter, { card: true, tariff_index: 1, radio: false }, NOON);
    const digests = keyDigests(keys(METER));
    assert.equal(digests.length, 1);
    assert.notDeepEqual(keyDigests(keys(SECOND)), digests, "each meter's key is its own");
    await records.begin(order({ digests }));
    await records.begin(order({ digests }));
    const same = order({ meter: SECOND, serial: "0002", digests });
    await assert.rejects(records.begin(same), refusal(/would have a key of meter 600727000000000009/));
  });

  it("never give a device EUI twice, also to the next process, and let a meter have another one", async () => {
    const file = folder.file("euis.records");
    const device_eui = "70B3D57ED0050000";
    await new GivenRecords(file).begin(order({ device_eui }));
    const records = new GivenRecords(file);
    const same = order({ meter: SECOND, serial: "0002", device_eui });
    await assert.rejects(
      records.begin(same),
      refusal(/would have the device EUI of meter 600727000000000009 \(look at/),
    );
    await records.begin(order({ device_eui: "70B3D57ED0050009" }));
    await assert.rejects(records.begin(same), refusal(/would have the device EUI/));
    await records.begin({ ...same, device_eui: "70B3D57ED0050001" });
    // The first was out of a list that was wrong: its module is in the other board, once this one has its own.
    await records.give(METER, "0001", "0.1.0");
    await new GivenRecords(file).begin(same);
    await assert.rejects(records.begin(order({ device_eui })), refusal(/would have the device EUI of meter 600727/));
  });

  it("never give a radio address twice in a region, for the last eight digits are the same, also to the next process", async () => {
    const file = folder.file("addresses.records");
    await new GivenRecords(file).begin(order({ radio_id: "00000009" }));
    const records = new GivenRecords(file);
    const same = order({ meter: SECOND, serial: "0002", radio_id: "00000009" });
    await assert.rejects(
      records.begin(same),
      refusal(/would have the radio address of meter 600727000000000009 \(their last eight digits are the same/),
    );
    await records.begin(order({ radio_id: "00000009" }));
    // One without a radio has no address, and another region has its own gateway.
    await records.begin({ ...same, radio_id: undefined });
    await records.begin({ ...same, region: "600201" });
  });

  it("tell what has become of a number, also to the next process", async () => {
    const file = folder.file("state.records");
    const records = new GivenRecords(file, () => NOON);
    const state = async () => (await new GivenRecords(file).find(METER))?.state;
    assert.equal(await state(), undefined);
    await records.begin(order());
    assert.equal(await state(), "begun");
    await records.give(METER, "0001", "0.1.0");
    assert.equal(await state(), "given");
    await records.test(METER, "0001", false);
    assert.equal(await state(), "failed");
    await records.test(METER, "0001", true);
    assert.equal(await state(), "passed");
  });

  it("are refused when a line was changed by hand", async () => {
    const file = folder.file("changed.records");
    await new GivenRecords(file).begin(order());
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace("0001", "0002"));
    await assert.rejects(new GivenRecords(file).find(METER), /:1: this line is not as it was written/);
  });

  it("let one process at a time work on a meter", async () => {
    const file = folder.file("lock.records");
    const [one, other] = [new GivenRecords(file), new GivenRecords(file)];
    await one.withMeter(METER, async () => {
      await assert.rejects(
        other.withMeter(METER, () => Promise.resolve()),
        refusal(/^meter 600727000000000009 is being given at another desk: [^\n]+process \d+ is writing it/),
      );
      await other.withMeter(SECOND, () => Promise.resolve());
    });
    await other.withMeter(METER, () => Promise.resolve());
  });

  it("give each number to one of two processes that both want them all", async () => {
    const file = folder.file("two.records");
    const wanted = meters(40);
    const runs = ["0001", "0002"].map(async (serial) => {
      const numbers = serial === "0001" ? wanted : [...wanted].reverse();
      const words = [...LOADER, CHILD, file, serial, ...numbers];
      const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
      let out = "";
      child.stdout.on("data", (data: Buffer) => (out += data.toString()));
      const [code] = (await once(child, "close")) as [number];
      assert.equal(code, 0);
      return out.split("\n").filter((line) => line !== "");
    });
    const [first, second] = await Promise.all(runs);
    assert.deepEqual([...first, ...second].sort(), [...wanted].sort(), "each once, and none left over");
  });
});
