/** A LoRaWAN modem in a settings file: whose EUI is whose, what the modem is told, and a network that takes it in. */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { readNameplate } from "../../../firmware/nameplate";
import { createRak3172, type LorawanSettings } from "../../../firmware/modem/rak3172";
import { attachRadioRoom } from "../../../firmware/radio_room";
import { readRadioPlate } from "../../../firmware/radio_plate";
import { answer } from "../../../firmware/service/read_out";
import type { Session } from "../../../sim/hci/lorawan";
import { addDevice, createNetwork, frameToGroup, networkHears, type Network } from "../../../sim/hci/lorawan_network";
import { createRak3172Module, deviceHears, type Rak3172Module } from "../../../sim/hci/rak3172_module";
import { createBytePipe } from "../../../sim/pn532/pipe";
import { UserError } from "../../../sim/scenario/user_error";
import { createCryptoTwin } from "../../../sim/twins/crypto";
import { createTimerTwin } from "../../../sim/twins/timer";
import { cutPower } from "../../../sim/world/power_cut";
import { createEvent, scheduleEvent } from "../../../sim/world/queue";
import { readBoard } from "../../../tools/build/board_file";
import { boardKeysOf } from "../../../tools/keys/board";
import { lorawanAppKey, lorawanGroupKeys, radioMasterKey } from "../../../tools/keys/derive";
import type { KeyRing } from "../../../tools/keys/ring";
import { parseEuis } from "../../../tools/provision/device_euis";
import { lorawanNeeds } from "../../../tools/provision/lorawan_part";
import { keyDigests, keysFromExport, keysFromStore, type MeterKeys } from "../../../tools/provision/meter_keys";
import { ProvisionError } from "../../../tools/provision/provision_error";
import { checkRadio } from "../../../tools/provision/radio_part";
import { loadSettings, nameplateOf, plateCrc, type SettingsFile } from "../../../tools/provision/settings_file";
import { decodeTelegram } from "../../../tools/radio/telegram";
import { HOUR_MS, MINUTE_MS, running, SECOND_MS, type Rig } from "../../firmware/rig";
import { UTILITY } from "../../firmware/radio/gateway";
import { METER, NOON, REGION, sampleRing, temporaryFolder } from "../keys/samples";
import { HOUSEHOLD, METERS } from "./desk";

const [, SECOND, THIRD] = METERS;
const NEEDS = { card: true, tariff_index: 7, radio: true };
const BLOCK = { first: "70b3d57ed00500ff", count: 2, first_meter: METER };
const JOIN = "70B3D57ED0000001";
const GROUP = { address: "01fe0304" };
const LORAWAN = { join_eui: JOIN.toLowerCase(), device_eui_block: BLOCK, multicast: GROUP };
const OFF_MS = 20;
const ANSWER_MS = 5000;

