/**
 * A tariff from the desk to the tap: signed by the command, pushed by the command through mosquitto to the gateway's own
 * process, broadcast by it through an iM871A emulator on a pty and a channel that loses every fifth frame, taken by whole
 * meters while water runs, and told back through mosquitto. What each meter charges is compared with litres times prices,
 * where the litres are the pipes' and not the meter's. Then someone pushes what he should not: the utility's gateway
 * refuses it, and one of his own, with his own key, takes and broadcasts it.
 *
 * Meters and channel are in virtual time; the gateway, its module and the broker are not. While the gateway broadcasts,
 * both run alike. Packages: mosquitto, socat.
 */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { textBytes } from "../../../firmware/card/bytes";
import { createIm871a, LINK_C1 } from "../../../firmware/modem/im871a";
import type { Address } from "../../../firmware/radio/link";
import { moduleHearsMode } from "../../../sim/hci/im871a_module";
import { serveIm871a, type ServedModule } from "../../../sim/modem_pty";
import { Gateway } from "../../../tools/gateway/gateway";
import { readMeters } from "../../../tools/gateway/meters_file";
import { bestPlan } from "../../../tools/gateway/plan";
import { openPushLine, sendPush, type PushAnswer } from "../../../tools/gateway/push_line";
import { DownlinkQueue } from "../../../tools/gateway/queue";
import { openLine } from "../../../tools/gateway/serial";
import { MODULE_ID } from "../../firmware/modem/rig";
import { contentOf, signed, signer } from "../../firmware/radio/gateway";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../firmware/rig";
import { START_UTC_S, tariff } from "../../firmware/samples";
import { programPath } from "../../sim/card/private_pcscd";
import { skipBecause } from "../../sim/card/pending";
import { answerOf } from "../captured_output";
import { PASSPHRASE, writeClosed } from "../keys/samples";
import { Broker, MOSQUITTO, ptyPair, until } from "./broker";
import { Village } from "./village";

const COMMAND = join(__dirname, "..", "..", "..", "tools", "bin", "curbstop.js");
const METERS = 50;
const SEED = 20_261_122;
const REGION = "600100";
const PRICE_BEFORE_MILLI = 240_000;
const PRICE_MILLI = 355_000;
/** The fifth day, 10:00 by the meters' clocks: after as many windows as a broadcast may need. */
const STARTS_MS = (4 * 24 + 10) * HOUR_MS;
const WINDOWS_MOST = 4;
const STEP_MS = 5;
/** Telegrams that wait in the gateway's line; a pty holds some 4 KB. */
const UNREAD_MOST = 10;
const THIEF: Address = { manufacturer: "CSB", id: "66600001", version: 1, device_type: 0x31 };

interface Told {
  id: string;
  total_m3: number;
  credit_nr: number;
  tariff_version_nr: number;
}

