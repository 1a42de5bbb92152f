/**
 * Meters with a LoRaWAN modem, through mosquitto and a network server made from ChirpStack's own sources: a frame from the
 * RAK3172 driver and its module's emulator to the gateway's reading, a message from the queue back to the driver, what is
 * for all through the multicast group; and what someone else may publish there. Package: mosquitto.
 */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectAsync } from "mqtt";
import { createRak3172, LATE_MS, type Rak3172 } from "../../../firmware/modem/rak3172";
import { downlinkTelegram, openDownlink } from "../../../firmware/radio/downlink";
import { contentOfB, frameA } from "../../../firmware/radio/frames";
import { C_SND_UD3, linkContent } from "../../../firmware/radio/link";
import { BODY_MAX_BYTES, messageRecords } from "../../../firmware/radio/message";
import { WINDOW_MS } from "../../../firmware/radio/sending";
import { uplinkTelegram } from "../../../firmware/radio/uplink";
import { realTimer } from "../../../sim/card/pn532_pty";
import type { NetworkDevice } from "../../../sim/hci/lorawan_network";
import { createRak3172Module, deviceHears } from "../../../sim/hci/rak3172_module";
import { createCryptoTwin } from "../../../sim/twins/crypto";
import {
  GROUP_PACE_MS,
  GROUP_PAYLOAD_BYTES,
  openLorawanMeters,
  USUAL_PAYLOAD_BYTES,
  type LorawanMeters,
  type LorawanMetersSettings,
} from "../../../tools/gateway/lorawan_meters";
import { DownlinkQueue } from "../../../tools/gateway/queue";
import { hex } from "../../../tools/hex";
import { createNodeCrypto } from "../../../tools/keys/crypto";
import { APP_KEY, DEVICE_EUI, LORAWAN } from "../../firmware/modem/rig";
import { voucher } from "../../firmware/radio/gateway";
import { CONTENT, GATEWAY, HEADER, KEY, METER } from "../../firmware/radio/samples";
import { skipBecause } from "../../sim/card/pending";
import { answerOf } from "../captured_output";
import { Broker, MOSQUITTO, until } from "./broker";
import { APPLICATION, ChirpStack, GROUP_ID, RESPONSE_MS, TOKEN } from "./chirpstack";
import { linePair } from "./line_pair";

const COMMAND = join(__dirname, "..", "..", "..", "tools", "bin", "curbstop.js");
const FOREVER_MS = 2 ** 45;
const OWN_NAME = `6001000000${METER.id}`;

