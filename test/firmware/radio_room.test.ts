/** Promises of the radio room: a nameplate's radio, attached at a boot; whatever is wrong with it, the meter goes on. */
import assert from "node:assert/strict";
import type { FirmwareSlots } from "../../hal/firmware_slots";
import { keylessRadioPlate, radioPlateBytes, readRadioPlate, type RadioPlate } from "../../firmware/radio_plate";
import { RADIO_RESULTS } from "../../firmware/radio/radio_results";
import { attachRadioRoom, type Aerial } from "../../firmware/radio_room";
import { answer } from "../../firmware/service/read_out";
import { bootSlots, createFirmwareSlotsTwin, slotsPort } from "../../sim/twins/firmware_slots";
import { programWhole } from "../../sim/twins/nvm";
import { nvmGeometry } from "../../sim/twins/nvm_parts";
import { cutPower } from "../../sim/world/power_cut";
import { headerText } from "../../tools/flash/slots";
import { crc32 } from "node:zlib";
import { BOARD, imageOf, updateOf } from "./update/rig";
import { Gateway, radio, signer, turn, UTILITY } from "./radio/gateway";
import { HOUR_MS, MINUTE_MS, running, SECOND_MS, type Rig } from "./rig";

const OFF_MS = 20;
const REPORTED_MS = HOUR_MS + MINUTE_MS;
const WMBUS = { wmbus: { mode: "C" as const }, lorawan: undefined, bg96: undefined };

function plateOf(changes: Partial<RadioPlate> = {}): RadioPlate {
  return {
    station: radio(),
    update_key: "",
    update_key_revision: 1,
    update_key_next: "",
    modem: WMBUS,
    ...changes,
  };
}

function slotsWith(image: Buffer): FirmwareSlots {
  const twin = createFirmwareSlotsTwin(nvmGeometry("nrf52-8x4k"));
  programWhole(twin.slots[0], 0, headerText({ sequence: 1, length_bytes: image.length, crc: crc32(image) }));
  for (let at = 0; at < image.length; at += 64)
    programWhole(twin.slots[0], 64 + at, image.subarray(at, at + 64).toString("latin1"));
  bootSlots(twin);
  return slotsPort(twin);
}

/** A meter in service that boots anew with this part of a nameplate, on a board with the twin of a modem. */
function booted(part: string, board: Partial<Aerial> = {}, prepare: (rig: Rig) => void = () => undefined): Rig {
  const rig = running();
  rig.meter.card.books.utility = UTILITY;
  rig.then("lock 1", "lock 0");
  const aerial = { board: BOARD, modem: () => rig.world.radio.port, slots: () => undefined, ...board };
  rig.world.attach_radio = (meter) => {
    prepare(rig);
    attachRadioRoom(meter, part, aerial);
    return "";
  };
  cutPower(rig.world, OFF_MS);
  return rig.pass(5 * SECOND_MS);
}

/** Billed and counted, whatever became of the radio. */
function assertCounts(rig: Rig): void {
  const before = [rig.number("volume_l"), rig.number("charged_milli")];
  rig.litres(20);
  assert.equal(rig.number("volume_l"), before[0] + 20);
  assert.ok(rig.number("charged_milli") > before[1]);
}

