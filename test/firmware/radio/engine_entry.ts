/**
 * Telegrams made and opened in portable code. A program line is a message counter; the trace has the telegram with the
 * sums of both formats, and what comes of a message to the meter, whole and damaged.
 */
import { downlinkTelegram, openDownlink } from "../../../firmware/radio/downlink";
import { contentOfA, contentOfB, frameA, frameB } from "../../../firmware/radio/frames";
import type { Address } from "../../../firmware/radio/link";
import type { UplinkContent } from "../../../firmware/radio/uplink";
import { uplinkTelegram } from "../../../firmware/radio/uplink";
import { createWiredReader, takeWired, wiredLong } from "../../../firmware/radio/wired";
import { decimal } from "../../../firmware/text";
import { createCryptoTwin } from "../../../sim/twins/crypto";
import type { Host } from "../../../sim/world/host";
import { wholeNumber } from "../../../sim/world/words";
import { listed } from "../engine_lines";

const METER: Address = { manufacturer: "CSB", id: "00420001", version: 1, device_type: 7 };
const GATEWAY: Address = { manufacturer: "CSB", id: "99000001", version: 1, device_type: 49 };

function content(counter: number): UplinkContent {
  return {
    volume_l: 4294967296 + counter,
    reverse_l: counter,
    due: { volume_l: counter, date: { year: 2031, month: 2, day: 28 } },
    flow_l_h: 40000,
    info_active: [true, false, true, true],
    info_hours: [1, 25, 400, 720],
    errors: [true, false, true, false, true, false, true, false, true, true],
    battery_days: 4000,
    valve: "between",
    shut_reasons: [true, true, true, true, true, true, true],
    balance_milli: 0 - 12345678901 - counter,
    debt_milli: 98765432109,
    tariff_id: 4294967295,
    time: { date: { year: 2099, month: 12, day: 31 }, hour: 23, minute: 59, summer_time: true },
  };
}

function session(host: Host, counter: number): void {
  const crypto = createCryptoTwin();
  const key = [0, 17, 34, 51, 68, 85, 102, 119, 136, 153, 170, 187, 204, 221, 238, 255];
  const header = { address: METER, kind: "report" as const, access: counter % 256, counter: counter, listens: true };
  const telegram = uplinkTelegram(crypto, key, header, content(counter));
  const framed_a = frameA(telegram);
  const framed_b = frameB(telegram);
  host.write_line("A" + listed(framed_a));
  host.write_line("B" + listed(framed_b));
  const back_a = contentOfA(framed_a);
  const back_b = contentOfB(framed_b);
  host.write_line(back_a !== undefined && back_b !== undefined && listed(back_a) === listed(back_b) ? "same" : "other");
  const down = { gateway: GATEWAY, meter: METER, access: 1, counter: counter, is_next: true };
  const message = downlinkTelegram(crypto, key, down, [1, 253, 26, 0]);
  const whole = openDownlink(crypto, key, METER, message);
  host.write_line(whole.result + listed(whole.text) + " " + decimal(whole.counter));
  message[message.length - 1] = message[message.length - 1] ^ 128;
  host.write_line(openDownlink(crypto, key, METER, message).result);
  const reader = createWiredReader(function (frame) {
    host.write_line(frame.kind + " " + decimal(frame.c_field) + listed(frame.data));
  });
  takeWired(reader, [0, 104, 3]);
  takeWired(reader, wiredLong(8, 1, 114, telegram));
  host.write_line(decimal(reader.passed_over));
}

export function runProgram(host: Host): void {
  let line = host.read_line();
  while (line !== undefined) {
    session(host, wholeNumber(line));
    line = host.read_line();
  }
}