describe("a LoRaWAN modem in a settings file", () => {
  const folder = temporaryFolder();

  function load(lorawan: object): SettingsFile {
    const file = folder.file("lorawan.json");
    const meter = { ...HOUSEHOLD.meter, radio: { interval_s: 900, lorawan } };
    fs.writeFileSync(file, JSON.stringify({ tariff: HOUSEHOLD.tariff, meter }));
    return loadSettings(file);
  }

  function keysOf(file: SettingsFile, ring: KeyRing, meter: string): MeterKeys {
    const needs = { ...NEEDS, lorawan: lorawanNeeds(file.meter.radio?.lorawan) };
    return keysFromStore(ring, REGION, meter, needs, NOON);
  }

  /** The radio's part of a nameplate, as the firmware has it after a boot. */
  const partOf = (lorawan: object, ring: KeyRing, meter = METER): string => {
    const file = load(lorawan);
    return readNameplate(nameplateOf(file, keysOf(file, ring, meter)), plateCrc)?.radio ?? "";
  };
  const told = (lorawan: object, ring = sampleRing(), meter = METER): LorawanSettings => {
    const plate = readRadioPlate(partOf(lorawan, ring, meter));
    assert.deepEqual([plate?.modem.wmbus, plate?.modem.bg96], [undefined, undefined]);
    assert.ok(plate?.modem.lorawan !== undefined, "the firmware reads it");
    return plate.modem.lorawan;
  };

  it("gives the firmware the meter's EUI and derived key, the network's EUI, and the group with its keys", () => {
    const ring = sampleRing();
    const radio = ring.current(REGION, "radio");
    const digits = (key: { buffer: () => Buffer }): string => key.buffer().toString("hex").toUpperCase();
    const { network, application } = lorawanGroupKeys(radio, GROUP.address);
    const given = {
      port: 17,
      data_rate: 6,
      frame_max_bytes: 242,
      multicast: { ...GROUP, frequency_hz: 868_100_000, data_rate: 3 },
    };
    assert.deepEqual(told({ ...LORAWAN, ...given }, ring, SECOND), {
      device_eui: "70B3D57ED0050100",
      join_eui: JOIN,
      app_key: digits(lorawanAppKey(radio, SECOND)),
      port: 17,
      data_rate: 6,
      frame_max_bytes: 242,
      multicast: `C:01FE0304:${digits(network)}:${digits(application)}:868100000:3:0`,
    });
    const { multicast: _none, ...plain } = LORAWAN;
    const { port, data_rate, frame_max_bytes, multicast } = told(plain);
    assert.deepEqual([port, data_rate, frame_max_bytes, multicast], [2, 5, 222, ""]);
    const payloads = [0, 1, 2, 3, 4, 5].map((rate) => told({ ...plain, data_rate: rate }).frame_max_bytes);
    assert.deepEqual(payloads, [51, 51, 51, 115, 222, 222]);
  });

  it("takes EUIs out of the list beside it, and refuses a meter that has none in one line", () => {
    fs.writeFileSync(
      folder.file("euis.csv"),
      `meter,device_eui\n${SECOND},ac1f09fffe000002\n${METER},AC1F09FFFE000001\n`,
    );
    const listed = { join_eui: JOIN, device_eui_file: "euis.csv" };
    assert.equal(told(listed).device_eui, "AC1F09FFFE000001");
    assert.equal(told(listed, sampleRing(), SECOND).device_eui, "AC1F09FFFE000002");
    assert.throws(
      () => told(listed, sampleRing(), THIRD),
      (error: Error) => {
        assert.ok(error instanceof ProvisionError);
        assert.match(error.message, /^meter 600727000000000025: it has no device EUI \(looked for in .*euis\.csv\)$/);
        return true;
      },
    );
  });

  it("refuses a meter outside of the block, also one of another issuer", () => {
    for (const meter of [THIRD, "600728000000000008"])
      assert.throws(
        () => told(LORAWAN, sampleRing(), meter),
        (error: Error) => error instanceof ProvisionError && /outside of the block of device EUIs/.test(error.message),
        meter,
      );
    const early = { ...LORAWAN, device_eui_block: { ...BLOCK, first_meter: SECOND } };
    assert.throws(() => told(early), /outside of the block/);
  });

  it("is the same from an export, but for a group, whose keys an export has not", () => {
    const ring = sampleRing();
    const { multicast: _none, ...plain } = LORAWAN;
    const board = boardKeysOf(ring, REGION, METER, {}, { ti: "07" });
    const own = (lorawan: object, export_of = board): string => {
      const file = load(lorawan);
      const needs = { ...NEEDS, lorawan: lorawanNeeds(file.meter.radio?.lorawan) };
      return readNameplate(nameplateOf(file, keysFromExport(export_of, REGION, METER, needs)), plateCrc)?.radio ?? "";
    };
    assert.equal(own(plain), partOf(plain, ring));
    assert.throws(() => own(LORAWAN), /an export has no keys of a LoRaWAN group \(take the key store, or leave/);
    assert.throws(
      () => own(plain, { ...board, lorawan: undefined }),
      /the export has no LoRaWAN key, .*export it again/,
    );
  });

  it("leaves a digest of its key in the records, which is that meter's alone", () => {
    const file = load(LORAWAN);
    const ring = sampleRing();
    const [first, second] = [METER, SECOND].map((meter) => keyDigests(keysOf(file, ring, meter)));
    assert.equal(first.length, 3, "decoder key, radio key, LoRaWAN key");
    assert.equal(new Set([...first, ...second]).size, 6);
  });

  const bad: [string, object, RegExp][] = [
    ["no EUIs", { join_eui: JOIN }, /radio\.lorawan: must have device_eui_file or device_eui_block, and not both/],
    ["EUIs twice", { ...LORAWAN, device_eui_file: "x" }, /radio\.lorawan: must have device_eui_file or /],
    ["no network", { device_eui_block: BLOCK }, /lorawan\.join_eui: is missing/],
    ["a short EUI", { ...LORAWAN, join_eui: "70B3" }, /join_eui: must be 16 hexadecimal digits/],
    ["a first EUI of letters", { ...LORAWAN, device_eui_block: { ...BLOCK, first: "x" } }, /block\.first: must be/],
    [
      "an EUI that is nobody's",
      { ...LORAWAN, device_eui_block: { ...BLOCK, first: "0".repeat(16) } },
      /block\.first: must/,
    ],
    [
      "a block beyond the last EUI",
      { ...LORAWAN, device_eui_block: { ...BLOCK, first: "FFFFFFFFFFFFFFFE" } },
      /device_eui_block\.count: goes beyond the last EUI/,
    ],
    [
      "a block of a meter that is none",
      { ...LORAWAN, device_eui_block: { ...BLOCK, first_meter: "1" } },
      /first_meter: must be a meter number/,
    ],
    ["payloads too short for the pieces of a report", { ...LORAWAN, frame_max_bytes: 33 }, /frame_max_bytes: /],
    ["a data rate that there is not", { ...LORAWAN, data_rate: 16 }, /radio\.lorawan\.data_rate: /],
    ["a port of LoRaWAN's own packages", { ...LORAWAN, port: 202 }, /port: must not be 200 to 203/],
    ["a port that there is not", { ...LORAWAN, port: 224 }, /radio\.lorawan\.port: /],
    ["a key", { ...LORAWAN, app_key: "00".repeat(16) }, /radio\.lorawan\.app_key: is not a field/],
    ["a group without an address", { ...LORAWAN, multicast: {} }, /multicast\.address: is missing/],
    ["a group's address that is none", { ...LORAWAN, multicast: { address: "1:2" } }, /multicast\.address: must be 8/],
  ];
  for (const [what, lorawan, message] of bad) {
    it(`with ${what} is refused in one line`, () => {
      assert.throws(
        () => load(lorawan),
        (error: Error) => {
          assert.ok(error instanceof UserError, String(error));
          assert.match(error.message, message);
          return !error.message.includes("\n");
        },
      );
    });
  }

  const lists: [string, string, RegExp][] = [
    [
      "a meter that is none",
      "meter,device_eui\n600727000000000008,AC1F09FFFE000001\n",
      /:2: meter "600727000000000008"/,
    ],
    ["a meter twice", `meter,device_eui\n${METER},AC1F09FFFE000001\n${METER},AC1F09FFFE000002\n`, /:3: meter .* twice/],
    [
      "one EUI for two meters",
      `meter,device_eui\n${METER},AC1F09FFFE000001\n${SECOND},ac1f09fffe000001\n`,
      /:3: device EUI AC1F09FFFE000001 is that of meter 600727000000000009 already/,
    ],
    ["an EUI that is none", `meter,device_eui\n${METER},AC-1F-09\n`, /:2: device EUI "AC-1F-09" is none/],
    ["no EUI", `meter\n${METER}\n`, /:2: device EUI "" is none/],
    [
      "a column that nobody knows",
      `meter,device_eui,app_key\n${METER},AC1F09FFFE000001,00\n`,
      /:2: "app_key" is no col/,
    ],
    ["rows of other lengths", `meter,device_eui\n${METER}\n`, /^euis\.csv: /],
  ];
  for (const [what, text, message] of lists) {
    it(`a list of EUIs with ${what} is refused`, () => {
      assert.throws(
        () => parseEuis(text, "euis.csv"),
        (error: Error) => error instanceof UserError && message.test(error.message) && !error.message.includes("\n"),
      );
    });
  }

  it("belongs to a board with a RAK3172, which has to have it; a missing list is told before the first meter", () => {
    const { $schema: _schema, ...esp32 } = readBoard("espruino-esp32");
    const board = { ...esp32, parts: { ...esp32.parts, radio: "rak3172" as const } };
    const { radio } = load(LORAWAN).meter;
    checkRadio(board, radio, "x.json");
    const plain = { interval_s: 900, group: 0, mode: "C" as const };
    assert.throws(() => checkRadio(board, plain, "x.json"), /has to know network and EUIs \(add "lorawan"\)/);
    assert.throws(() => checkRadio(esp32, radio, "x.json"), /esp32 knows no LoRaWAN \(leave out "lorawan"\)/);
    const missing = load({ join_eui: JOIN, device_eui_file: "nothing.csv" }).meter.radio;
    assert.throws(
      () => lorawanNeeds(missing?.lorawan),
      (error: Error) => error.message.startsWith(path.join(folder.path, "nothing.csv")) && error instanceof UserError,
    );
  });

  /** A meter in service whose nameplate has this part, its modem's emulator, and a network around it. */
  function joined(part: string, group: Session, known: { device_eui: string; app_key: string }) {
    const rig: Rig = running();
    rig.meter.card.books.utility = UTILITY;
    rig.then("lock 1", "lock 0");
    const crypto = createCryptoTwin();
    const network: Network = createNetwork(crypto, group);
    const bytes = (digits: string): number[] => [...Buffer.from(digits, "hex")];
    const device = addDevice(network, bytes(known.device_eui), bytes(known.app_key));
    const taken: number[][] = [];
    network.on_up = (_device, data) => taken.push(data.payload);
    const { queue } = rig.world;
    let module: Rak3172Module | undefined;
    const modem = (settings: LorawanSettings) => {
      const pipe = createBytePipe(queue, 1000);
      const made = createRak3172Module(crypto, pipe.chip, createTimerTwin(queue).port, "SF12");
      made.on_transmit = (frame) => {
        const accept = networkHears(network, frame);
        const later = createEvent(() => {
          if (accept !== undefined) deviceHears(made, accept, -58);
        });
        scheduleEvent(queue, later, queue.now_ms + ANSWER_MS);
      };
      module = made;
      return createRak3172(pipe.host, createTimerTwin(queue).port, settings).port;
    };
    rig.world.attach_radio = (meter) => {
      const aerial = {
        board: "x",
        modem: ({ lorawan }: { lorawan: LorawanSettings | undefined }) => lorawan && modem(lorawan),
      };
      attachRadioRoom(meter, part, { ...aerial, slots: () => undefined });
      return "";
    };
    cutPower(rig.world, OFF_MS);
    rig.pass(MINUTE_MS);
    return { rig, network, device, taken, module: () => module };
  }

  it("makes a meter that joins a network which has its row, reports there, and hears the group", () => {
    const ring = sampleRing();
    const radio = ring.current(REGION, "radio");
    const part = partOf(LORAWAN, ring);
    const { network: network_key, application } = lorawanGroupKeys(radio, GROUP.address);
    const group = { address: 0x01fe0304, network_key: network_key.bytes(), application_key: application.bytes() };
    const known = { device_eui: "70B3D57ED00500FF", app_key: lorawanAppKey(radio, METER).buffer().toString("hex") };
    const { rig, network, device, taken, module } = joined(part, group, known);
    assert.match(answer(rig.meter, "id"), / radio=on$/);
    assert.match(answer(rig.meter, "selftest"), / radio=ok$/);
    assert.deepEqual([network.joins, device.session !== undefined], [1, true]);
    rig.pass(HOUR_MS);
    assert.ok(taken.length > 0, "a report came");
    const telegram = decodeTelegram(taken[0], { key: radioMasterKey(radio, METER).bytes() });
    assert.ok(telegram.records.length > 5, "under the meter's radio key");
    const before = rig.events("radio_failed").length;
    const modem = module();
    assert.ok(modem !== undefined);
    const next = modem.group_next;
    deviceHears(modem, frameToGroup(network, 2, [1, 2, 3]), -58);
    assert.deepEqual([modem.group_next, before], [next + 1, 0], "it is the group's own");
    rig.pass(SECOND_MS);
  });

  it("makes a meter that no network takes in which has another meter's key for it", () => {
    const ring = sampleRing();
    const radio = ring.current(REGION, "radio");
    const group = { address: 0x01fe0304, network_key: new Array<number>(16).fill(0), application_key: [] };
    const known = { device_eui: "70B3D57ED00500FF", app_key: lorawanAppKey(radio, SECOND).buffer().toString("hex") };
    const { rig, network, taken } = joined(partOf(LORAWAN, ring), group, known);
    rig.pass(HOUR_MS);
    assert.deepEqual([network.joins, taken], [0, []]);
  });
});
