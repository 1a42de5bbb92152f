/** The BG96 driver and the module's power: silence, switched off, asleep. */
import assert from "node:assert/strict";
import { BOOT_TIMEOUT_MS, RESTART_MAX_MS, RESTART_MIN_MS } from "../../../firmware/modem/bg96";
import { activeBits, edrxBits, periodicBits } from "../../../firmware/modem/power_saving";
import { pressPowerKey, switchOff, wakeUp } from "../../../sim/hci/bg96_life";
import { BG96, BG96_PSM as PSM, BG96_START_MS, bg96Rig, bg96Working } from "./rig";

const HOUR_MS = 3_600_000;
const AGAIN_MS = RESTART_MIN_MS + BG96_START_MS;

describe("modem: BG96, its power", () => {
  it("a silent module: frames fail; it is taken for switched off, and works again when it answers", () => {
    const rig = bg96Working({ watch_ms: 60_000 });
    let woken = 0;
    rig.modem.wake = () => (woken += 1);
    rig.module.silent = true;
    rig.pass(10 * 60_000);
    assert.deepEqual(rig.send([1], 100), ["failed"]);
    assert.ok(woken > 0 && woken < 10, `${woken} pulses in ten minutes`);
    rig.module.silent = false;
    rig.pass(RESTART_MAX_MS + AGAIN_MS + BOOT_TIMEOUT_MS);
    assert.deepEqual(rig.send([2]), ["sent"]);
  });

  it("a module that was switched off is switched on by its power key, once", () => {
    const rig = bg96Working();
    let pulses = 0;
    rig.modem.wake = () => {
      pulses += 1;
      pressPowerKey(rig.module);
    };
    switchOff(rig.module);
    rig.pass(RESTART_MIN_MS + BOOT_TIMEOUT_MS + BG96_START_MS);
    assert.deepEqual(rig.send([1]), ["sent"]);
    assert.equal(pulses, 1);
  });

  it("asks for the network's power saving as it is set, and takes it back", () => {
    const psm = bg96Working({ ...PSM, edrx_s: 0 });
    assert.deepEqual([psm.module.psm_active_ms, psm.module.psm_urc, psm.module.edrx_bits], [60_000, true, ""]);
    const edrx = bg96Working({ edrx_s: 164, network: "lte_m" });
    assert.deepEqual([edrx.module.psm_active_ms, edrx.module.edrx_bits], [0, "1001"]);
    assert.ok(edrx.module.commands.includes('AT+CEDRXS=1,4,"1001"'));
  });

  it("works without the power saving that module or network refuse, and not without the rest", () => {
    const rig = bg96Rig({ ...PSM, edrx_s: 82 });
    rig.module.unknown = ["AT+QCFG", "AT+CPSMS", "AT+CEDRXS"];
    rig.pass(BG96_START_MS);
    assert.deepEqual(rig.send([1]), ["sent"]);
    const without = bg96Rig();
    without.module.unknown = ["AT+QMTCFG"];
    without.pass(HOUR_MS);
    assert.notEqual(without.modem.state, "working");
  });

  it("power saving: sleeps behind its frame, hears in the window before, is woken by the next frame", () => {
    const rig = bg96Working(PSM);
    let pulses = 0;
    rig.modem.wake = () => {
      pulses += 1;
      pressPowerKey(rig.module);
    };
    for (let hour = 0; hour < 3; hour++) {
      const heard = rig.heard(40_000 + 3000);
      assert.deepEqual(rig.send([hour], 40_000), ["sent"]);
      rig.down("0A");
      rig.pass(100);
      assert.deepEqual(heard, [[10]]);
      rig.pass(HOUR_MS);
      assert.deepEqual([rig.modem.state, rig.module.powered, rig.broker.connections.length], ["sleeping", false, 0]);
      assert.equal(pulses, hour, "the first frame found it awake");
    }
  });

  it("power saving: a window wakes it, again when it falls asleep within, and not behind", () => {
    const rig = bg96Working(PSM);
    rig.modem.wake = () => {
      pressPowerKey(rig.module);
    };
    rig.pass(120_000);
    assert.equal(rig.modem.state, "sleeping");
    const heard = rig.heard(600_000);
    let sent = 0;
    for (let second = 0; second < 600; second += 5, sent++) {
      rig.down("0B", BG96.broadcast_topic);
      rig.pass(5000);
    }
    // A message keeps it awake: only those of its start are missed.
    assert.ok(heard.length >= sent - 4, `${heard.length} of ${sent}`);
    const quiet = rig.modem.starts;
    rig.heard(600_000);
    rig.pass(600_000);
    assert.ok(rig.modem.starts > quiet, "fallen asleep within, and woken");
    rig.pass(120_000);
    const starts = rig.modem.starts;
    rig.pass(HOUR_MS);
    assert.deepEqual([rig.modem.state, rig.modem.starts], ["sleeping", starts]);
  });

  it("power saving: a frame in the second in which it goes off is sent all the same", () => {
    for (let late_ms = 0; late_ms <= 3000; late_ms += 250) {
      const rig = bg96Working(PSM);
      rig.modem.wake = () => {
        pressPowerKey(rig.module);
      };
      while (rig.module.powered) rig.pass(50);
      rig.pass(late_ms);
      assert.deepEqual(rig.send([1]), ["sent"], `${late_ms} ms`);
    }
  });

  it("power saving: what it does by itself is left alone, and a frame meanwhile does not switch it off", () => {
    const rig = bg96Working(PSM);
    rig.modem.wake = () => {
      pressPowerKey(rig.module);
    };
    rig.pass(120_000);
    assert.equal(rig.modem.state, "sleeping");
    wakeUp(rig.module);
    rig.pass(30_000);
    assert.deepEqual([rig.modem.state, rig.modem.starts, rig.module.powered], ["sleeping", 1, true]);
    assert.deepEqual(rig.send([1], 40_000), ["sent"]);
    const again = bg96Working(PSM);
    again.pass(120_000);
    wakeUp(again.module);
    again.pass(HOUR_MS);
    assert.deepEqual([again.modem.state, again.modem.starts, again.module.powered], ["sleeping", 1, false]);
  });

  it("power saving without a power key: the frame has failed in time, and the next start of the module counts", () => {
    const rig = bg96Working(PSM);
    rig.pass(120_000);
    assert.deepEqual(rig.send([1]), ["failed"]);
    rig.pass(60_000);
    wakeUp(rig.module);
    rig.pass(RESTART_MAX_MS);
    assert.notEqual(rig.modem.starts, 1);
  });

  it("timers of power saving are the network's bits (3GPP TS 24.008, 10.5.7.3, 10.5.7.4a, 10.5.5.32)", () => {
    const periodic = [2, 62, 63, 1860, 3600, 4 * 3600, 86_400, 1_152_000, 35_712_000].map(periodicBits);
    assert.deepEqual(periodic, ["01100001", "01111111", "10000011", "10111111", "00000110", "00011000", "00111000", "11000001", "11011111"]); // prettier-ignore
    assert.deepEqual([1, 10, 62, 63, 60 * 31, 11_160].map(activeBits), ["00000001", "00000101", "00011111", "00100010", "00111111", "01011111"]); // prettier-ignore
    assert.deepEqual([21, 40, 41, 82, 163, 2622].map(edrxBits), ["0010", "0010", "0011", "0101", "0101", "1101"]);
  });
});
