/** `curbstop provision` on a board with a LoRaWAN modem, as it is typed: what the board then keeps, and what nobody else does. */
import assert from "node:assert/strict";
import fs from "node:fs";
import { readRadioPlate } from "../../../firmware/radio_plate";
import { lorawanAppKey, lorawanGroupKeys, radioMasterKey } from "../../../tools/keys/derive";
import type { RegionKey } from "../../../tools/keys/ring";
import type { Certificate } from "../../../tools/provision/certificate";
import { flashedStandIn } from "../flash/own_board";
import { standInMissing, type StandIn } from "../flash/stand_in";
import type { Answer } from "../captured_output";
import { assertNoSecret, REGION, temporaryFolder } from "../keys/samples";
import { Desk, HOUSEHOLD, METERS } from "./desk";
import { flashFile, storedPlate } from "./stored_plate";

const [METER, SECOND] = METERS;
const BOARD = "espruino-esp32lora";
const EUI = "70B3D57ED0050000";
const LORAWAN = { join_eui: "70B3D57ED0000001", multicast: { address: "01FE0304" } };

describe("curbstop provision, a board with a LoRaWAN modem", function () {
  const folder = temporaryFolder();
  let desk: Desk;
  let board: StandIn;
  let blank: Buffer;
  let radio: RegionKey;

  before(async function () {
    if (standInMissing() !== undefined) return this.skip();
    board = await flashedStandIn();
    blank = fs.readFileSync(flashFile(board));
    desk = await Desk.open(folder.path);
    radio = (await desk.ring()).current(REGION, "radio");
    settings("lorawan.json", { first: EUI, count: 100, first_meter: METER });
    settings("other.json", { first: EUI, count: 100, first_meter: SECOND });
  });
  after(async () => board?.stop());
  afterEach(async () => board?.powerDown());

  function settings(name: string, device_eui_block: object): void {
    const meter = { ...HOUSEHOLD.meter, radio: { interval_s: 900, lorawan: { ...LORAWAN, device_eui_block } } };
    fs.writeFileSync(folder.file(name), JSON.stringify({ tariff: HOUSEHOLD.tariff, meter }));
  }

  function provision(meter: string, name: string, ...more: string[]) {
    const words = ["--board", BOARD, "--settings", folder.file(name), "--port", board.port];
    return desk.provision(...words, "--meter", meter, ...more);
  }

  /** It is the meter; what failed is what the stand-in has not: end switches. */
  function assertMeter({ exit_code, out, err }: Answer): Certificate {
    assert.deepEqual({ exit_code, err }, { exit_code: 1, err: "" });
    const certificate = JSON.parse(out) as Certificate;
    const failed = certificate.ports.filter(({ result }) => result === "failed");
    assert.deepEqual(
      failed.map(({ port }) => port),
      ["valve"],
    );
    return certificate;
  }

  const digits = (key: { buffer: () => Buffer }): string => key.buffer().toString("hex").toUpperCase();

  it("has EUI, network and derived key on its nameplate, as the network's list has them, and says the EUI", async () => {
    const certificate = assertMeter(await provision(METER, "lorawan.json", "--json"));
    assert.equal(certificate.device_eui, EUI);
    assert.deepEqual(
      certificate.keys.map(({ name, revision }) => [name, revision]),
      ["transport", "token", "radio", "lorawan"].map((name) => [name, 1]),
    );
    await board.powerDown();
    const plate = readRadioPlate(storedPlate(board, METER)?.radio ?? "");
    const { lorawan } = plate?.modem ?? {};
    const devices = folder.file("devices.csv");
    const words = ["keys", "lorawan", "--region", REGION, "--settings", folder.file("lorawan.json")];
    assert.equal((await desk.run(...words, "--meter", METER, "--out", devices)).exit_code, 0);
    const [, row] = fs.readFileSync(devices, "utf8").split("\n");
    fs.rmSync(devices);
    assert.equal(row, [lorawan?.device_eui, lorawan?.join_eui, METER, lorawan?.app_key].join(";"));
    assert.equal(lorawan?.app_key, digits(lorawanAppKey(radio, METER)));
    assert.match(lorawan.multicast, /^C:01FE0304:[0-9A-F]{32}:[0-9A-F]{32}:869525000:5:0$/);
    assert.match(fs.readFileSync(desk.records, "utf8"), new RegExp(`"device_eui":"${EUI}"`));
  });

  it("finds the meter there when it is asked again, and shows its EUI on the page", async () => {
    const before = storedPlate(board, METER);
    const { out, err } = await provision(METER, "lorawan.json");
    await board.powerDown();
    assert.deepEqual([err, storedPlate(board, METER)], ["", before]);
    assert.match(out, new RegExp(`\\ndevice EUI +${EUI}\\n`));
  });

  it("gives no second meter that EUI, also from other settings, and nothing of it to the board", async () => {
    fs.writeFileSync(flashFile(board), blank);
    const { exit_code, out, err } = await provision(SECOND, "other.json");
    await board.powerDown();
    assert.deepEqual([exit_code, out], [1, ""]);
    assert.match(
      err,
      new RegExp(`^curbstop: meter ${SECOND} would have the device EUI of meter ${METER} \\(look at [^\\n]*\\n$`),
    );
    assert.equal(storedPlate(board, SECOND), undefined);
    assert.doesNotMatch(fs.readFileSync(desk.records, "utf8"), new RegExp(SECOND));
    assertMeter(await provision(SECOND, "lorawan.json", "--json"));
  });

  it("has put no key into anything but the board", async () => {
    const groups = Object.values(lorawanGroupKeys(radio, LORAWAN.multicast.address)) as (typeof radio.key)[];
    const own = [METER, SECOND].flatMap((meter) => [lorawanAppKey(radio, meter), radioMasterKey(radio, meter)]);
    const files = fs.readdirSync(folder.path).filter((name) => !name.endsWith(".store"));
    const texts = files.map((name) => fs.readFileSync(folder.file(name), "latin1"));
    assert.ok(texts.length >= 4 && desk.printed.length > 5);
    assertNoSecret([...desk.printed, ...texts].join("\n"), [...groups, ...own, ...(await desk.secrets())]);
  });
});
