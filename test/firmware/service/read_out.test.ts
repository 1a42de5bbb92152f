import assert from "node:assert/strict";
import fc from "fast-check";
import sinon from "sinon";
import { METROLOGY_CHECKSUM, METROLOGY_VERSION } from "../../../firmware/metrology/identity";
import { readNameplate } from "../../../firmware/nameplate";
import { LINE_MAX } from "../../../firmware/service/read_out";
import { FIRMWARE_ID } from "../../../firmware/version";
import type { Rig } from "../rig";
import { running, SECOND_MS } from "../rig";
import { settings, START_UTC_S, tariff } from "../samples";

/** The lines with which a meter answers bytes. */
function answers(rig: Rig, bytes: number[]): string[] {
  const port = rig.meter.hal.service;
  const written: number[] = [];
  const write = sinon.stub(port, "write").callsFake((more) => (written.push(...more), "ok"));
  rig.world.service.notify(bytes);
  write.restore();
  const text = String.fromCharCode(...written);
  assert.ok(text === "" || text.endsWith("\n"), "whole lines only");
  return text.split("\n").slice(0, -1);
}

function ask(rig: Rig, line: string): string {
  const [answer, ...more] = answers(rig, [...Buffer.from(`${line}\n`, "latin1")]);
  assert.deepEqual(more, [], "one line for one line");
  return answer;
}

