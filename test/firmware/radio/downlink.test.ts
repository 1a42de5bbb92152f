import assert from "node:assert/strict";
import fc from "fast-check";
import { downlinkTelegram, openDownlink, type DownlinkHeader } from "../../../firmware/radio/downlink";
import { frameA } from "../../../firmware/radio/frames";
import { uplinkTelegram } from "../../../firmware/radio/uplink";
import { createNodeCrypto } from "../../../tools/keys/crypto";
import { bytes, CONTENT, countingCrypto, GATEWAY, HEADER, KEY, METER } from "./samples";

const crypto = createNodeCrypto();
const DOWN: DownlinkHeader = { gateway: GATEWAY, meter: METER, access: 16, counter: 3, is_next: false };
/** Digital output 0: shut the valve. */
const SHUT = bytes("01FD1A00");
const sent = (over: Partial<DownlinkHeader> = {}, key = KEY) =>
  downlinkTelegram(crypto, key, { ...DOWN, ...over }, SHUT);

describe("radio: downlink", () => {
  it("opens a message to this meter, with its counter and its place in turn", () => {
    for (const is_next of [false, true]) {
      const message = openDownlink(crypto, KEY, METER, sent({ counter: 2 ** 32 - 1, is_next }));
      assert.deepEqual(
        [message.result, message.counter, message.access, message.is_next],
        ["opened", 2 ** 32 - 1, 16, is_next],
      );
      assert.deepEqual(message.text.slice(0, 6), [0x2f, 0x2f, ...SHUT]);
    }
  });

  it("has the layers of a command: SND-UD from the gateway, long header to the meter, keys 10 and 11", () => {
    const content = sent();
    assert.deepEqual(content.slice(1, 10), bytes("53 620E 01000099 01 31"));
    assert.deepEqual(content.slice(10, 22), bytes("8C 00 10 90 0F 002C 25 03000000"));
    assert.deepEqual(content.slice(30, 44), bytes("5B 01004200 620E 01 07 10 00 1007 10"));
  });

  it("spends no AES on what is not to this meter", () => {
    const others = [
      sent({ meter: { ...METER, id: "00420002" } }),
      sent({ meter: { ...METER, manufacturer: "KAM" } }),
      uplinkTelegram(crypto, KEY, HEADER, CONTENT),
      frameA(sent()),
      bytes("0B53620E01000099013150"),
      [],
    ];
    for (const content of others) {
      const counting = countingCrypto();
      assert.equal(openDownlink(counting.crypto, KEY, METER, content).result, "not_ours");
      assert.equal(counting.blocks(), 0);
    }
  });

  it("takes no other kind of frame, though the kind is not covered by the MAC", () => {
    for (const c_field of [0x44, 0x45, 0x43, 0x08, 0x40, 0x7b]) {
      const content = sent();
      content[1] = c_field;
      assert.equal(openDownlink(crypto, KEY, METER, content).result, "not_ours");
    }
  });

  it("refuses another meter's key, and every message with a bit turned over behind its layers", () => {
    assert.equal(
      openDownlink(
        crypto,
        KEY.map((byte) => byte ^ 1),
        METER,
        sent(),
      ).result,
      "wrong_mac",
    );
    const content = sent();
    for (let bit = 13 * 8; bit < content.length * 8; bit++) {
      const damaged = [...content];
      damaged[bit >> 3] ^= 1 << (bit & 7);
      const { result, text } = openDownlink(crypto, KEY, METER, damaged);
      assert.ok(result !== "opened" && text.length === 0, `bit ${bit}: ${result}`);
    }
  });

  it("opens nothing that it has not sealed, whatever comes", () => {
    const counting = { opened: 0 };
    const base = sent();
    const mutated = fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(fc.nat(255), { maxLength: 256 }),
          mutated.map((changes) => {
            const content = [...base];
            for (const [at, byte] of changes) content[at] = byte;
            return content;
          }),
        ),
        (content) => {
          const message = openDownlink(crypto, KEY, METER, content);
          if (message.result !== "opened") return;
          counting.opened += 1;
          // The link layer, its sender and the access number are not covered by the MAC; the rest must be as sealed.
          assert.deepEqual(content.slice(13), base.slice(13));
        },
      ),
      { numRuns: 5000 },
    );
  });
});
