/**
 * Readings reach a consumer through mosquitto, which no one here wrote; a broker that goes away holds nothing up; and
 * the command does all of it with a module on a pty. Packages: mosquitto, socat.
 */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectAsync } from "mqtt";
import { uplinkTelegram } from "../../../firmware/radio/uplink";
import { moduleHears, moduleHearsMode } from "../../../sim/hci/im871a_module";
import { serveIm871a } from "../../../sim/modem_pty";
import { openPublisher } from "../../../tools/gateway/publisher";
import { DownlinkQueue } from "../../../tools/gateway/queue";
import { hex } from "../../../tools/hex";
import { createNodeCrypto } from "../../../tools/keys/crypto";
import { MODULE_ID } from "../../firmware/modem/rig";
import { CONTENT, HEADER, KEY, METER } from "../../firmware/radio/samples";
import { programPath } from "../../sim/card/private_pcscd";
import { skipBecause } from "../../sim/card/pending";
import { answerOf } from "../captured_output";

const COMMAND = join(__dirname, "..", "..", "..", "tools", "bin", "curbstop.js");
const LOOK_MS = 20;
/** Debian has it where only root looks. */
const MOSQUITTO = ["/usr/sbin/mosquitto"].find((file) => existsSync(file)) ?? programPath("mosquitto");

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

describe("gateway: mosquitto", function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), "curbstop-mqtt-"));
  const children: ChildProcess[] = [];
  let url = "";
  let config = "";
  let broker: ChildProcess | undefined;

  const startBroker = async (): Promise<void> => {
    broker = spawn(MOSQUITTO ?? "mosquitto", ["-c", config], { stdio: "ignore" });
    for (;;) {
      const client = await connectAsync(url, { reconnectPeriod: 0 }).catch(() => undefined);
      if (client !== undefined) return client.endAsync();
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  };
  const stopBroker = async (): Promise<void> => {
    if (broker === undefined) return;
    const closed = once(broker, "close");
    broker.kill("SIGKILL");
    await closed;
    broker = undefined;
  };

  before("mosquitto", async function () {
    if (MOSQUITTO === undefined) skipBecause(this, "mosquitto not installed");
    const port = await freePort();
    url = `mqtt://127.0.0.1:${port}`;
    config = join(folder, "mosquitto.conf");
    writeFileSync(config, `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\n`);
    await startBroker();
  });
  after(async () => {
    for (const child of children) child.kill("SIGKILL");
    await stopBroker();
    rmSync(folder, { recursive: true, force: true });
  });

  async function subscribed(topic: string): Promise<{ got: [string, string][]; end: () => Promise<void> }> {
    const client = await connectAsync(url);
    const got: [string, string][] = [];
    client.on("message", (where, payload) => got.push([where, payload.toString()]));
    await client.subscribeAsync(topic, { qos: 1 });
    return { got, end: () => client.endAsync(true) };
  }

  it("hands on what is published, in its order, under wmbusmeters/ID", async () => {
    const { got, end } = await subscribed("wmbusmeters/#");
    const publisher = await openPublisher(url);
    for (let number = 0; number < 50; number++) publisher.publish({ topic_id: "00420001", text: `{"n":${number}}` });
    await until(() => got.length === 50);
    assert.deepEqual(
      got,
      Array.from({ length: 50 }, (_, number) => ["wmbusmeters/00420001", `{"n":${number}}`]),
    );
    await publisher.close();
    await end();
  });

  it("keeps what comes while the broker is away, and publishes it when it is back", async () => {
    const publisher = await openPublisher(url);
    await stopBroker();
    for (let number = 0; number < 5; number++) publisher.publish({ topic_id: "00420002", text: String(number) });
    assert.equal(publisher.waiting, 5);
    await startBroker();
    await until(() => publisher.waiting === 0);
    assert.equal(publisher.dropped, 0);
    await publisher.close();
  });

  it("says in one line that a broker cannot be reached, without its password", async () => {
    const port = await freePort();
    await assert.rejects(openPublisher(`mqtt://name:secret@127.0.0.1:${port}`), (error: Error) => {
      assert.match(error.message, /^mqtt:\/\/127\.0\.0\.1:\d+: the broker cannot be reached/);
      assert.ok(!error.message.includes("secret"));
      return true;
    });
    await assert.rejects(openPublisher("localhost"), /--mqtt takes a broker's address/);
  });

  it("the command: a module on a pty, a telegram to the broker, a message from the queue to the air", async function () {
    if (programPath("socat") === undefined) {
      if (this.test !== undefined) this.test.title += " (socat not installed)";
      this.skip();
    }
    const [host_end, device_end] = [join(folder, "H"), join(folder, "D")];
    children.push(
      spawn("socat", [`PTY,link=${host_end},raw,echo=0`, `PTY,link=${device_end},raw,echo=0`], { stdio: "ignore" }),
    );
    await until(() => existsSync(host_end) && existsSync(device_end));
    const meters = join(folder, "meters.json");
    writeFileSync(meters, JSON.stringify([{ id: METER.id, key: hex(KEY), name: "Cellar" }]), { mode: 0o600 });
    const queue_file = join(folder, "gateway.queue");
    const queued = await answerOf("radio", "send", METER.id, "valve", "--body", "01", "--queue", queue_file, "--json");
    assert.deepEqual([queued.exit_code, queued.err], [0, ""]);
    const { got, end } = await subscribed("wmbusmeters/#");
    const served = serveIm871a(device_end, MODULE_ID);
    const on_air: number[][] = [];
    served.module.on_transmit = (content) => on_air.push(content);
    const words = [
      "radio",
      "listen",
      "--port",
      host_end,
      "--meters",
      meters,
      "--queue",
      queue_file,
      "--mqtt",
      url,
      "--json",
    ];
    const child = spawn(process.execPath, [COMMAND, ...words], { stdio: ["ignore", "pipe", "pipe"] });
    children.push(child);
    let said = "";
    let wrong = "";
    child.stdout.on("data", (data: Buffer) => (said += data.toString()));
    child.stderr.on("data", (data: Buffer) => (wrong += data.toString()));
    await until(() => child.exitCode !== null || moduleHearsMode(served.module, "C1"));
    assert.equal(wrong, "");
    // The first may come before the gateway listens.
    for (let counter = 1; got.length === 0 || on_air.length === 0; counter++) {
      const telegram = uplinkTelegram(createNodeCrypto(), KEY, { ...HEADER, counter }, CONTENT);
      moduleHears(served.module, telegram, "C1", -58);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    const [topic, text] = got[0];
    const fields = JSON.parse(text) as Record<string, unknown>;
    assert.equal(topic, `wmbusmeters/${METER.id}`);
    assert.deepEqual([fields.name, fields.total_m3, fields.device], ["Cellar", 123.456, "im871a[12345678]"]);
    assert.equal(said.split("\n")[0], text);
    const { request } = JSON.parse(queued.out) as { request: number };
    assert.deepEqual([on_air[0][1], on_air[0][10]], [request % 2 === 1 ? 0x73 : 0x53, 0x8c]);
    child.kill("SIGTERM");
    assert.deepEqual(await once(child, "close"), [0, null]);
    const queue = new DownlinkQueue(queue_file);
    await queue.refresh();
    assert.equal(queue.waitingFor(METER.id).length, 1, "nobody has answered");
    served.close();
    await end();
  });
});