describe("service read-out", () => {
  it("names firmware, metrology, meter and region", () => {
    const expected =
      `firmware=${FIRMWARE_ID} metrology=${METROLOGY_VERSION} checksum=${METROLOGY_CHECKSUM} ` +
      `meter=${settings().meter_number} region=600100`;
    assert.equal(ask(running(), "id"), expected);
  });

  it("reads register, money, tariff, flow, reasons and codes", () => {
    const rig = running({ opening_milli: 100000, tariff: tariff({ id: 9 }) }).litres(120, 600);
    rig
      .step("draw -600 30000")
      .pass(30 * SECOND_MS)
      .then("lock 1", "brown_out 1");
    assert.equal(
      ask(rig, "read"),
      "volume_l=120 reverse_l=5 refused_pulses=0 balance_milli=99880 debt_milli=0 tariff=9 flow_l_h=109 " +
        "shut_by=remote_lock+battery info=reverse",
    );
  });

  it("reads the log by number, and the newest without one", () => {
    const rig = running({ opening_milli: 100 }).then("lock 1");
    const newest = rig.meter.log.count;
    assert.match(ask(rig, "log"), new RegExp(`^event=${newest} utc_s=\\d+ code=valve_shut value=0$`));
    assert.equal(ask(rig, "log 1"), `event=1 utc_s=${START_UTC_S} code=boot value=0`);
    assert.equal(ask(rig, `log ${newest}`), ask(rig, "log"));
  });

  it("says which events there are when asked for one that is not", () => {
    const rig = running();
    const newest = rig.meter.log.count;
    // 2^64 + 1 is 1 on an engine whose integers wrap.
    for (const sequence of ["0", `${newest + 1}`, "99999999", "18446744073709551617"]) {
      assert.equal(ask(rig, `log ${sequence}`), `error no such event, newest is ${newest}`);
    }
  });

  it("finds an event that is no longer in memory in the archive, until the archive has gone round", () => {
    const rig = running();
    for (let times = 0; times < 40; times++) rig.step("lock 1", "lock 0");
    assert.equal(ask(rig, "log 1"), `event=1 utc_s=${START_UTC_S} code=boot value=0`);
    for (let times = 0; times < 400; times++) rig.step("lock 1", "lock 0");
    assert.equal(ask(rig, "log 1"), `error no such event, newest is ${rig.meter.log.count}`);
    assert.match(ask(rig, "log 650"), /code=remote_lock_o/);
  });

  it("tells what the memory is good for", () => {
    assert.equal(
      ask(running(), "store"),
      "storage=ok resets=0 memory_most=0 erases_max=1 erase_limit=10000 used_permille=0 retired=0",
    );
  });

  it("tells the most working memory that an hourly look has found in use", () => {
    const rig = running();
    rig.meter.engine_watch.memory_most = 1234;
    assert.match(ask(rig, "store"), / memory_most=1234 /);
  });

  it("refuses a log number that is none", () => {
    for (const argument of ["x", "-1", "1.5", "1 2", " 1", "0x10"]) {
      assert.equal(ask(running(), `log ${argument}`), "error log takes a sequence number");
    }
  });

  it("says of each port what it can tell by itself", () => {
    const rig = running();
    const before = rig.meter.log.count;
    const utc_s = rig.meter.hal.clock.now_utc_s();
    const good = `flow=none valve=open utc_s=${utc_s} supply_mv=3600 tamper=0 card=0 random=1 crypto=1 radio=ok`;
    assert.equal(ask(rig, "selftest"), good);
    assert.equal(rig.meter.log.count, before);
    rig.step("tamper case 1", "tamper magnet 1", "sensor cable_cut 1", "battery 2900");
    assert.match(ask(rig, "selftest"), /^flow=cable_cut .* supply_mv=2900 tamper=3 card=0 random=1 crypto=1 radio=ok$/);
    sinon.stub(rig.meter.hal.crypto, "aes_cbc_encrypt").callsFake((_key, _initial, data) => data);
    sinon.stub(rig.meter.hal.random, "bytes").callsFake(() => []);
    assert.match(ask(rig, "selftest"), / random=0 crypto=0 /);
  });

  it("gives its settings and tariff in parts, and no key of them", () => {
    const keys = { transport_key: "00112233445566778899AABBCCDDEEFF", token: "F0E1D2C3B4A5968778695A4B3C2D1E0F" };
    const given = settings({
      transport_key: keys.transport_key,
      holidays: Array.from({ length: 32 }, (_, i) => i + 2e4),
    });
    given.tokens = { ...given.tokens, key: keys.token, paygo_key: keys.token };
    const rig = running({ settings: given, tariff: tariff({ id: 77 }) });
    let digits = "";
    let parts = 0;
    for (let part = 0, whole = 1; digits.length / 2 < whole; part++) {
      const found = /^settings=([0-9A-F]+) of=(\d+)$/.exec(ask(rig, `settings ${part}`));
      assert.ok(found !== null);
      digits += found[1];
      whole = Number(found[2]);
      parts = part + 1;
    }
    assert.ok(parts > 1, "it takes more than one line");
    const read = readNameplate(Buffer.from(digits, "hex").toString("latin1"), () => 0);
    const keyless = { ...given, transport_key: "", tokens: { ...given.tokens, key: "", paygo_key: "" } };
    assert.deepEqual(read, { settings: keyless, tariff: tariff({ id: 77 }), radio: "" });
    assert.equal(rig.meter.settings.transport_key, keys.transport_key, "the meter keeps its own");
    for (const part of [parts, "x", 101])
      assert.equal(ask(rig, `settings ${part}`), "error no such part of the settings");
  });

  it("answers what it does not know with what it does", () => {
    for (const line of ["", "ID", "read ", "reads", "logs", "credit 5 100", "help"]) {
      const known = "id, read, log N, store, months, hours N, selftest or settings N";
      assert.equal(ask(running(), line), `error unknown request, use ${known}`);
    }
  });

  it("answers a line that is too long with one error and hears the next one", () => {
    const rig = running();
    assert.equal(ask(rig, "log ".padEnd(LINE_MAX, "1")), `error no such event, newest is ${rig.meter.log.count}`);
    for (const length of [LINE_MAX + 1, LINE_MAX + 2, 5000]) {
      assert.equal(ask(rig, "x".repeat(length)), "error line too long");
    }
    assert.match(ask(rig, "id"), /^firmware=/);
    assert.ok(rig.meter.service_line.length <= LINE_MAX + 1);
  });

  it("hears a line in any pieces, with or without CR", () => {
    const rig = running();
    const heard = [...Buffer.from("id\r")].flatMap((byte) => answers(rig, [byte]));
    assert.deepEqual(heard, []);
    assert.match(answers(rig, [10])[0], /^firmware=/);
    assert.equal(answers(rig, [...Buffer.from("id\nread\r\nid\n")]).length, 3);
  });

  it("answers every line, stays within 240 characters and changes nothing, for any bytes", () => {
    const some = fc.array(fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(10, 13, ...Buffer.from("idreadlog 019"))), {
      maxLength: 400,
    });
    const rig = running({ opening_milli: 5000 }).litres(3);
    fc.assert(
      fc.property(some, (bytes) => {
        rig.meter.service_line = "";
        const { account, register, reasons, log, supervisor } = rig.meter;
        const before = structuredClone({ account, register, reasons, count: log.count, supervisor });
        const lines = answers(rig, bytes);
        assert.equal(lines.length, bytes.filter((byte) => byte === 10).length);
        for (const line of lines) assert.ok(line.length <= 240 && /^[ -~]+$/.test(line));
        assert.deepEqual({ account, register, reasons, count: log.count, supervisor }, before);
      }),
    );
  });

  it("has room for the longest answer there can be", () => {
    const rig = running({ tariff: tariff({ id: 2147483647 }) });
    const { account, register, reasons, info, flow } = rig.meter;
    Object.assign(register, { volume_l: 2 ** 40, reverse_l: 2 ** 40 });
    Object.assign(account, { balance_milli: -1e15, debt_milli: 1000000000 });
    Object.assign(flow, { flow_l_h: 100000, last_pulse_ms: rig.now_ms });
    for (const reason of Object.keys(reasons)) Object.assign(reasons, { [reason]: true });
    info.active = [true, true, true, true];
    assert.match(ask(rig, "read"), /info=dry\+reverse\+leak\+burst$/);
  });
});
