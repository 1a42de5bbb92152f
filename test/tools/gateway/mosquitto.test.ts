/**
 * Readings reach a consumer through mosquitto, which no one here wrote; a broker that goes away holds nothing up; and
 * the command does all of it with a module on a pty. Packages: mosquitto, socat.
 */
import assert from "node:assert/strict";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
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
import { skipAlone, skipBecause } from "../../sim/card/pending";
import { answerOf } from "../captured_output";
import { Broker, MOSQUITTO, freePort, ptyPair, until } from "./broker";

const COMMAND = join(__dirname, "..", "..", "..", "tools", "bin", "curbstop.js");

describe("gateway: mosquitto", function () {
  const folder = mkdtempSync(join(tmpdir(), "curbstop-mqtt-"));
  const children: ChildProcess[] = [];
  const broker = new Broker();

  before("mosquitto", async function () {
    if (MOSQUITTO === undefined) skipBecause(this, "mosquitto not installed");
    await broker.start(folder);
  });
  after(async () => {
    for (const child of children) child.kill("SIGKILL");
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("hands on what is published, in its order, under wmbusmeters/ID", async () => {
    const { got, end } = await broker.subscribed("wmbusmeters/#");
    const publisher = await openPublisher(broker.url);
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
    const publisher = await openPublisher(broker.url);
    await broker.stop();
    for (let number = 0; number < 5; number++) publisher.publish({ topic_id: "00420002", text: String(number) });
    assert.equal(publisher.waiting, 5);
    await broker.start(folder);
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

  it("takes the password of a broker's user out of a file, whatever is in it, and from no argument", async function () {
    if (programPath("mosquitto_passwd") === undefined) skipAlone(this, "mosquitto_passwd not installed");
    const guarded = new Broker();
    const own_folder = mkdtempSync(join(folder, "guarded-"));
    const users = join(own_folder, "users");
    const secret = "o:pen/@ se%same?";
    execFileSync("mosquitto_passwd", ["-b", "-c", users, "gateway", secret]);
    await guarded.start(own_folder, `user ${userInfo().username}\npassword_file ${users}\n`);
    const file = join(folder, "password");
    const listen = async (url: string, ...more: string[]): Promise<[number, string]> => {
      const common = ["--meters", join(folder, "few.json"), "--queue", join(folder, "few.queue"), "--for", "1"];
      const { exit_code, err } = await answerOf("radio", "listen", "--field", ...common, "--mqtt", url, ...more);
      assert.ok(!err.includes("se%same") && !err.includes("wrong"), "no message shows it");
      return [exit_code, err];
    };
    try {
      writeFileSync(join(folder, "few.json"), JSON.stringify([{ id: METER.id, key: hex(KEY) }]), { mode: 0o600 });
      const own = guarded.url.replace("//", "//gateway@");
      writeFileSync(file, `${secret}\n`, { mode: 0o600 });
      assert.equal((await listen(own, "--mqtt-password-file", file))[0], 0);
      writeFileSync(file, "wrong\n");
      assert.match((await listen(own, "--mqtt-password-file", file))[1], /: the broker refuses this user \(/);
      const shown = await listen(guarded.url.replace("//", "//gateway:wrong@"));
      assert.equal(shown[0], 2);
      assert.match(shown[1], /^curbstop: --mqtt takes no password in the address[^\n]+--mqtt-password-file\)\n$/);
      assert.match((await listen(guarded.url, "--mqtt-password-file", file))[1], /names no user/);
      writeFileSync(file, "one\ntwo\n");
      assert.match((await listen(own, "--mqtt-password-file", file))[1], /a password is one line/);
      chmodSync(file, 0o644);
      assert.match((await listen(own, "--mqtt-password-file", file))[1], /others can get at it/);
      assert.match((await listen(own, "--meters-password-file", file))[1], /takes --mqtt-meters or --lorawan/);
    } finally {
      await guarded.stop();
    }
  });

  it("the command: a module on a pty, a telegram to the broker, a message from the queue to the air", async function () {
    if (programPath("socat") === undefined) {
      if (this.test !== undefined) this.test.title += " (socat not installed)";
      this.skip();
    }
    const { host, device, socat } = await ptyPair(folder);
    children.push(socat);
    const meters = join(folder, "meters.json");
    writeFileSync(meters, JSON.stringify([{ id: METER.id, key: hex(KEY), name: "Cellar" }]), { mode: 0o600 });
    const queue_file = join(folder, "gateway.queue");
    const queued = await answerOf("radio", "send", METER.id, "valve", "--body", "01", "--queue", queue_file, "--json");
    assert.deepEqual([queued.exit_code, queued.err], [0, ""]);
    const { got, end } = await broker.subscribed("wmbusmeters/#");
    const served = serveIm871a(device, MODULE_ID);
    const on_air: number[][] = [];
    served.module.on_transmit = (content) => on_air.push(content);
    const words = [
      "radio",
      "listen",
      "--port",
      host,
      "--meters",
      meters,
      "--queue",
      queue_file,
      "--mqtt",
      broker.url,
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
