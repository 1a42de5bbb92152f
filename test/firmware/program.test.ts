/** A board's program on the ports of the simulated world: whose clock may be set, and to what. */
import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import { nameplateBytes } from "../../firmware/nameplate";
import { createProgramOn, type Program } from "../../firmware/program";
import { typeLine } from "../../sim/twins/service_port";
import { Rig } from "./rig";
import { settings, START_UTC_S, tariff } from "./samples";

const byteCrc32 = (bytes: string): number => crc32(Buffer.from(bytes, "latin1"));

function programOn(rig: Rig, stored: string | undefined): Program {
  return createProgramOn({
    fits: () => true,
    assemble: () => ({
      hal: rig.meter.hal,
      aerial: { board: "none", modem: () => undefined, slots: () => undefined },
    }),
    crc32: byteCrc32,
    stored: () => stored,
    store: () => undefined,
    forget: () => undefined,
    restart_soon: () => undefined,
  });
}

describe("the clock of a board's program", () => {
  const later_utc_s = START_UTC_S + 86_400;

  it("is set to the time it is told, with an event", () => {
    const rig = new Rig();
    const program = programOn(rig, nameplateBytes({ settings: settings(), tariff: tariff(), radio: "" }, byteCrc32));
    program.start();
    assert.match(program.identity(), / meter=\d+ /);
    assert.equal(program.setClock(later_utc_s), "ok");
    assert.equal(rig.meter.hal.clock.now_utc_s(), later_utc_s);
    const said: string[] = [];
    rig.meter.hal.service.write = (bytes) => {
      said.push(String.fromCharCode(...bytes));
      return "ok";
    };
    typeLine(rig.world.service, rig.world.trace, "log");
    assert.match(said.join(""), new RegExp(` utc_s=${later_utc_s} code=clock_set value=${later_utc_s}\n`));
  });

  it("is left alone by what is no time: a clock of before 2000, after 2^36, or of parts of seconds", () => {
    const rig = new Rig();
    const program = programOn(rig, nameplateBytes({ settings: settings(), tariff: tariff(), radio: "" }, byteCrc32));
    program.start();
    for (const utc_s of [0, -1, 946_684_799, 2 ** 36 + 1, later_utc_s + 0.5, Number.NaN, Infinity])
      assert.equal(program.setClock(utc_s), "error no such time", String(utc_s));
    assert.equal(rig.meter.hal.clock.now_utc_s(), START_UTC_S);
  });

  it("is nobody's to set where no meter runs", () => {
    const program = programOn(new Rig(), undefined);
    assert.equal(program.setClock(later_utc_s), "error no meter runs");
    assert.equal(program.start(), "unprovisioned");
    assert.equal(program.setClock(later_utc_s), "error no meter runs");
  });
});
