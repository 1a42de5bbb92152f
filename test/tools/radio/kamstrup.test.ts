import assert from "node:assert/strict";
import { sessionContent } from "../../../tools/radio/encode";
import { fieldsOf } from "../../../tools/radio/meters";
import { decodeTelegram } from "../../../tools/radio/telegram";
import { bytes, KEY } from "../../firmware/radio/samples";

const sender = { manufacturer: "KAM", id: "76348799", version: 27, device_type: 22 };

function fieldsWith(records: string, at = sender) {
  const header = { c_field: 0x44, sender: at, communication: 0x20, access: 1, session: bytes("91D37C21") };
  return fieldsOf(decodeTelegram(sessionContent(header, KEY, [0x78, ...bytes(records)]), { key: KEY }));
}

describe("radio: Kamstrup", () => {
  it("says which info codes are active, and how long each was", () => {
    const word = (digits: string) => {
      const fields = fieldsWith(`02FF20${digits} 041301000000`);
      const { current_status, status, time_dry, time_reversed, time_leaking, time_bursting } = fields;
      return [current_status, status, time_dry, time_reversed, time_leaking, time_bursting];
    };
    assert.deepEqual(word("0000"), ["", "OK", "", "", "", ""]);
    assert.deepEqual(word("0410"), ["LEAK", "LEAK", "", "", "4-7 days", ""]);
    assert.deepEqual(word("3820"), ["BURST", "BURST", "2-3 days", "", "", "1-8 hours"]);
    assert.deepEqual(word("0201"), ["REVERSE", "REVERSE", "", "9-24 hours", "", ""]);
    const longest = "22-31 days";
    assert.deepEqual(word("FFFF").slice(2), [longest, longest, longest, longest]);
    assert.equal(word("0F00")[0], "BURST DRY LEAK REVERSE");
  });

  it("reads the longer flags of newer meters, also those that have no name", () => {
    const status = (digits: string) => fieldsWith(`04FF23${digits} 041301000000`).status;
    assert.equal(status("00000000"), "OK");
    assert.equal(status("10000000"), "TAMPER");
    assert.equal(status("A0020000"), "FLOW_ABOVE_Q4 LOW_BATTERY NO_CONSUMPTION");
    assert.equal(status("04080080"), "ERROR_FLAGS_80000800 LEAK");
    // Only the older word says how long.
    assert.equal(fieldsWith("04FF2300000000").time_dry, undefined);
  });

  it("decrypts what a repeater has sent on, which sets a bit of its own", () => {
    const header = { c_field: 0x44, sender, communication: 0x20, access: 1, session: bytes("91D37C21") };
    const repeated = sessionContent(header, KEY, [0x78, ...bytes("0413E8030000")]);
    repeated[11] |= 0x12;
    assert.equal(fieldsOf(decodeTelegram(repeated, { key: KEY })).total_m3, 1);
  });

  it("leaves out what a meter has not sent", () => {
    assert.deepEqual(fieldsWith("0413E8030000"), {
      _: "telegram",
      media: "cold water",
      meter: "kamwater",
      id: "76348799",
      total_m3: 1,
      status: "OK",
    });
  });

  it("reads a telegram that the receiver has decrypted already", () => {
    const header = { c_field: 0x44, sender, communication: 0x20, access: 1, session: bytes("91D37C21") };
    const encrypted = sessionContent(header, KEY, [0x78, ...bytes("0413E8030000")]);
    const sums = sessionContent({ ...header, session: bytes("91D37C01") }, KEY, [0x78, ...bytes("0413E8030000")]);
    assert.throws(() => decodeTelegram(encrypted), { code: "key_missing" });
    // Without encryption in its session number, what cannot be read is damaged, whatever the key.
    assert.throws(() => decodeTelegram(sums, { key: KEY }), { code: "wrong_key" });
    const known = bytes("2D442D2C776655441B168D2083B48D3A2046887802FF20000004132F4E000092013B3D01A1015B028101E7FF0F03");
    assert.equal(fieldsOf(decodeTelegram(known)).total_m3, 20.015);
  });
});
