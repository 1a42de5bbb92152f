/** Certificates brought into the emulator of a BG96, over a line as a board lends it, in virtual time. */
import assert from "node:assert/strict";
import { fileNamed, putFile } from "../../../sim/hci/bg96_files";
import { dipPower, pressPowerKey, switchOff, type Bg96Module } from "../../../sim/hci/bg96_life";
import { createBg96Module } from "../../../sim/hci/bg96_module";
import { createBroker, linkTo } from "../../../sim/hci/mqtt_broker";
import { createBytePipe } from "../../../sim/pn532/pipe";
import { createTimerTwin } from "../../../sim/twins/timer";
import { FlashError } from "../../../tools/flash/flash_error";
import { keepModemTrust } from "../../../tools/provision/modem_file";
import type { ModemLine } from "../../../tools/provision/modem_line";
import { virtualTime } from "../../hal/twins";
import { RENEWED, UTILITY } from "./authorities";
import { cutLine } from "./cut_line";

const NAME = "cacert.pem";
const OTHER_NAME = "2cacert.pem";
const PORT = "tcp://127.0.0.1:1";
const SETTLE_MS = 500;

interface Rig {
  module: Bg96Module;
  line: ModemLine;
  keep: (text: string, other_text?: string) => Promise<"there before" | "written">;
  /** What is in a file. */
  kept: (name?: string) => string | undefined;
  has_key: boolean;
  pass: (span_ms: number) => void;
}

/** A module that has been on for a while, and a board that does what the helpers on a board do. */
function rig(): Rig {
  const { queue, pass } = virtualTime();
  const pipe = createBytePipe(queue, 1000);
  const module = createBg96Module(pipe.chip, createTimerTwin(queue).port, linkTo(createBroker()));
  const time = { now_ms: () => queue.now_ms, pass };
  const { line, pace } = cutLine(module, pipe, time);
  const pressKey = (): boolean => {
    if (one.has_key) pressPowerKey(module);
    return one.has_key;
  };
  const one: Rig = {
    module,
    has_key: true,
    line: { ...line, pressPowerKey: () => Promise.resolve(pressKey()) },
    keep: (text, other_text = text) => keepModemTrust(one.line, PORT, { name: NAME, text, other_text }, pace),
    pass,
    kept: (name = NAME) => {
      const file = fileNamed(module, name);
      return file === undefined ? undefined : Buffer.from(file.bytes).toString("latin1");
    },
  };
  pass(SETTLE_MS);
  return one;
}

const uploads = ({ module }: Rig): number => module.commands.filter((one) => one.startsWith("AT+QFUPL")).length;

async function refused(one: Rig, message: RegExp): Promise<void> {
  await assert.rejects(one.keep(UTILITY), (error: Error) => {
    assert.ok(error instanceof FlashError, error.stack);
    assert.match(error.message, message);
    return error.message.startsWith(`${PORT}: the modem `) && !error.message.includes("\n");
  });
}

