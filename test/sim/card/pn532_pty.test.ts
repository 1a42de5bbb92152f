/**
 * The PN532 emulator on a pair of ptys, and who talks to it there: our driver, and libnfc, which nobody here wrote.
 * Packages: socat, libnfc-bin.
 */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPn532 } from "../../../firmware/reader/pn532";
import type { ServedPn532 } from "../../../sim/card/pn532_pty";
import { openSerial, realTimer, servePn532 } from "../../../sim/card/pn532_pty";
import { removeCard } from "../../../sim/pn532/chip";
import { findOnPath } from "../../../sim/engines/child";
import { countingCard, UID } from "../../firmware/reader/rig";
import { skipAlone, skipBecause } from "./pending";

const LOOK_MS = 20;

/** Comes true, or the test ends by its own limit. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}

/** Runs a command to its end. */
async function run(command: string, args: string[], environment: Record<string, string>): Promise<string> {
  const child = spawn(command, args, { env: { ...process.env, ...environment } });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await once(child, "close");
  return output;
}

describe("the PN532 emulator on a pty (socat)", function () {
  const folder = mkdtempSync(join(tmpdir(), "curbstop-pty-"));
  const [host_end, device_end] = [join(folder, "H"), join(folder, "D")];
  let socat: ChildProcess | undefined;
  let served: ServedPn532 | undefined;
  let ended = "";

  before("socat", async function () {
    if (findOnPath("socat") === undefined) skipBecause(this, "socat not installed");
    socat = spawn("socat", [`PTY,link=${host_end},raw,echo=0`, `PTY,link=${device_end},raw,echo=0`], {
      stdio: "ignore",
    });
    await until(() => existsSync(host_end) && existsSync(device_end));
  });
  afterEach(() => served?.close());
  after(() => {
    socat?.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  it("serves our driver: card found, a hundred APDUs answered, card gone", async () => {
    const card = countingCard();
    served = servePn532(device_end, card);
    const serial = openSerial(host_end, (reason) => (ended = reason));
    const { timer, stop } = realTimer();
    const { port } = createPn532(serial.line, timer);
    await until(() => port.present());
    assert.deepEqual(port.uid(), UID);
    const answers: number[][] = [];
    const next = (): void => {
      port.transmit([0x90, answers.length], 5000, (result, answer) => {
        assert.equal(result, "ok");
        answers.push(answer);
        if (answers.length < 100) next();
      });
    };
    next();
    await until(() => answers.length === 100);
    assert.deepEqual(answers, card.said);
    removeCard(served.chip);
    await until(() => !port.present());
    stop();
    serial.close();
    assert.equal(ended, "", "closing is not an end by itself");
  });

  it("is taken for a PN532 with a DESFire EV1 by libnfc (nfc-list -v)", async function () {
    if (findOnPath("nfc-list") === undefined) skipAlone(this, "nfc-list not installed");
    const asked = countingCard();
    served = servePn532(device_end, asked);
    const seen = await run("nfc-list", ["-v"], { LIBNFC_DEVICE: `pn532_uart:${host_end}` });
    assert.match(seen, /1 ISO14443A passive target/);
    assert.match(seen, /ATQA \(SENS_RES\): 03 {2}44/);
    assert.match(seen, /UID \(NFCID1\): 04 {2}a1 {2}b2 {2}c3 {2}d4 {2}e5 {2}f6/);
    assert.match(seen, /SAK \(SEL_RES\): 20/);
    assert.match(seen, /ATS: 75 {2}77 {2}81 {2}02 {2}80/);
    assert.match(seen, /MIFARE DESFire EV1/);
    assert.match(seen, /0 Felica \(212 kbps\) passive target/);
  });

  it("shows libnfc no card when there is none", async function () {
    if (findOnPath("nfc-list") === undefined) skipAlone(this, "nfc-list not installed");
    served = servePn532(device_end, undefined);
    const seen = await run("nfc-list", [], { LIBNFC_DEVICE: `pn532_uart:${host_end}` });
    assert.match(seen, /NFC device: .* opened/);
    assert.doesNotMatch(seen, /passive target/);
  });

  it("answers GetVersion to libfreefare (mifare-desfire-info)", async function () {
    if (findOnPath("mifare-desfire-info") === undefined) skipAlone(this, "mifare-desfire-info not installed");
    // NXP, DESFire EV1 of 8 KB, three frames; anything else is refused as an unknown command.
    const frames = [
      [4, 1, 1, 1, 0, 0x1a, 5, 0x91, 0xaf],
      [4, 1, 1, 1, 4, 0x1a, 5, 0x91, 0xaf],
      [...UID, 1, 2, 3, 4, 5, 0x21, 0x26, 0x91, 0],
    ];
    let frame = 0;
    const respond = ([class_byte, code]: number[]): number[] => {
      if (class_byte !== 0x90) return [0x6e, 0];
      if (code === 0x5a) return [0x91, 0];
      if (code === 0x60) frame = 0;
      else if (code !== 0xaf) return [0x91, 0x1c];
      frame += 1;
      return frames[(frame - 1) % 3];
    };
    served = servePn532(device_end, { uid: UID, respond, field_lost: () => undefined });
    const seen = await run("mifare-desfire-info", [], { LIBNFC_DEVICE: `pn532_uart:${host_end}` });
    assert.match(seen, /Version information for tag 04a1b2c3d4e5f6/i);
    assert.match(seen, /Storage size: +0x1a \(=8192 bytes\)/);
  });

  it("says so when the other end goes away", async () => {
    let reason = "";
    served = servePn532(device_end, undefined, (why) => (reason = why));
    socat?.kill("SIGKILL");
    await until(() => reason !== "");
  });

  it("refuses a path that is no terminal device", () => {
    const path = join(folder, "file");
    writeFileSync(path, "");
    assert.throws(() => servePn532(path, undefined), /is no serial device/);
  });
});
