/**
 * wmbusmeters, which no one here wrote, recognises the emulator on a pty as an im871a, sets it up, and decodes our
 * meter's telegrams that it hears. Packages: socat, wmbusmeters.
 */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createIm871a } from "../../../firmware/modem/im871a";
import { uplinkTelegram } from "../../../firmware/radio/uplink";
import { openSerial, realTimer } from "../../../sim/card/pn532_pty";
import { moduleHears, moduleHearsMode } from "../../../sim/hci/im871a_module";
import { serveIm871a, type ServedModule } from "../../../sim/modem_pty";
import { hex } from "../../../tools/hex";
import { createNodeCrypto } from "../../../tools/keys/crypto";
import { content, MODULE_ID, SETTINGS } from "../../firmware/modem/rig";
import { CONTENT, HEADER, KEY, METER } from "../../firmware/radio/samples";
import { missingPrograms, skipBecause } from "../card/pending";

const DRIVER = join(__dirname, "..", "..", "..", "tools", "radio", "curbstop.xmq");
const LOOK_MS = 20;

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}

/** A meter that reports often. */
const METER_INTERVAL_MS = 500;
/** wmbusmeters gives up a module that is slow, as on a busy machine: then it is started again. */
const TRIES = 8;
const TRY_MS = 20_000;

async function within(limit_ms: number, holds: () => boolean): Promise<boolean> {
  for (let waited_ms = 0; waited_ms < limit_ms && !holds(); waited_ms += LOOK_MS) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return holds();
}

describe("the iM871A emulator on a pty (socat)", function () {
  this.timeout(4 * TRIES * TRY_MS);
  const folder = mkdtempSync(join(tmpdir(), "curbstop-hci-"));
  const [host_end, device_end] = [join(folder, "H"), join(folder, "D")];
  let socat: ChildProcess | undefined;
  let child: ChildProcess | undefined;
  let served: ServedModule | undefined;

  before("socat", async function () {
    const missing = missingPrograms(["socat"]);
    if (missing !== undefined) skipBecause(this, missing);
    socat = spawn("socat", [`PTY,link=${host_end},raw,echo=0`, `PTY,link=${device_end},raw,echo=0`], {
      stdio: "ignore",
    });
    await until(() => existsSync(host_end) && existsSync(device_end));
  });
  afterEach(() => {
    child?.kill("SIGKILL");
    served?.close();
  });
  after(() => {
    socat?.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  it("serves our driver: set up, a frame sent and one heard", async () => {
    served = serveIm871a(device_end, MODULE_ID);
    const { module } = served;
    const { timer, stop } = realTimer();
    const serial = openSerial(host_end, () => undefined);
    const modem = createIm871a(serial.line, timer, { ...SETTINGS, sums: "none" });
    await until(() => modem.working);
    const on_air: number[][] = [];
    module.on_transmit = (bytes) => on_air.push(bytes);
    const results: string[] = [];
    modem.port.send(content(7, 200), (result) => results.push(result));
    await until(() => results.length > 0);
    assert.deepEqual([results, on_air], [["sent"], [content(7, 200)]]);
    const heard: number[][] = [];
    modem.port.on_frame((frame) => heard.push(frame));
    modem.port.listen(60_000);
    moduleHears(module, content(8, 100), "C1", -60);
    await until(() => heard.length > 0);
    assert.deepEqual(heard, [content(8, 100)]);
    stop();
    serial.close();
  });

  it("is an im871a to wmbusmeters, which sets it up and prints our meter's numbers (wmbusmeters)", async function () {
    const missing = missingPrograms(["wmbusmeters"]);
    if (missing !== undefined) {
      if (this.test !== undefined) this.test.title += ` (${missing})`;
      this.skip();
    }
    const service = serveIm871a(device_end, MODULE_ID);
    served = service;
    const words = ["--silent", "--format=json", `${host_end}:im871a:c1`, "Cellar", DRIVER, METER.id, hex(KEY)];
    let said = "";
    // It is not listening yet for as long as it takes to go on from its last setting, so a meter says it again and again.
    const telegram = uplinkTelegram(createNodeCrypto(), KEY, HEADER, CONTENT);
    const meter = setInterval(() => {
      if (moduleHearsMode(service.module, "C1")) moduleHears(service.module, telegram, "C1", -58);
    }, METER_INTERVAL_MS);
    try {
      for (let tries = 0; tries < TRIES && !said.includes("\n"); tries++) {
        child?.kill("SIGKILL");
        said = "";
        child = spawn("wmbusmeters", words, { stdio: ["ignore", "pipe", "pipe"] });
        child.stdout?.on("data", (data: Buffer) => (said += data.toString()));
        await within(TRY_MS, () => said.includes("\n"));
      }
    } finally {
      clearInterval(meter);
    }
    assert.match(said, /\n/, "wmbusmeters has said a telegram");
    const fields = JSON.parse(said.split("\n")[0]) as Record<string, unknown>;
    assert.equal(fields.device, "im871a[12345678]");
    assert.deepEqual([fields.id, fields.total_m3, fields.rssi_dbm], [METER.id, 123.456, -58]);
  });
});
