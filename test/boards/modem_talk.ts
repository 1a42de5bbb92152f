/** What a meter on a board must have said to its modem (modem_scene.ts), and the messages that are brought to it. */
import assert from "node:assert/strict";
import { startSteps } from "../../firmware/modem/bg96_commands";
import { HCI_MANAGEMENT, hciFrame } from "../../firmware/modem/hci_frames";
import { DEVICE_INFO, DEVICE_METER, LINK_C2, SET_CONFIG } from "../../firmware/modem/im871a";
import { downlinkTelegram } from "../../firmware/radio/downlink";
import { frameA } from "../../firmware/radio/frames";
import { messageRecords } from "../../firmware/radio/message";
import { decodeTelegram } from "../../tools/radio/telegram";
import { crypto, METER } from "../firmware/radio/gateway";
import { GATEWAY, KEY } from "../firmware/radio/samples";
import { MOBILE } from "./modem_scene";

const TO_MODEM = "to modem ";
const PUBLISHED = "published ";
/** A5, endpoint 2 under its flags, then message and length. */
const SEND = /^A5.201/;
const HCI_HEAD_BYTES = 4;
const HCI_SUM_BYTES = 2;

const hex = (bytes: readonly number[]): string => Buffer.from(bytes).toString("hex").toUpperCase();

/** A message that locks the meter or lets it go, as content without check sums. */
function lock(counter: number, locked: boolean): number[] {
  const meter = { manufacturer: "CSB", id: METER.slice(-8), version: 1, device_type: 7 };
  const header = { gateway: GATEWAY, meter, access: counter, counter, is_next: counter % 2 === 1 };
  return downlinkTelegram(crypto, [...KEY], header, messageRecords("valve", counter, [locked ? 1 : 0]));
}

/** The program of an entry: the meter's key, a message that locks it, and one that lets it go. */
export function modemProgram(): string {
  return [hex(KEY), hex(lock(1, true)), hex(lock(2, false)), "end"].join("\n");
}

/** What the meter told the module to send, as it is on the air. */
function frameIn(digits: string): number[] {
  const content = [...Buffer.from(digits, "hex")].slice(HCI_HEAD_BYTES, -HCI_SUM_BYTES);
  return frameA([content.length, ...content]);
}

const textOf = (digits: string): string => Buffer.from(digits, "hex").toString("latin1");

/** What the broker has got are telegrams of the meter, in hexadecimal on its topic; gives the lines that are not of it. */
export function assertPublished(lines: readonly string[]): string[] {
  const front = `${PUBLISHED}${MOBILE.up_topic} `;
  const published = lines.filter((line) => line.startsWith(PUBLISHED));
  assert.ok(published.length >= 3, `${published.length} telegrams`);
  for (const line of published) {
    assert.ok(line.startsWith(front), line);
    const records = decodeTelegram([...Buffer.from(line.slice(front.length), "hex")], { key: [...KEY] }).records;
    assert.ok(records.length > 5, "it opens under the plate's key");
  }
  return lines.filter((line) => !line.startsWith(PUBLISHED));
}

/** Holds a BG96's entry to the promise: the start, then telegrams in hexadecimal; gives the lines that are not of it. */
export function assertMobileTalk(lines: readonly string[]): string[] {
  const said = lines.filter((line) => line.startsWith(TO_MODEM)).map((line) => textOf(line.slice(TO_MODEM.length)));
  const start = startSteps(MOBILE, MOBILE.ca_file).map(({ command }) => command);
  const asked = new Set(["AT+CEREG?", "AT+CGATT?"]);
  const commands = said.filter((text) => text.startsWith("AT") && !text.startsWith("AT+QMTPUB"));
  // From its power on the module looks for its network a while: what is asked of that may be asked again.
  const once = commands.filter((text, place) => !asked.has(text.trimEnd()) || text !== commands[place - 1]);
  const begin = once.lastIndexOf("AT+CGMM\r") - 1;
  assert.deepEqual(
    once.slice(begin, begin + start.length),
    start.map((command) => `${command}\r`),
  );
  const payloads = said.filter((text) => text.endsWith("\x1a")).map((text) => text.slice(0, -1));
  assert.ok(payloads.length >= 3, `${payloads.length} telegrams`);
  for (const payload of payloads)
    assert.ok(lines.includes(`published ${MOBILE.up_topic} ${payload}`), "the broker has it");
  return assertPublished(lines).filter((line) => !line.startsWith(TO_MODEM));
}

/** Holds an entry's lines to the promise; gives those that are not of the modem. */
export function assertModemTalk(lines: readonly string[]): string[] {
  const to_modem = lines.filter((line) => line.startsWith(TO_MODEM)).map((line) => line.slice(TO_MODEM.length));
  const begin = hciFrame(HCI_MANAGEMENT, DEVICE_INFO, [], undefined, true);
  const configure = hciFrame(HCI_MANAGEMENT, SET_CONFIG, [0, 3, DEVICE_METER, LINK_C2, 0x30, 1, 0], undefined, true);
  assert.deepEqual(to_modem.slice(0, 2), [hex(begin), hex(configure)]);
  const telegrams = to_modem.filter((digits) => SEND.test(digits));
  assert.ok(telegrams.length >= 3, `${telegrams.length} telegrams`);
  for (const digits of telegrams)
    assert.ok(decodeTelegram(frameIn(digits), { key: [...KEY] }).records.length > 5, "it opens under the plate's key");
  return lines.filter((line) => !line.startsWith(TO_MODEM));
}
