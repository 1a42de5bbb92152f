/**
 * Published telegrams: their values under the names of wmbusmeters, and their bytes made again from their content.
 */
import assert from "node:assert/strict";
import type { Address } from "../../../firmware/radio/link";
import { sealed } from "../../../firmware/radio/mode7";
import { linkContent } from "../../../firmware/radio/link";
import { wiredLong } from "../../../firmware/radio/wired";
import { createNodeCrypto } from "../../../tools/keys/crypto";
import { mode5Content, sessionContent } from "../../../tools/radio/encode";
import { fieldsOf } from "../../../tools/radio/meters";
import { numberOf } from "../../../tools/radio/records";
import { decodeTelegram, type Telegram } from "../../../tools/radio/telegram";
import { bytes } from "../../firmware/radio/samples";
import { telegramsOf, type PublishedTelegram } from "../../vectors";

const keyOf = ({ key }: PublishedTelegram): number[] | undefined => (key == null ? undefined : bytes(key));
const decoded = (published: PublishedTelegram): Telegram =>
  decodeTelegram(bytes(published.telegram!), { key: keyOf(published) });

/** An address without the bytes that come with it. */
const plain = ({ manufacturer, id, version, device_type }: Address): Address => ({
  manufacturer,
  id,
  version,
  device_type,
});

describe("radio: published telegrams", () => {
  telegramsOf(
    "gives the values that wmbusmeters gives",
    ({ wmbusmeters_json }) => wmbusmeters_json !== undefined,
    (published) => {
      const fields = fieldsOf(decoded(published), "MyMeter");
      const { name, ...expected } = published.wmbusmeters_json!;
      assert.equal(typeof name, "string");
      const { name: own_name, ...own } = fields;
      assert.equal(own_name, "MyMeter");
      for (const [field, value] of Object.entries(expected)) assert.equal(own[field], value, field);
      // A meter that wmbusmeters knows has these fields and no others; one it does not know has what we read.
      if (expected.meter !== "auto") assert.deepEqual(Object.keys(own).sort(), Object.keys(expected).sort());
    },
  );

  telegramsOf(
    "decrypts to the published content",
    ({ plaintext_apl, key }) => plaintext_apl != null && key != null,
    (published) => {
      const { content, layers } = decoded(published);
      // Behind an extended link with AES-CTR, the published content begins with its CI.
      const expected = bytes(published.plaintext_apl!);
      assert.deepEqual(content, layers.extended?.session === undefined ? expected : expected.slice(1));
    },
  );

  telegramsOf(
    "makes the telegram again byte for byte from what it says",
    ({ telegram, key }) => telegram !== undefined && key != null,
    (published) => {
      const key = keyOf(published)!;
      const original = bytes(published.telegram!);
      assert.deepEqual(madeAgain(decoded(published), key, original), original);
    },
  );

  telegramsOf(
    "reads the sums of both frame formats",
    ({ frame_format_A_with_crc, telegram_with_crc }) => (frame_format_A_with_crc ?? telegram_with_crc) !== undefined,
    (published) => {
      const { frame_format_A_with_crc: in_a, telegram_with_crc: in_b } = published;
      const telegram = decodeTelegram(bytes((in_a ?? in_b)!), { key: keyOf(published) });
      assert.equal(telegram.format, in_a === undefined ? "b" : "a");
      assert.equal(numberOf(telegram.records[0]), in_a === undefined ? 876.543 : 28504.27);
    },
  );

  telegramsOf(
    "reads the same content from a wired frame",
    ({ apl }) => apl !== undefined,
    ({ apl }) => {
      const [ci, ...data] = bytes(apl!);
      const frame = wiredLong(0x08, 1, ci, data);
      const fields = fieldsOf(decodeTelegram(frame));
      const { media, id, total_m3, meter_datetime, status } = fields;
      assert.deepEqual([media, id, total_m3, status], ["gas", "12345678", 28504.27, "OK"]);
      assert.equal(meter_datetime, "2008-05-31 23:50");
      frame[frame.length - 3] ^= 1;
      assert.throws(() => decodeTelegram(frame), { code: "bad_crc" });
    },
  );

  telegramsOf(
    "shows what is not encrypted in a telegram that is so in part, and one without content",
    ({ name }) => name.includes("N.5."),
    (published) => {
      const { records, transport } = decoded(published);
      if (keyOf(published) === undefined) assert.deepEqual([transport.ci, records.length], [0x8b, 0]);
      else assert.deepEqual(records.map(({ quantity }) => quantity).at(-1), "customer_location");
    },
  );

  telegramsOf(
    "refuses every other key, and says so by name",
    ({ telegram, key }) => telegram !== undefined && key != null,
    (published) => {
      for (let bit = 0; bit < 128; bit++) {
        const key = keyOf(published)!;
        key[bit >> 3] ^= 1 << (bit & 7);
        const expected = published.name.includes("(mode 7") ? "wrong_mac" : "wrong_key";
        assert.throws(() => decodeTelegram(bytes(published.telegram!), { key }), { code: expected });
      }
      assert.throws(() => decodeTelegram(bytes(published.telegram!)), { code: "key_missing" });
    },
  );
});

/** The telegram from its layers and its plain content, by our encoders. */
function madeAgain(telegram: Telegram, key: number[], original: number[]): number[] {
  const { layers, transport, content } = telegram;
  const { c_field, extended, authentication } = layers;
  const sender = plain(layers.sender);
  if (extended?.session !== undefined) {
    const { communication, access, session } = extended;
    return sessionContent({ c_field, sender, communication, access, session }, key, [transport.ci, ...content]);
  }
  const link = extended === undefined ? [] : [extended.ci, extended.communication, extended.access];
  if (authentication !== undefined) {
    const { ci, access, status } = transport;
    const id = layers.meter.sent.slice(2, 6);
    const end = content.reduce((last, byte, index) => (byte === 0x2f ? last : index + 1), 0);
    const envelope = {
      direction: "from_meter" as const,
      counter: authentication.counter,
      id,
      ci,
      address: [],
      access,
      status,
    };
    const rest = sealed(createNodeCrypto(), key, envelope, content.slice(2, end));
    return linkContent(c_field, sender, [...link, ...rest]);
  }
  const { ci, access, status, configuration, blocks, header } = transport;
  const long = header === "long" ? { meter: plain(layers.meter) } : {};
  const text = content.slice(0, 16 * blocks);
  // Behind the blocks, what was never encrypted.
  const rest = original.slice(original.length - (content.length - text.length));
  return mode5Content(
    { c_field, sender, ...long, extended: link, ci, access, status, configuration },
    key,
    text,
    content.length === text.length ? [] : rest,
  );
}