describe("a certificate on its way into a BG96", () => {
  it("is brought there in parts that are acknowledged, once", async () => {
    const one = rig();
    assert.equal(await one.keep(UTILITY), "written");
    assert.deepEqual([one.kept(), one.kept(OTHER_NAME)], [UTILITY, UTILITY]);
    assert.ok(one.module.commands.includes(`AT+QFUPL="${NAME}",${UTILITY.length},10,1`));
    assert.equal(await one.keep(UTILITY), "there before");
    assert.equal(uploads(one), 2);
  });

  it("takes the place of another one, also of one with the same size", async () => {
    const one = rig();
    putFile(one.module, NAME, RENEWED);
    assert.equal(await one.keep(UTILITY), "written");
    const twin = UTILITY.replace("M", "N");
    assert.equal(await one.keep(twin), "written");
    assert.deepEqual([one.kept(), one.kept(OTHER_NAME)], [twin, twin]);
    assert.equal(one.module.files.length, 2);
  });

  it("touches no other file", async () => {
    const one = rig();
    putFile(one.module, "other.pem", "another's");
    await one.keep(UTILITY);
    assert.equal(Buffer.from(fileNamed(one.module, "other.pem")?.bytes ?? []).toString(), "another's");
  });

  it("replaces a half that a power cut left", async () => {
    const one = rig();
    one.module.stops_after = 1500;
    assert.equal(await one.keep(UTILITY), "written");
    assert.equal(one.module.boots, 1);
    assert.equal(one.kept(), UTILITY);
  });

  it("is sent again over a line that loses or spoils bytes, and a wrong one is not left there", async () => {
    const one = rig();
    one.module.lost_bytes = 1;
    assert.equal(await one.keep(UTILITY), "written");
    assert.equal(uploads(one), 3);
    const other = rig();
    other.module.bad_bytes = 1;
    assert.equal(await other.keep(UTILITY), "written");
    assert.equal(uploads(other), 3);
    const worst = rig();
    worst.module.bad_bytes = 100_000;
    await refused(worst, /does not take the file 2cacert\.pem: it has other bytes than were sent \(try again\)/);
    assert.deepEqual(worst.module.files, []);
    assert.equal(uploads(worst), 3);
  });

  it("two words that change places leave the sum as it is, and are found all the same", async () => {
    const one = rig();
    const swapped = UTILITY.slice(0, 100) + UTILITY.slice(102, 104) + UTILITY.slice(100, 102) + UTILITY.slice(104);
    assert.notEqual(swapped, UTILITY);
    const { line } = one;
    one.line = { ...line, stage: () => line.stage(swapped) };
    await assert.rejects(one.keep(UTILITY), /does not take the file 2cacert\.pem: it reads back as another/);
    assert.deepEqual(one.module.files, []);
  });

  it("is read once more over a line that loses bytes of it, before anything is touched for that", async () => {
    const one = rig();
    await one.keep(UTILITY);
    let is_spoiled = false;
    const { line } = one;
    const take = async (): Promise<string> => {
      const text = await line.take();
      if (is_spoiled || !text.includes("BEGIN CERTIFICATE")) return text;
      is_spoiled = true;
      return text.replace("MII", "MI");
    };
    one.line = { ...line, take };
    assert.equal(await one.keep(UTILITY), "there before");
    assert.deepEqual([is_spoiled, uploads(one)], [true, 2]);
  });

  it("wakes a module that is off, asleep, or in the middle of an upload or of a message", async () => {
    const off = rig();
    switchOff(off.module);
    off.pass(2 * SETTLE_MS);
    assert.equal(await off.keep(UTILITY), "written");
    const uploading = rig();
    await uploading.line.send(`ATE0\rAT+QFUPL="${NAME}",5000,10\r`);
    uploading.pass(SETTLE_MS);
    await uploading.line.send("half of an old one");
    assert.equal(await uploading.keep(UTILITY), "written");
    assert.deepEqual([uploading.kept(), uploading.module.boots], [UTILITY, 0]);
    const publishing = rig();
    Object.assign(publishing.module, { data: [1, 2], data_topic: "a", data_id: 1 });
    assert.equal(await publishing.keep(UTILITY), "written");
    const deaf = rig();
    deaf.module.silent = true;
    const { line } = deaf;
    const press = (): Promise<boolean> => {
      deaf.module.silent = false;
      return line.pressPowerKey();
    };
    deaf.line = { ...line, pressPowerKey: press };
    assert.equal(await deaf.keep(UTILITY), "written");
    const booting = rig();
    dipPower(booting.module);
    assert.equal(await booting.keep(UTILITY), "written");
  });

  it("is not there when nothing answers, with a power key or without", async () => {
    const silent = rig();
    silent.module.silent = true;
    await refused(silent, /does not answer \(look at its plug and its supply\)/);
    const off = rig();
    off.has_key = false;
    switchOff(off.module);
    await refused(off, /does not answer/);
  });

  it("is refused by a storage that is full, with what is the matter", async () => {
    const one = rig();
    one.module.space_bytes = 1000;
    await refused(one, /refuses the file 2cacert\.pem: its storage has no room/);
  });

  it("stays away from a module of another kind", async () => {
    const one = rig();
    one.module.unknown = ["AT+CGMM"];
    await refused(one, /is no BG96/);
    assert.equal(one.module.files.length, 0);
  });
});
