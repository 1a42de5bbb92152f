/**
 * Meters behind a mobile network, through mosquitto, which no one here wrote: a frame from the BG96 driver and its
 * module's emulator to the gateway's reading, and a message from the queue back to the driver, opened under the meter's
 * key; and what someone else may publish there. Package: mosquitto.
 */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { connectAsync, type MqttClient } from "mqtt";
import { hexText } from "../../../firmware/card/bytes";
import { createBg96, type Bg96 } from "../../../firmware/modem/bg96";
import { downlinkTelegram, openDownlink } from "../../../firmware/radio/downlink";
import { contentOfB, frameA } from "../../../firmware/radio/frames";
import { C_SND_UD3, linkContent } from "../../../firmware/radio/link";
import { messageRecords } from "../../../firmware/radio/message";
import { uplinkTelegram } from "../../../firmware/radio/uplink";
import { mqttLink } from "../../../sim/bg96_mqtt";
import { realTimer } from "../../../sim/card/pn532_pty";
import { createBg96Module } from "../../../sim/hci/bg96_module";
import type { Bg96Module } from "../../../sim/hci/bg96_life";
import { openMqttMeters, type MqttMeters } from "../../../tools/gateway/mqtt_meters";
import { downTopic, upTopic } from "../../../tools/gateway/mqtt_topics";
import { DownlinkQueue } from "../../../tools/gateway/queue";
import { hex } from "../../../tools/hex";
import { createNodeCrypto } from "../../../tools/keys/crypto";
import { BG96 } from "../../firmware/modem/rig";
import { CONTENT, GATEWAY, HEADER, KEY, METER } from "../../firmware/radio/samples";
import { skipBecause } from "../../sim/card/pending";
import { answerOf } from "../captured_output";
import { Broker, MOSQUITTO, freePort, until } from "./broker";
import { linePair } from "./line_pair";

const COMMAND = join(__dirname, "..", "..", "..", "tools", "bin", "curbstop.js");
const FOREVER_MS = 2 ** 45;