describe(`a tariff from the desk to ${METERS} taps`, function () {
  const folder = mkdtempSync(join(tmpdir(), "curbstop-village-"));
  const file = (name: string): string => join(folder, name);
  const broker = new Broker();
  const children: ChildProcess[] = [];
  let state_home: string | undefined;
  let phrase = "";
  let region_key = "";
  let village: Village;
  let served: ServedModule;
  let host = "";
  let got: [string, string][] = [];
  let unsubscribe: () => Promise<void> = () => Promise.resolve();

  async function command(...words: string[]): Promise<string> {
    const { exit_code, out, err } = await answerOf(...words);
    assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" }, words.join(" "));
    return out;
  }
  const withStore = (...words: string[]) =>
    command(...words, "--store", file("main.store"), "--passphrase-file", phrase);

  async function signedTariff(version: number, price_milli: number, starts_ms: number): Promise<string> {
    const [wish, message, signed_file] = ["wish", "message", "signed"].map((name) => file(`${name}-${version}`));
    const start = START_UTC_S + starts_ms / 1000;
    writeFileSync(wish, JSON.stringify({ region: REGION, version, start, tariff: { blocks: [{ price_milli }] } }));
    await command("tariff", "make", wish, "--out", message);
    await withStore("tariff", "sign", message, "--out", signed_file);
    return signed_file;
  }

  before("broker, line, key and meters", async function () {
    if (MOSQUITTO === undefined) skipBecause(this, "mosquitto not installed");
    if (programPath("socat") === undefined) skipBecause(this, "socat not installed");
    state_home = process.env["XDG_STATE_HOME"];
    process.env["XDG_STATE_HOME"] = file("state");
    await broker.start(folder);
    const subscription = await broker.subscribed("wmbusmeters/#");
    got = subscription.got;
    unsubscribe = subscription.end;
    const line = await ptyPair(folder);
    children.push(line.socat);
    host = line.host;
    served = serveIm871a(line.device, MODULE_ID);
    phrase = writeClosed(file("phrase"), `${PASSPHRASE.buffer().toString()}\n`);
    await withStore("keys", "make", "--region", REGION, "--signing");
    region_key = (await withStore("keys", "public", "--region", REGION)).trim();
    writeFileSync(file("region.key"), `${region_key}\n`);
    village = new Village(METERS, SEED, region_key, PRICE_BEFORE_MILLI);
    served.module.on_transmit = (content) => village.transmit(content);
    const list = village.houses.map(({ id, key }) => ({ id, key: Buffer.from(key).toString("hex") }));
    writeClosed(file("meters.json"), JSON.stringify(list));
  });
  after(async () => {
    for (const child of children) child.kill("SIGKILL");
    served?.close();
    await unsubscribe();
    await broker.stop();
    if (state_home === undefined) delete process.env["XDG_STATE_HOME"];
    else process.env["XDG_STATE_HOME"] = state_home;
    rmSync(folder, { recursive: true, force: true });
  });

  /** The gateway's process, up to where it listens. */
  async function startGateway(): Promise<ChildProcess> {
    const window = new Date().toISOString().slice(11, 16);
    const words = ["--port", host, "--meters", file("meters.json"), "--queue", file("gateway.queue")];
    const times = ["--window", window, "--window-seconds", "3600"];
    const pushes = ["--mqtt", broker.url, "--region", REGION, "--public-key", file("region.key")];
    const child = spawn(process.execPath, [COMMAND, "radio", "listen", ...words, ...times, ...pushes], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    children.push(child);
    const { module } = served;
    // What the last gateway has set does not count.
    module.config = module.default_config;
    await until(() => child.exitCode !== null || moduleHearsMode(module, "C1"));
    assert.equal(child.exitCode, null);
    village.module = module;
    return child;
  }

  async function endGateway(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
    village.module = undefined;
    const closed = once(child, "close");
    child.kill(signal);
    await closed;
  }

  /** Virtual time runs with real time until something has come. */
  async function live(holds: () => boolean | Promise<boolean>): Promise<void> {
    let before_ms = performance.now();
    while (!(await holds())) {
      await new Promise((resolve) => setTimeout(resolve, STEP_MS));
      const passed_ms = Math.floor(performance.now() - before_ms);
      before_ms += passed_ms;
      await village.pass(passed_ms);
    }
  }

  /** Virtual time runs as fast as the gateway hears what the meters say. */
  async function pass(span_ms: number): Promise<void> {
    const skipped = village.heard.size - got.length;
    const unread = (): number => village.heard.size - skipped - got.length;
    const settle = (most: number) => (unread() > most ? until(() => unread() <= most) : undefined);
    await village.pass(span_ms, () => (village.module === undefined ? undefined : settle(UNREAD_MOST)));
    if (village.module !== undefined) await settle(0);
  }

  async function pushState(): Promise<{ frames: number; airtime_us: number; active: number }> {
    const { out } = await answerOf("tariff", "status", "--queue", file("gateway.queue"), "--json");
    const [push] = JSON.parse(out) as { frames: number; airtime_us: number; active: number }[];
    return push;
  }

  const haveIt = (): number => village.houses.filter(({ rig }) => rig.meter.account.pending?.id === 8).length;

  /** Every tap is opened, each at its own moment and at its own flow. */
  async function draw(seconds: number): Promise<void> {
    for (const [place, house] of village.houses.entries()) {
      village.step(house, `draw ${307 + 41 * (place % 50)} ${seconds * SECOND_MS}`);
      await pass(Math.floor((60 * SECOND_MS) / METERS));
    }
  }

  /** The newest reading of each meter, as a consumer has it. */
  function newest(): Map<string, Told> {
    const told = got.map(([, text]) => JSON.parse(text) as Told);
    return new Map(told.map((one) => [one.id, one]));
  }

  let litres_before: number[] = [];
  let expected_milli: number[] = [];
  const charges = (): number[] => village.awake().map(({ rig }) => rig.number("charged_milli"));

  it("reaches every meter, and each charges the old price before its start and the new one from it on", async () => {
    const old_file = await signedTariff(7, 1000, STARTS_MS);
    const new_file = await signedTariff(8, PRICE_MILLI, STARTS_MS);
    const { length } = readFileSync(new_file);
    assert.ok(readFileSync(old_file).length > 0);
    const first = await startGateway();
    const pushed = await command("tariff", "push", new_file, "--meters", file("meters.json"), "--mqtt", broker.url);
    assert.equal(pushed, `push 1: version 8 for ${METERS} meters of region ${REGION}\n`);
    // What was answered is on the disk.
    await endGateway(first, "SIGKILL");
    const plan = bestPlan("code", length, { meters: METERS, loss: 0.2, mode: "C2" });
    await village.commission(HOUR_MS);
    await draw(300);
    let windows = 0;
    let frames = plan.numbers.length;
    let gateway: ChildProcess | undefined;
    while (haveIt() < METERS) {
      assert.ok(windows < WINDOWS_MOST, `${haveIt()} meters have it after ${windows} windows`);
      // A gateway that is killed goes on where it was.
      if (gateway !== undefined) await endGateway(gateway, "SIGKILL");
      await pass(village.window_ms + MINUTE_MS);
      gateway = await startGateway();
      await live(async () => (await pushState()).frames >= frames);
      frames += 1;
      windows += 1;
      await pass(6 * HOUR_MS);
    }
    const begin_ms = STARTS_MS - 12 * MINUTE_MS;
    await pass(begin_ms - village.now_ms);
    await draw(24 * 60);
    await pass(STARTS_MS - 1 - village.now_ms);
    assert.ok(village.houses.every(({ rig }) => rig.number("tariff") === 1));
    litres_before = village.litres();
    await pass(30 * MINUTE_MS);
    expected_milli = village.litres().map((litres, place) => {
      const before = litres_before[place];
      assert.ok(before > 0 && litres > before, "water has run before the start and from it on");
      return (before * PRICE_BEFORE_MILLI + (litres - before) * PRICE_MILLI) / 1000;
    });
    assert.deepEqual(charges(), expected_milli);
    assert.ok(village.houses.every(({ rig }) => rig.number("tariff") === 8));
    for (let turn = 0; turn < 20 && (await pushState()).active < METERS; turn++) await pass(4 * HOUR_MS);
    const { active, airtime_us, frames: sent } = await pushState();
    assert.equal(active, METERS, "the gateway has heard it from each");
    assert.equal(village.antenna.violations, 0);
    assert.ok(sent >= plan.numbers.length);
    assert.ok(airtime_us <= village.antenna.airtime_us);
    if (windows === 1) assert.ok(airtime_us <= 2 * plan.broadcast_minimum_us);
    assert.ok(gateway !== undefined);
    await endGateway(gateway, "SIGTERM");
    assert.equal(gateway.exitCode, 0);
  });

  it("and says so through the broker: litres, credit and tariff as they are in the meter", () => {
    const readings = newest();
    assert.equal(readings.size, METERS);
    for (const { id, rig } of village.houses) {
      const { total_m3, credit_nr, tariff_version_nr } = readings.get(id)!;
      assert.equal(tariff_version_nr, 8);
      assert.equal(total_m3, rig.number("volume_l") / 1000);
      assert.equal(credit_nr, Math.floor(rig.number("balance_milli") / 100) / 1000);
    }
  });

  /** Pushes bytes through the broker to a gateway that holds them to a region and its key; its answer. */
  async function pushTo(
    queue: DownlinkQueue,
    of: { region: string; public_key: string },
    content: readonly number[],
  ): Promise<PushAnswer> {
    const parts = { queue, meters: readMeters(file("meters.json")), ...of, log: () => undefined };
    const line = await openPushLine(broker.url, parts);
    const digits = Buffer.from(content).toString("hex").toUpperCase();
    const wish = { region: of.region, content: digits, meters: village.houses.map(({ id }) => id) };
    const answer = await sendPush(broker.url, wish);
    await line.close();
    return answer;
  }

  /** A gateway of someone else's takes bytes from the broker, and broadcasts them in the next window as this region's. */
  async function broadcastByThief(
    name: string,
    of: { region: string; public_key: string },
    content: readonly number[],
  ): Promise<void> {
    const pushed = new DownlinkQueue(file(`${name}.pushed`));
    assert.equal((await pushTo(pushed, of, content)).result, "taken");
    const { version, content: digits, meters } = pushed.state.pushes.get(1)!;
    const queue = new DownlinkQueue(file(`${name}.queue`));
    await queue.addPush(name, { region: REGION, version, content: digits, meters });
    await pass(village.window_ms + MINUTE_MS);
    const line = openLine(host, () => undefined);
    const settings = {
      device: 0,
      link: LINK_C1,
      sends: "C2",
      sums: "none",
      watch_ms: 60_000,
      used_permille: 0,
    } as const;
    const modem = createIm871a(line.line, line.timer, settings);
    const gateway = new Gateway({
      ...{ radio: modem.port, queue, meters: readMeters(file("meters.json")), address: THIEF, device: "a thief's" },
      ...{ downlink_mode: "C2", way: "code", now: () => new Date(), publish: () => undefined },
    });
    await live(() => modem.working);
    let complete: boolean | undefined;
    void gateway.broadcast().then((done) => (complete = done));
    await live(() => complete !== undefined);
    assert.equal(complete, true);
    line.close();
    await pass(5 * MINUTE_MS);
  }

  const attacks = {
    forged: { event: "signed_bad_signature", said: /not signed under that public key/ },
    old: { event: "signed_old_version", said: /version 8 was pushed before/ },
    foreign: { event: "signed_foreign_region", said: /for region 600201, and this gateway is one of 600100/ },
  } as const;
  for (const [name, { event, said: refusal }] of Object.entries(attacks))
    it(`${name}: is refused, and from another gateway changes nothing, is logged, and water costs what it did`, async () => {
      const own = await signer();
      const cheap = { ...tariff({ id: 9, start_utc_s: 0, prices_milli: [1000] }) };
      const said = contentOf({ utility: 1, version: 9, tariff: cheap });
      const contents: Record<string, number[]> = {
        forged: textBytes(signed(own, said)),
        old: [...readFileSync(file("signed-7"))],
        foreign: textBytes(signed(own, { ...said, region: "600201" })),
      };
      const utility = { region: REGION, public_key: region_key };
      const answer = await pushTo(new DownlinkQueue(file("gateway.queue")), utility, contents[name]);
      assert.match(answer.result === "refused" ? answer.why : answer.result, refusal);
      const standing = (): string =>
        JSON.stringify(village.houses.map(({ rig: { meter } }) => [meter.account.tariff, meter.account.pending, meter.settings])); // prettier-ignore
      const before = standing();
      const region = name === "foreign" ? "600201" : REGION;
      const public_key = name === "old" ? region_key : own.region_key;
      await broadcastByThief(name, { region, public_key }, contents[name]);
      const refused = village.houses.filter(({ rig }) => rig.events(event).length > 0).length;
      assert.ok(refused >= 0.9 * METERS, `${refused} of ${METERS} have judged it`);
      assert.equal(standing(), before);
      const litres = village.litres();
      await draw(120);
      await pass(10 * MINUTE_MS);
      village.litres().forEach((now, place) => {
        assert.ok(now > litres[place]);
        expected_milli[place] += ((now - litres[place]) * PRICE_MILLI) / 1000;
      });
      assert.deepEqual(charges(), expected_milli);
    });
});