describe("gateway: meters with a LoRaWAN modem", function () {
  const folder = mkdtempSync(join(tmpdir(), "curbstop-lorawan-"));
  const meters = join(folder, "meters.json");
  const broker = new Broker();
  const ends: (() => void)[] = [];
  let server: ChirpStack;
  let child: ChildProcess | undefined;

  before("mosquitto", async function () {
    if (MOSQUITTO === undefined) skipBecause(this, "mosquitto not installed");
    await broker.start(folder);
    writeFileSync(meters, JSON.stringify([{ id: METER.id, key: hex(KEY), name: "Cellar" }]), { mode: 0o600 });
  });
  beforeEach(async () => {
    server = await ChirpStack.start(broker.url);
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) end();
    await server.stop();
  });
  after(async () => {
    child?.kill("SIGKILL");
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A meter's modem with its module, which the network server knows, and which has joined. */
  async function joinedModem(frame_max_bytes = 222): Promise<{ modem: Rak3172; device: NetworkDevice }> {
    const device = server.addDevice(OWN_NAME, DEVICE_EUI, APP_KEY);
    const [host, chip] = linePair();
    const timers = [realTimer(), realTimer()];
    const module = createRak3172Module(createCryptoTwin(), chip, timers[0].timer, "SF12");
    module.on_transmit = (frame) => {
      server.hears(frame);
    };
    server.on_air = (frame) => {
      deviceHears(module, frame, -90);
    };
    const modem = createRak3172(host, timers[1].timer, { ...LORAWAN, data_rate: 5, frame_max_bytes });
    ends.push(() => {
      for (const { stop } of timers) stop();
    });
    await until(() => modem.state === "working");
    return { modem, device };
  }

  const telegram = (counter: number): number[] =>
    frameA(uplinkTelegram(createNodeCrypto(), KEY, { ...HEADER, counter }, CONTENT));
  /** As a station sends: it listens when the frame is out. */
  const reported = (modem: Rak3172, counter: number): Promise<string> =>
    new Promise((resolve) => {
      const started = modem.port.send(telegram(counter), (result) => {
        modem.port.listen(WINDOW_MS + LATE_MS);
        resolve(result);
      });
      if (started === "busy") resolve("busy");
    });
  const lorawan = (changes: Partial<LorawanMetersSettings> = {}): LorawanMetersSettings => ({
    url: broker.url,
    application: APPLICATION,
    port: LORAWAN.port,
    group: { api: server.api, group: GROUP_ID, token: TOKEN },
    payload_bytes: USUAL_PAYLOAD_BYTES,
    group_payload_bytes: GROUP_PAYLOAD_BYTES,
    pace_ms: 10,
    log: () => undefined,
    ...changes,
  });
  async function opened(changes: Partial<LorawanMetersSettings> = {}, send_ms?: number): Promise<LorawanMeters> {
    const line = await openLorawanMeters(lorawan(changes), send_ms);
    ends.push(() => void line.close());
    line.radio.listen(FOREVER_MS);
    return line;
  }
  const send = (line: LorawanMeters, content: number[]): Promise<string> =>
    new Promise((resolve) => {
      assert.equal(line.radio.send(content, resolve), "started");
    });
  const message = (counter: number): number[] => {
    const header = { gateway: GATEWAY, meter: METER, access: 1, counter, is_next: false };
    return downlinkTelegram(createNodeCrypto(), KEY, header, messageRecords("valve", 1, [1]));
  };

  for (const [when, words, delay_ms, payload_bytes] of [
    ["a message in the windows behind its frame", ["valve", "--body", "01"], 0, 222],
    ["both in pieces, some seconds later", ["credit", "--body", hex(voucher())], 2 * RESPONSE_MS, USUAL_PAYLOAD_BYTES],
  ] as const) {
    it(`from the meter to its reading, and from the queue to the meter: ${when}`, async () => {
      server.delay_ms = delay_ms;
      const queue_file = join(folder, `${words[0]}-${delay_ms}.queue`);
      const queued = await answerOf("radio", "send", METER.id, ...words, "--queue", queue_file, "--json");
      assert.deepEqual([queued.exit_code, queued.err], [0, ""]);
      const { modem } = await joinedModem(payload_bytes);
      const { got, end } = await broker.subscribed("wmbusmeters/#");
      const source = ["--lorawan", broker.url, "--lorawan-application", APPLICATION, "--meters", meters];
      source.push("--lorawan-payload", String(payload_bytes));
      child = spawn(process.execPath, [COMMAND, "radio", "listen", ...source, "--queue", queue_file, "--mqtt", broker.url]); // prettier-ignore
      let [said, wrong] = ["", ""];
      child.stdout?.on("data", (data: Buffer) => (said += data.toString()));
      child.stderr?.on("data", (data: Buffer) => (wrong += data.toString()));
      const heard: number[][] = [];
      modem.port.on_frame((frame) => heard.push(frame));
      // The first may come before the gateway listens.
      for (let counter = 1; got.length === 0; counter++) {
        assert.equal(child.exitCode, null, wrong);
        assert.equal(await reported(modem, counter), "sent");
        await new Promise((resolve) => setTimeout(resolve, RESPONSE_MS));
      }
      await until(() => heard.length > 0);
      assert.deepEqual([wrong, server.refused], ["", []]);
      const fields = JSON.parse(got[0][1]) as Record<string, unknown>;
      assert.deepEqual([fields.name, fields.total_m3, fields.device, fields.rssi_dbm], ["Cellar", 123.456, "lorawan", -87]); // prettier-ignore
      const content = contentOfB(heard[0]);
      assert.ok(content !== undefined);
      assert.equal(openDownlink(createNodeCrypto(), KEY, METER, content).result, "opened");
      child.kill("SIGTERM");
      assert.deepEqual(await once(child, "close"), [0, null]);
      const counts = JSON.parse(said) as Record<string, number>;
      assert.ok(counts.heard > 0 && counts.sent > 0 && counts.frames_dropped === 0, said);
      assert.equal(server.commands > counts.sent, payload_bytes === USUAL_PAYLOAD_BYTES, "in more than one piece");
      const queue = new DownlinkQueue(queue_file);
      await queue.refresh();
      assert.equal(queue.waitingFor(METER.id).length, 1, "nobody has answered");
      await end();
    });
  }

  it("what is for all goes to the group, and the meter hears it", async () => {
    const { modem } = await joinedModem();
    const heard: number[][] = [];
    modem.port.on_frame((frame) => heard.push(frame));
    modem.port.listen(FOREVER_MS);
    const line = await opened();
    const contents = [1, 2, 3].map((number) => linkContent(C_SND_UD3, GATEWAY, [number]));
    for (const content of contents) assert.equal(await send(line, content), "sent");
    await until(() => heard.length === 3);
    assert.deepEqual(heard.map(contentOfB), contents);
  });

  it("a frame for all in pieces is sent, however long their pace makes it: each piece has a time, not all of them", async () => {
    const { modem } = await joinedModem();
    const heard: number[][] = [];
    modem.port.on_frame((frame) => heard.push(frame));
    modem.port.listen(FOREVER_MS);
    const pace_ms = 300;
    const line = await opened({ group_payload_bytes: USUAL_PAYLOAD_BYTES, pace_ms }, 2 * pace_ms);
    const content = linkContent(C_SND_UD3, GATEWAY, new Array<number>(150).fill(7));
    assert.equal(await send(line, content), "sent");
    assert.equal(server.group.length, 4);
    await until(() => heard.length === 1);
    assert.deepEqual(heard.map(contentOfB), [content]);
  });

  it("takes the next frame for all when there was time for this one, and ends at once when it is closed", async () => {
    const line = await opened({ pace_ms: 2 ** 30 });
    const to_all = linkContent(C_SND_UD3, GATEWAY, [1]);
    const first = send(line, to_all);
    await until(() => server.group.length === 1);
    assert.equal(
      line.radio.send(to_all, () => assert.fail()),
      "busy",
    );
    await line.close();
    assert.equal(await first, "failed");
    assert.equal(server.group.length, 1);
  });

  it("sends to the device that spoke for a meter last, and to none before one has", async () => {
    const { device } = await joinedModem();
    const line = await opened({ payload_bytes: 222 });
    assert.equal(await send(line, message(1)), "failed");
    assert.equal(await send(line, [1, 2, 3]), "failed");
    const other = await connectAsync(broker.url);
    const topics: string[] = [];
    other.on("message", (topic) => topics.push(topic));
    await other.subscribeAsync("application/+/device/+/command/down", { qos: 1 });
    const moved = server.addDevice("a modem in another meter's case", [...DEVICE_EUI.slice(0, 7), 2], APP_KEY);
    for (const [place, from] of [device, moved].entries()) {
      server.publish(from, { fPort: LORAWAN.port, data: Buffer.from(telegram(place + 1)).toString("base64") });
      await until(() => line.counts.frames === place + 1);
      assert.equal(await send(line, message(place + 1)), "sent");
    }
    await until(() => topics.length === 2);
    const euis = [device, moved].map(({ device_eui }) => hex(device_eui).toLowerCase());
    assert.deepEqual(topics, euis.map((eui) => `application/${APPLICATION}/device/${eui}/command/down`)); // prettier-ignore
    await other.endAsync(true);
  });

  it("a piece is good for as long as those before it take: the server sends them one after the other", async () => {
    const { device } = await joinedModem();
    const line = await opened();
    const other = await connectAsync(broker.url);
    const ends_ms: number[] = [];
    other.on("message", (_topic, text) => {
      ends_ms.push(Date.parse((JSON.parse(text.toString()) as { expiresAt: string }).expiresAt));
    });
    await other.subscribeAsync("application/+/device/+/command/down", { qos: 1 });
    server.publish(device, { fPort: LORAWAN.port, data: Buffer.from(telegram(1)).toString("base64") });
    await until(() => line.counts.frames === 1);
    const header = { gateway: GATEWAY, meter: METER, access: 1, counter: 1, is_next: false };
    const longest = messageRecords("hot_list", 1, new Array<number>(BODY_MAX_BYTES).fill(1));
    assert.equal(await send(line, downlinkTelegram(createNodeCrypto(), KEY, header, longest)), "sent");
    await until(() => ends_ms.length === 6);
    const from_ms = Date.now() + WINDOW_MS + LATE_MS;
    for (const [place, end_ms] of ends_ms.entries())
      assert.ok(Math.abs(end_ms - from_ms - place * GROUP_PACE_MS) < 3000, `piece ${place}`);
    await other.endAsync(true);
  });

  it("drops what is no frame, of another port, application, device or meter, or was retained", async () => {
    const own = server.addDevice(OWN_NAME, DEVICE_EUI, APP_KEY);
    const neighbour = server.addDevice("600100000000420002", [...DEVICE_EUI.slice(0, 7), 3], APP_KEY);
    const line = await opened();
    const heard: [number[], number][] = [];
    line.radio.on_frame((frame, rssi_dbm) => heard.push([frame, rssi_dbm]));
    const data = Buffer.from(telegram(1)).toString("base64");
    const port = LORAWAN.port;
    const wrong: [NetworkDevice, Record<string, unknown>][] = [
      [own, {}],
      [own, { fPort: port + 1, data }],
      [own, { fPort: "2", data }],
      [own, { fPort: port }],
      [own, { fPort: port, data: "no Base64!" }],
      [own, { fPort: port, data: data.slice(0, 8) }],
      [own, { fPort: port, data: Buffer.from([2, 0, ...new Array<number>(241).fill(1)]).toString("base64") }],
      [own, { fPort: port, data, deviceInfo: { devEui: "ac1f09fffe000009", deviceName: OWN_NAME } }],
      [own, { fPort: port, data, deviceInfo: "nobody" }],
      [own, { fPort: port, data, rxInfo: Array.from({ length: 101 }, () => ({})) }],
      [neighbour, { fPort: port, data }],
    ];
    for (const [device, said] of wrong) server.publish(device, said);
    const other = await connectAsync(broker.url);
    const topic = `application/${APPLICATION}/device/${hex(DEVICE_EUI).toLowerCase()}/event/up`;
    const texts = ["", "{", "[]", "null", `{"x":"${"x".repeat(70_000)}"}`];
    for (const text of texts) await other.publishAsync(topic, text, { qos: 1 });
    server.publish(own, { fPort: port, data, rxInfo: [] });
    await until(() => line.counts.frames === 1);
    assert.equal(line.counts.frames_dropped, wrong.length + texts.length);
    assert.deepEqual(heard, [[telegram(1), -999]]);
    const event = JSON.stringify({ deviceInfo: { devEui: hex(DEVICE_EUI).toLowerCase() }, fPort: port, data });
    await other.publishAsync(topic, event, { qos: 1, retain: true });
    await other.publishAsync(topic.replace("3c5e", "3c5f"), event, { qos: 1 });
    const late = await opened();
    await until(() => late.counts.frames_dropped === 1);
    assert.equal(late.counts.frames, 0);
    await other.publishAsync(topic, "", { qos: 1, retain: true });
    await other.endAsync(true);
  });

  it("says why nothing goes to all, once for each reason, and goes on when that is mended", async () => {
    const lines: string[] = [];
    const log = (line: string): void => void lines.push(line);
    const none = await opened({ group: undefined, log });
    const to_all = linkContent(C_SND_UD3, GATEWAY, [1]);
    for (let i = 0; i < 2; i++) assert.equal(await send(none, to_all), "failed");
    assert.deepEqual(lines.splice(0), ["nothing is sent to all meters: give --lorawan-api, --lorawan-group and --lorawan-token"]); // prettier-ignore
    const group = { api: server.api, group: GROUP_ID, token: TOKEN };
    const line = await opened({ group, log });
    group.token = "taken.back";
    for (let i = 0; i < 2; i++) assert.equal(await send(line, to_all), "failed");
    assert.equal(lines.length, 1);
    assert.match(lines[0], /^127\.0\.0\.1:\d+: ChirpStack refuses \(HTTP 401; see --lorawan-group and the token's rights\)$/); // prettier-ignore
    group.token = TOKEN;
    assert.equal(await send(line, to_all), "sent");
  });

  it("refuses, in one line, what could not work", async () => {
    const token_file = join(folder, "token");
    const listen = (...words: string[]): Promise<{ exit_code: number; err: string }> =>
      answerOf("radio", "listen", "--meters", meters, "--queue", join(folder, "none.queue"), "--lorawan", broker.url, ...words); // prettier-ignore
    const own = ["--lorawan-application", APPLICATION];
    const group = ["--lorawan-group", GROUP_ID, "--lorawan-token", token_file];
    const missing = await listen(...own, "--lorawan-api", server.api, ...group);
    assert.deepEqual([missing.exit_code, missing.err], [2, `curbstop: ${token_file}: there is no such file\n`]);
    writeFileSync(token_file, `${TOKEN}\n`, { mode: 0o600 });
    const cases: [string[], number, RegExp][] = [
      [[], 2, /--lorawan takes --lorawan-application/],
      [["--lorawan-application", "meters"], 2, /take the UUID that ChirpStack shows/],
      [[...own, "--field"], 2, /or --lorawan/],
      [
        [...own, "--lorawan-api", server.api],
        2,
        /take[s]? --lorawan-api, --lorawan-group and --lorawan-token together/,
      ],
      [[...own, "--lorawan-api", "http://chirpstack.example", ...group], 2, /takes https:\/\/server, or http:/],
      [
        [...own, "--lorawan-api", `${server.api}/other`, ...group],
        1,
        /does not know the multicast group, or is no REST/,
      ],
      [[...own, "--lorawan-api", "http://127.0.0.1:1", ...group], 1, /127\.0\.0\.1:1: ChirpStack's REST API cannot be reached/], // prettier-ignore
      [[...own, "--lorawan-port", "0"], 2, /a whole number from 1 to 223/],
    ];
    for (const [words, exit_code, why] of cases) {
      const { exit_code: code, err } = await listen(...words);
      assert.deepEqual([code, why.test(err), err.trimEnd().includes("\n")], [exit_code, true, false], err);
    }
    writeFileSync(token_file, "two\nlines", { mode: 0o600 });
    const odd = await listen(...own, "--lorawan-api", server.api, ...group);
    assert.deepEqual([odd.exit_code, /holds no API token/.test(odd.err)], [2, true], odd.err);
  });
});