describe("gateway: meters behind a mobile network", function () {
  const folder = mkdtempSync(join(tmpdir(), "curbstop-mobile-"));
  const broker = new Broker();
  const ends: (() => void)[] = [];
  let child: ChildProcess | undefined;

  before("mosquitto", async function () {
    if (MOSQUITTO === undefined) skipBecause(this, "mosquitto not installed");
    await broker.start(folder);
  });
  after(async () => {
    child?.kill("SIGKILL");
    for (const end of ends) end();
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A meter's modem with its module, at that broker. */
  function meterModem(): { modem: Bg96; module: Bg96Module } {
    const { hostname, port } = new URL(broker.url);
    const [host, chip] = linePair();
    const timers = [realTimer(), realTimer()];
    const module = createBg96Module(chip, timers[0].timer, mqttLink());
    const modem = createBg96(host, timers[1].timer, { ...BG96, host: hostname, port: Number(port) });
    ends.push(() => {
      module.link.close();
      for (const { stop } of timers) stop();
    });
    return { modem, module };
  }
  const sending = (modem: Bg96, frame: number[]): Promise<string> =>
    new Promise((resolve) => {
      if (modem.port.send(frame, resolve) === "busy") resolve("busy");
    });
  const telegram = (counter: number): number[] =>
    frameA(uplinkTelegram(createNodeCrypto(), KEY, { ...HEADER, counter }, CONTENT));

  it("from the meter to its reading, and from the queue to the meter, which opens it", async () => {
    const meters = join(folder, "meters.json");
    writeFileSync(meters, JSON.stringify([{ id: METER.id, key: hex(KEY), name: "Cellar" }]), { mode: 0o600 });
    const queue_file = join(folder, "gateway.queue");
    const queued = await answerOf("radio", "send", METER.id, "valve", "--body", "01", "--queue", queue_file, "--json");
    assert.deepEqual([queued.exit_code, queued.err], [0, ""]);
    const { got, end } = await broker.subscribed("wmbusmeters/#");
    const words = ["--mqtt-meters", broker.url, "--meters", meters, "--queue", queue_file, "--mqtt", broker.url];
    child = spawn(process.execPath, [COMMAND, "radio", "listen", ...words], { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    let wrong = "";
    child.stdout?.on("data", (data: Buffer) => (said += data.toString()));
    child.stderr?.on("data", (data: Buffer) => (wrong += data.toString()));
    const { modem, module } = meterModem();
    const heard: number[][] = [];
    modem.port.on_frame((frame) => heard.push(frame));
    modem.port.listen(FOREVER_MS);
    // The first may come before the gateway listens.
    for (let counter = 1; heard.length === 0; counter++) {
      assert.equal(child.exitCode, null, wrong);
      assert.equal(await sending(modem, telegram(counter)), "sent");
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    assert.equal(wrong, "");
    const [topic, text] = got[0];
    const fields = JSON.parse(text) as Record<string, unknown>;
    assert.equal(topic, `wmbusmeters/${METER.id}`);
    assert.deepEqual([fields.name, fields.total_m3, fields.device, fields.rssi_dbm], ["Cellar", 123.456, "mqtt", undefined]); // prettier-ignore
    const content = contentOfB(heard[0]);
    assert.ok(content !== undefined);
    const message = openDownlink(createNodeCrypto(), KEY, METER, content);
    const { request } = JSON.parse(queued.out) as { request: number };
    assert.deepEqual([message.result, message.is_next], ["opened", request % 2 === 1]);
    assert.equal(module.commands.filter((command) => command === "ATE0").length, 1, "one start");
    child.kill("SIGTERM");
    assert.deepEqual(await once(child, "close"), [0, null]);
    const counts = JSON.parse(said) as Record<string, number>;
    assert.ok(counts.heard > 0 && counts.sent > 0 && counts.frames === counts.heard && counts.frames_dropped === 0);
    const queue = new DownlinkQueue(queue_file);
    await queue.refresh();
    assert.equal(queue.waitingFor(METER.id).length, 1, "nobody has answered");
    await end();
  });

  describe("its radio", () => {
    let line: MqttMeters;
    let other: MqttClient;
    let heard: number[][];

    beforeEach(async () => {
      line = await openMqttMeters(broker.url);
      other = await connectAsync(broker.url);
      heard = [];
      line.radio.on_frame((frame) => heard.push(frame));
      line.radio.listen(FOREVER_MS);
    });
    afterEach(async () => {
      await line.close();
      await other.endAsync(true);
    });
    const send = (content: number[]): Promise<string> =>
      new Promise((resolve) => {
        assert.equal(line.radio.send(content, resolve), "started");
        assert.equal(
          line.radio.send(content, () => assert.fail()),
          "busy",
        );
      });

    it("drops what is no frame, is too long, is retained, or is of another meter than its topic says", async () => {
      const frame = hexText(telegram(1));
      const own = upTopic(METER.id);
      const wrong: [string, string, boolean][] = [
        [own, "", false],
        [own, "zz", false],
        [own, frame.slice(0, 20), false],
        [own, frame.slice(0, -1), false],
        [own, "44".repeat(257), false],
        [upTopic("00420002"), frame, false],
        [upTopic("0042000X"), frame, false],
      ];
      for (const [topic, payload] of wrong) await other.publishAsync(topic, payload, { qos: 1 });
      await other.publishAsync(own, frame, { qos: 1, retain: true });
      await until(() => line.counts.frames === 1);
      assert.equal(line.counts.frames_dropped, wrong.length);
      assert.deepEqual(heard, [telegram(1)], "retained for others, but new to who was there");
      const late = await openMqttMeters(broker.url);
      await until(() => late.counts.frames_dropped === 1);
      assert.equal(late.counts.frames, 0);
      await late.close();
      await other.publishAsync(own, "", { qos: 1, retain: true });
    });

    it("sends to the meter that a message names, to all what is for all, and nothing that names nobody", async () => {
      const { got, end } = await broker.subscribed("curbstop/+/#");
      const to_all = linkContent(C_SND_UD3, GATEWAY, [1, 2, 3]);
      assert.equal(await send(to_all), "sent");
      assert.equal(await send([1, 2, 3]), "failed");
      assert.equal(await send(telegram(1)), "failed");
      await until(() => got.length === 1);
      const [topic, payload] = got[0];
      assert.equal(topic, "curbstop/meters/down");
      assert.deepEqual(contentOfB([...Buffer.from(payload, "hex")]), to_all);
      await end();
    });

    it("fails while the broker is away, and goes on when it is back", async () => {
      await broker.stop();
      const to_all = linkContent(C_SND_UD3, GATEWAY, [1]);
      assert.equal(await send(to_all), "failed");
      await broker.start(folder);
      while ((await send(to_all)) !== "sent") await new Promise((resolve) => setTimeout(resolve, 100));
      for (;;) {
        if (!other.connected) other.reconnect();
        await other.publishAsync(upTopic(METER.id), hexText(telegram(2)), { qos: 1 });
        await new Promise((resolve) => setTimeout(resolve, 100));
        if (heard.length > 0) return;
      }
    });
  });

  it("the access rules of the README keep meters apart", async () => {
    const closed = mkdtempSync(join(folder, "closed-"));
    const guarded = new Broker();
    await guarded.start(closed);
    await guarded.stop();
    const readme = readFileSync(join(__dirname, "..", "..", "..", "tools", "gateway", "README.md"), "utf8");
    const rules = /```\n(pattern [^`]*)```/.exec(readme);
    assert.ok(rules !== null);
    writeFileSync(join(closed, "access"), rules[1]);
    // Started by root it would become someone who cannot read the folder.
    const more = `acl_file ${join(closed, "access")}\nuser ${userInfo().username}\n`;
    appendFileSync(join(closed, "mosquitto.conf"), more);
    ends.push(() => void guarded.stop());
    await guarded.start(closed);
    const line = await openMqttMeters(guarded.url.replace("//", "//gateway@"));
    const heard: number[][] = [];
    line.radio.on_frame((frame) => heard.push(frame));
    line.radio.listen(FOREVER_MS);
    const seen: string[] = [];
    const [own, other] = await Promise.all(
      [METER.id, "00420002"].map((username) => connectAsync(guarded.url, { username })),
    );
    for (const client of [own, other]) await client.subscribeAsync("curbstop/#", { qos: 1 });
    own.on("message", (topic) => seen.push(`own ${topic}`));
    other.on("message", (topic) => seen.push(`other ${topic}`));
    await other.publishAsync(upTopic(METER.id), hexText(telegram(1)), { qos: 1 });
    await other.publishAsync(downTopic(METER.id), "00", { qos: 1 });
    await own.publishAsync(upTopic(METER.id), hexText(telegram(2)), { qos: 1 });
    await until(() => heard.length > 0);
    assert.deepEqual(heard, [telegram(2)]);
    const sent = (content: number[]): Promise<string> => new Promise((resolve) => line.radio.send(content, resolve));
    const header = { gateway: GATEWAY, meter: METER, access: 1, counter: 1, is_next: false };
    const records = messageRecords("valve", 1, [1]);
    assert.equal(await sent(downlinkTelegram(createNodeCrypto(), KEY, header, records)), "sent");
    assert.equal(await sent(linkContent(C_SND_UD3, GATEWAY, [1])), "sent");
    await until(() => seen.length === 3);
    assert.deepEqual(seen.sort(), [
      "other curbstop/meters/down",
      `own ${downTopic(METER.id)}`,
      "own curbstop/meters/down",
    ]);
    await Promise.all([line.close(), own.endAsync(true), other.endAsync(true)]);
  });

  it("says in one line that the broker cannot be reached, and that one source is enough", async () => {
    const port = await freePort();
    const meters = join(folder, "none.json");
    writeFileSync(meters, "[]", { mode: 0o600 });
    const common = ["--meters", meters, "--queue", join(folder, "none.queue")];
    const url = `mqtt://name@127.0.0.1:${port}`;
    const gone = await answerOf("radio", "listen", "--mqtt-meters", url, ...common);
    assert.equal(gone.exit_code, 1);
    assert.match(gone.err, /127\.0\.0\.1:\d+: the broker cannot be reached/);
    const bad = await answerOf("radio", "listen", "--mqtt-meters", "localhost", ...common);
    assert.deepEqual([bad.exit_code, bad.err.includes("--mqtt-meters takes a broker's address")], [2, true]);
    const both = await answerOf("radio", "listen", "--mqtt-meters", url, "--field", ...common);
    assert.deepEqual([both.exit_code, both.err.includes("or --mqtt-meters")], [2, true]);
  });
});
