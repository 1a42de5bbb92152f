/** Messages that the gateway makes when it sends them, to whole meters over a lossy channel: the time, and a new key. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createIm871a, LINK_C1 } from "../../../firmware/modem/im871a";
import { RADIO_RESULTS } from "../../../firmware/radio/radio_results";
import { DEVICE_WATER } from "../../../firmware/radio/link";
import { MANUFACTURER, TELEGRAM_VERSION } from "../../../firmware/radio/uplink";
import { createIm871aModule } from "../../../sim/hci/im871a_module";
import { createBytePipe } from "../../../sim/pn532/pipe";
import { createTimerTwin } from "../../../sim/twins/timer";
import { Gateway } from "../../../tools/gateway/gateway";
import { kindPlace } from "../../../tools/gateway/messages";
import type { KnownMeters } from "../../../tools/gateway/meters_file";
import { DownlinkQueue } from "../../../tools/gateway/queue";
import { MODULE_ID } from "../../firmware/modem/rig";
import { GATEWAY } from "../../firmware/radio/samples";
import { HOUR_MS } from "../../firmware/rig";
import { START_UTC_S } from "../../firmware/samples";
import { Village, type House } from "./village";

const SEED = 20_261_122;
const METERS = 3;
const NEXT_KEY = new Array<number>(16).fill(0x5a);
const ACCEPTED = RADIO_RESULTS.indexOf("accepted");
const FOREVER_MS = 2 ** 45;
/** Every fifth frame is lost, and a meter is heard every four hours. */
const TURN_MS = 4 * HOUR_MS;
const TURNS_MOST = 20;

describe("gateway: messages made when they are sent", () => {
  let folder = "";
  let village: Village;
  let queue: DownlinkQueue;
  let known: KnownMeters;
  let gateway: Gateway;
  let settle: () => Promise<void> | undefined;

  /** A gateway as after a start: it knows of its meters what their file says, and of messages what the queue does. */
  async function start(): Promise<void> {
    queue = new DownlinkQueue(join(folder, "gateway.queue"), () => new Date(Date.UTC(2026, 10, 22) + village.now_ms));
    await queue.refresh();
    const pipe = createBytePipe(village.queue, 64);
    const timer = (): ReturnType<typeof createTimerTwin>["port"] => createTimerTwin(village.queue).port;
    const module = createIm871aModule(pipe.chip, timer(), MODULE_ID, "C2");
    module.on_transmit = (content) => village.transmit(content);
    village.module = module;
    const settings = {
      device: 0,
      link: LINK_C1,
      sends: "C2",
      sums: "none",
      watch_ms: 60_000,
      used_permille: 0,
    } as const;
    const modem = createIm871a(pipe.host, timer(), settings);
    gateway = new Gateway({
      ...{
        radio: modem.port,
        queue,
        meters: known,
        address: GATEWAY,
        device: "im871a",
        downlink_mode: "C2",
        way: "code",
      },
      now: () => new Date(START_UTC_S * 1000 + village.now_ms),
      publish: () => undefined,
    });
    modem.port.listen(FOREVER_MS);
    const is_waiting = (): boolean => !gateway.idle && modem.done === undefined;
    const settled = async (): Promise<void> => {
      while (is_waiting()) await new Promise((resolve) => setImmediate(resolve));
    };
    settle = () => (is_waiting() ? settled() : undefined);
    await village.pass(1000);
  }

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "curbstop-messages-"));
    village = new Village(METERS, SEED, "", 1000);
    known = new Map(
      village.houses.map(({ id, key }) => {
        const address = { id, manufacturer: MANUFACTURER, version: TELEGRAM_VERSION, device_type: DEVICE_WATER };
        return [id, { address, name: id, key, next_key: undefined }];
      }),
    );
    await village.commission(HOUR_MS);
    await start();
  });
  afterEach(() => {
    assert.equal(gateway.failure, undefined);
    rmSync(folder, { recursive: true });
  });

  async function until(holds: () => boolean): Promise<void> {
    for (let turn = 0; turn < TURNS_MOST && !holds(); turn++) await village.pass(TURN_MS, settle);
    assert.ok(holds());
  }
  const isAnswered = ({ id }: House): boolean => queue.waitingFor(id).length === 0;
  const codes = ({ id }: House): (number | undefined)[] =>
    [...queue.state.messages.values()].filter(({ meter }) => meter === id).map(({ code }) => code);

  it("the time, unasked, to a meter that has lost it; the others are told nothing", async () => {
    const [lost, ...others] = village.houses;
    village.step(lost, "clock lost 0");
    await until(() => codes(lost).includes(ACCEPTED));
    village.awake();
    const now_s = START_UTC_S + village.now_ms / 1000;
    // As long as a telegram and its answer take.
    assert.ok(Math.abs(lost.rig.world.clock.port.now_utc_s() - now_s) <= 2);
    assert.ok(lost.rig.events("clock_set").length > 0);
    for (const other of others) assert.deepEqual(codes(other), []);
  });

  it("a time that was asked for is of the moment when it is sent, however long it has waited", async () => {
    const [house] = village.houses;
    await queue.addMessage(house.id, kindPlace("time"), []);
    village.awake();
    const before_s = house.rig.world.clock.port.now_utc_s();
    await until(() => isAnswered(house));
    assert.deepEqual(codes(house), [ACCEPTED]);
    const [set] = house.rig.events("clock_set");
    assert.ok(set.value > before_s);
    assert.ok(Math.abs(set.value - set.utc_s) <= 2);
  });

  it("a new key, which waits until the file of meters has it; from then on the meter is heard and told under it", async () => {
    const [house] = village.houses;
    await queue.addMessage(house.id, kindPlace("key"), []);
    await village.pass(3 * TURN_MS, settle);
    assert.equal(isAnswered(house), false, "there is none to send");
    known.set(house.id, { ...known.get(house.id)!, next_key: NEXT_KEY });
    await start();
    await until(() => isAnswered(house));
    assert.deepEqual(codes(house), [ACCEPTED]);
    await queue.addMessage(house.id, kindPlace("valve"), [1]);
    await until(() => isAnswered(house));
    assert.equal(house.rig.see("shut_by"), "remote_lock");
    known.set(house.id, { ...known.get(house.id)!, key: NEXT_KEY, next_key: undefined });
    await start();
    await queue.addMessage(house.id, kindPlace("flow_limit"), [0, 0, 0, 60]);
    await queue.addMessage(house.id, kindPlace("valve"), [0]);
    await until(() => isAnswered(house));
    assert.deepEqual(codes(house), [ACCEPTED, ACCEPTED, ACCEPTED, ACCEPTED]);
    assert.equal(house.rig.meter.tokens.flow_limit_l_h, 60);
    const text = JSON.stringify([...queue.state.messages.values()]);
    assert.ok(!text.toLowerCase().includes("5a5a5a"), "the queue holds no key");
  });
});