describe("radio room", () => {
  it("sends the meter's telegrams, obeys a message, and says so at the service port, without keys", () => {
    const plate = plateOf();
    const rig = booted(radioPlateBytes(plate));
    const gateway = new Gateway(rig);
    gateway.window();
    assert.ok(gateway.telegram().records.length > 5, "it opens under the plate's key");
    assert.equal(gateway.answer("valve", [1]), RADIO_RESULTS.indexOf("accepted"));
    assert.ok(rig.meter.reasons.remote_lock);
    assert.equal(gateway.answer("valve", [0]), RADIO_RESULTS.indexOf("accepted"));
    assert.match(answer(rig.meter, "id"), / region=600100 radio=on$/);
    assert.match(answer(rig.meter, "selftest"), / radio=ok$/);
    assert.equal(rig.meter.annex.settings_part, keylessRadioPlate(radioPlateBytes(plate)));
    assert.equal(readRadioPlate(rig.meter.annex.settings_part)?.station.group, plate.station.group);
    assertCounts(rig);
  });

  it("is not there for a nameplate without a radio's part, and off where its interval is 0", () => {
    const none = booted("", { modem: () => assert.fail("no modem is started") });
    assert.match(answer(none.meter, "id"), / region=600100$/);
    const off = booted(radioPlateBytes(plateOf({ station: radio({ interval_s: 0 }) })));
    assert.match(answer(off.meter, "id"), / radio=off$/);
    for (const rig of [none, off]) {
      rig.pass(REPORTED_MS);
      assert.deepEqual(
        rig.events().filter(({ code }) => code.startsWith("radio_")),
        [],
      );
      assertCounts(rig);
    }
  });

  const faults: [string, string, Parameters<typeof booted>][] = [
    ["a part that this firmware does not read", "plate", ["\x04 of another form"]],
    ["settings for another modem", "modem", [radioPlateBytes(plateOf()), { modem: () => undefined }]],
    ["a key that is none", "master_key", [radioPlateBytes(plateOf({ station: radio({ master_key: "00" }) }))]],
    [
      "a revision that there cannot be",
      "region_key_revision",
      [radioPlateBytes(plateOf({ station: radio({ region_key_revision: 256 }) }))],
    ],
    [
      "a modem that takes no frame as long as a telegram",
      "frames",
      [radioPlateBytes(plateOf()), { modem: () => ({ ...running().world.radio.port, frame_max_bytes: 51 }) }],
    ],
    [
      "books of another firmware's radio",
      "books",
      [radioPlateBytes(plateOf()), {}, ({ meter }) => (meter.annex.kept = "\xff\xff\xff")],
    ],
  ];
  for (const [what, word, [part, board, prepare]] of faults) {
    it(`with ${what} leaves a meter that counts, and is told at the service port and in the log`, () => {
      const rig = booted(part, board, prepare);
      assert.match(answer(rig.meter, "id"), new RegExp(` region=600100 radio=${word}$`));
      const code = word.includes("key") ? "settings" : word;
      assert.equal(rig.events(`radio_off_${code}`).length, 1);
      assertCounts(rig);
      rig.pass(REPORTED_MS);
      assertCounts(rig);
    });
  }

  it("goes on with a modem that does not answer, and tells of it", () => {
    const rig = booted(radioPlateBytes(plateOf()), {}, ({ world }) => (world.radio.state = "silent"));
    assert.match(answer(rig.meter, "id"), / radio=on$/);
    assert.match(answer(rig.meter, "selftest"), / radio=silent$/);
    rig.pass(REPORTED_MS + 10 * MINUTE_MS);
    assert.ok(rig.events("radio_failed").length > 0);
    assertCounts(rig);
  });

  it("takes updates where the board has two slots and the meter a key for them, and asks for no slots without", async () => {
    const region = await signer("the region's update key");
    const slots = slotsWith(imageOf("factory", 1000));
    const part = radioPlateBytes(plateOf({ update_key: region.region_key, station: radio({ listen_s: 3600 }) }));
    const rig = booted(part, { slots: () => slots });
    rig.pass(MINUTE_MS).world.radio.port.listen(10 * MINUTE_MS);
    const gateway = new Gateway(rig);
    for (const frame of turn(updateOf(region, imageOf("new")).content)) {
      gateway.put(frame);
      rig.pass(50);
    }
    rig.pass(20 * SECOND_MS);
    assert.deepEqual(
      rig.events("update_begun").map(({ value }) => value),
      [2],
    );
    booted(radioPlateBytes(plateOf()), { slots: () => assert.fail("no key, no updates") });
  });
});
