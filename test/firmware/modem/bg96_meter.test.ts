/** A whole meter whose radio is a BG96: telegrams to the broker, messages back, in one virtual time. */
import assert from "node:assert/strict";
import { NO_LIMIT_L } from "../../../firmware/credit/tariff";
import { hexBytes, hexText } from "../../../firmware/card/bytes";
import { createBg96, type Bg96, type Bg96Settings } from "../../../firmware/modem/bg96";
import { C_SND_UD3 } from "../../../firmware/radio/link";
import { RADIO_RESULTS } from "../../../firmware/radio/radio_results";
import { loseConnection, pressPowerKey, type Bg96Module } from "../../../sim/hci/bg96_life";
import { createBg96Module } from "../../../sim/hci/bg96_module";
import { createBroker, linkTo, publishTo, type Broker } from "../../../sim/hci/mqtt_broker";
import { createBytePipe } from "../../../sim/pn532/pipe";
import { createTimerTwin } from "../../../sim/twins/timer";
import { contentOf, fitted, radio, signed, signer, turn, type Gateway } from "../radio/gateway";
import { HOUR_MS, MINUTE_MS, type RigOptions } from "../rig";
import { START_UTC_S, tariff } from "../samples";
import { BG96, BG96_PSM as PSM, BG96_START_MS } from "./rig";

const REPORTS = 6;
/** The daily window: 02:00 in Rome. */
const WINDOW_UTC_S = START_UTC_S + 2 * 3600;

interface MobileMeter {
  gateway: Gateway;
  modem: Bg96;
  module: Bg96Module;
  broker: Broker;
}

/** The meter's radio twin makes room for the modem; the gateway of the tests stands behind the broker. */
function mobileMeter(settings: Partial<Bg96Settings> = {}, options: RigOptions = {}): MobileMeter {
  const gateway = fitted({ opening_milli: 5_000_000, ...options });
  const { world, meter } = gateway.rig;
  const pipe = createBytePipe(world.queue, 9);
  const broker = createBroker();
  const module = createBg96Module(pipe.chip, createTimerTwin(world.queue).port, linkTo(broker));
  const modem = createBg96(pipe.host, createTimerTwin(world.queue).port, { ...BG96, ...settings });
  modem.wake = () => {
    pressPowerKey(module);
  };
  broker.on_publish = (topic, payload) => {
    assert.equal(topic, BG96.up_topic);
    gateway.heard.push(hexBytes(Buffer.from(payload).toString("latin1")));
  };
  world.radio.arrive = (frame) => {
    const topic = frame[1] === C_SND_UD3 ? BG96.broadcast_topic : BG96.down_topic;
    publishTo(broker, topic, hexText(frame));
  };
  Object.assign(meter.hal.radio, modem.port);
  meter.annex.listen();
  gateway.rig.pass(BG96_START_MS);
  return { gateway, modem, module, broker };
}

describe("a whole meter with a BG96", () => {
  it("reports each interval, does what it is told in the window behind, and answers", () => {
    const { gateway } = mobileMeter();
    assert.equal(RADIO_RESULTS[gateway.answer("valve", [1])], "accepted");
    assert.equal(gateway.rig.meter.reasons.remote_lock, true);
    assert.equal(RADIO_RESULTS[gateway.answer("valve", [0])], "accepted");
    assert.equal(gateway.rig.meter.reasons.remote_lock, false);
    assert.equal(gateway.rig.events("radio_failed").length, 0);
  });

  it("in power saving mode sleeps from a minute behind its report to the next, and is told and answers all the same", () => {
    const { gateway, module, modem } = mobileMeter(PSM);
    // Behind the daily window.
    gateway.rig.pass(3 * HOUR_MS + 10 * MINUTE_MS);
    gateway.heard.length = 0;
    const { starts } = modem;
    let asleep_minutes = 0;
    for (let minute = 0; minute < REPORTS * 60; minute++) {
      gateway.rig.pass(MINUTE_MS);
      if (!module.powered) asleep_minutes += 1;
    }
    assert.deepEqual([gateway.heard.length, modem.starts - starts], [REPORTS, REPORTS]);
    assert.ok(asleep_minutes >= REPORTS * 57, `${asleep_minutes} minutes asleep in ${REPORTS} hours`);
    assert.equal(RADIO_RESULTS[gateway.answer("valve", [1])], "accepted");
    assert.equal(gateway.rig.events("radio_failed").length, 0);
  });

  it("in power saving mode is woken for the daily window, and takes a signed tariff from it", async () => {
    const region = await signer();
    const { gateway } = mobileMeter(PSM, { radio: radio({ region_key: region.region_key }) });
    const now_s = gateway.rig.world.clock.port.now_utc_s();
    gateway.rig.pass((WINDOW_UTC_S - now_s) * 1000 + MINUTE_MS);
    const made = { ...tariff({ id: 8, start_utc_s: 0 }), limits_l: [NO_LIMIT_L], prices_milli: [5000] };
    for (const frame of turn(signed(region, contentOf({ version: 8, start_utc_s: 0, tariff: made })))) {
      gateway.put(frame);
      gateway.rig.pass(1000);
    }
    gateway.rig.pass(MINUTE_MS);
    assert.equal(gateway.rig.number("tariff"), 8);
  });

  it("a connection that is lost at the report costs a minute, and what was asked before is still answered", () => {
    const { gateway, module } = mobileMeter();
    gateway.window().ask("valve", [1]);
    module.lost_lines = 1;
    loseConnection(module, 1);
    gateway.window();
    const told = gateway.told().filter(({ request }) => request === gateway.request);
    assert.deepEqual(told.map(({ code }) => RADIO_RESULTS[code]), ["accepted"]); // prettier-ignore
    assert.equal(gateway.rig.events("radio_failed").length, 0);
  });
});
