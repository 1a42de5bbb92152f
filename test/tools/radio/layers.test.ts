import assert from "node:assert/strict";
import { cmac } from "../../../firmware/crypto/cmac";
import { linkContent, transportAddress } from "../../../firmware/radio/link";
import { messageKeys } from "../../../firmware/radio/mode7";
import { createNodeCrypto } from "../../../tools/keys/crypto";
import { explanation } from "../../../tools/radio/explain";
import { fieldsOf } from "../../../tools/radio/meters";
import { decodeTelegram } from "../../../tools/radio/telegram";
import { bytes, GATEWAY, KEY, METER } from "../../firmware/radio/samples";

const RECORD = "0413E8030000";
const crypto = createNodeCrypto();

/** Mode 7 with any authentication header: what of it the MAC covers, and the header around the MAC. */
function mode7(before: string, covered: string, after: string, mac_bytes = 8): number[] {
  const keys = messageKeys(crypto, KEY, "from_meter", 1, bytes("01004200"));
  const text = bytes(`2F2F${RECORD}${"2F".repeat(8)}`);
  const transport = [
    ...bytes("7A010010 0710"),
    ...crypto.aes_cbc_encrypt(keys.encryption, Array<number>(16).fill(0), text),
  ];
  const mac = cmac(crypto, keys.mac, [...bytes(covered), ...transport]).slice(0, mac_bytes);
  return linkContent(0x44, METER, [...bytes(before), ...mac, ...bytes(after), ...transport]);
}

const total = (telegram: number[]) => fieldsOf(decodeTelegram(telegram, { key: KEY })).total_m3;

describe("radio: layers", () => {
  it("reads a plain telegram, also behind an extended link with the receiver's address", () => {
    for (const layers of [`78${RECORD}`, `7A01000000${RECORD}`, `8E8005620E010000990131 7A01000000${RECORD}`])
      assert.equal(total(linkContent(0x44, METER, bytes(layers))), 1);
  });

  it("names the meter by a long header, and who has sent it on", () => {
    const meter = Buffer.from(transportAddress(METER)).toString("hex");
    const telegram = decodeTelegram(linkContent(0x44, GATEWAY, bytes(`72${meter}01000000${RECORD}`)));
    assert.deepEqual([telegram.layers.meter.id, telegram.layers.sender.id], [METER.id, GATEWAY.id]);
    const text = explanation(telegram, fieldsOf(telegram));
    assert.match(text, /^meter +CSB 00420001, version 1, water$/m);
    assert.match(text, /^sent by +CSB 99000001, version 1, unknown$/m);
    assert.match(text, /^security +none$/m);
  });

  it("reads authentication with longer MACs and with the length of the message", () => {
    assert.equal(total(mode7("900F002C2501000000", "2501000000", "")), 1);
    assert.equal(total(mode7("9013002C2601000000", "2601000000", "", 12)), 1);
    assert.equal(total(mode7("9017002C2701000000", "2701000000", "", 16)), 1);
    assert.equal(total(mode7("9011003C2501000000", "25010000001700", "1700")), 1);
  });

  it("refuses authentication headers that say more than it understands: the MAC does not cover them", () => {
    const before: [string, string, string][] = [
      // A bit that means nothing, a number of a fragment, more fragments, no MAC, an unknown MAC, bytes behind it.
      ["900F002D2501000000", "", "unsupported"],
      ["900F012C2501000000", "", "unsupported"],
      ["900F006C2501000000", "", "unsupported"],
      ["900F00282501000000", "", "unsupported"],
      ["900F002C2301000000", "", "unsupported"],
      ["9010002C2501000000", "00", "wrong_length"],
      ["900E002C2501000000", "", "truncated"],
    ];
    for (const [header, after, code] of before)
      assert.throws(() => total(mode7(header, "2501000000", after)), { code }, header);
  });

  it("believes no mode 7 without its MAC, and no mode that it does not know", () => {
    const block = "00".repeat(16);
    for (const layers of [`7A01001007 10${block}`, `7A01001007 20${block}`, `7A01001009${block}`, `7A0100100A${block}`])
      assert.throws(() => total(linkContent(0x44, METER, bytes(layers))), { code: "unsupported" }, layers);
  });

  it("shows what is no telegram of a known kind, by name", () => {
    const cases: [string, string][] = [
      ["66", "unsupported"],
      ["69 0413", "unsupported"],
      ["7A0100", "truncated"],
      ["8C80", "truncated"],
      ["72 01004200 620E01", "truncated"],
      ["7A01002005 00", "truncated"],
    ];
    for (const [layers, code] of cases)
      assert.throws(() => total(linkContent(0x44, METER, bytes(layers))), { code }, layers);
  });
});
