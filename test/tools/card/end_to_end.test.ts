/**
 * From the making of keys to the read-back at the desk, with the commands as they are typed: once through image files,
 * and once through PC/SC, where third parties (pcscd, vpcd, npm smartcard) carry every command to the virtual card.
 */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { loadCard, saveCard } from "../../../sim/card/image_file";
import { createRandomTwin } from "../../../sim/twins/random";
import { createNodeCrypto } from "../../../tools/keys/crypto";
import { openStore } from "../../../tools/keys/store";
import { Rig } from "../../firmware/rig";
import { READER_NAME, takePcscd, type PrivatePcscd } from "../../sim/card/private_pcscd";
import { answerOf } from "../captured_output";
import { PASSPHRASE, assertNoSecret, temporaryFolder, writeClosed } from "../keys/samples";
import { METER, OTHER_METER, OTHER_REGION, REGION, present } from "./samples";

const SCRIPT = path.join(__dirname, "..", "..", "..", "tools", "bin", "curbstop.js");
const TARIFF = { id: 4, standing_milli: 0, blocks: [{ price_milli: 1000 }] };

/** Puts an image where the desk finds it: gives the options for it, and a way to take it out again. */
type Insert = (image: string) => Promise<{ words: string[]; take_out: () => Promise<void> }>;

const crypto = createNodeCrypto();
const cardIn = (image: string) => loadCard(image, crypto, createRandomTwin(7))!;

class Town {
  printed = "";
  private readonly common: string[];

  constructor(
    private readonly file: (name: string) => string,
    private readonly insert: Insert,
  ) {
    const phrase = writeClosed(file("phrase"), PASSPHRASE.buffer());
    fs.writeFileSync(file("tariff.json"), JSON.stringify(TARIFF));
    this.common = ["--store", file("town.store"), "--passphrase-file", phrase];
  }

  private async run(...words: string[]): Promise<Record<string, unknown>> {
    const { exit_code, out, err } = await answerOf(...words, ...this.common, "--json");
    this.printed += out + err;
    assert.deepEqual([exit_code, err], [0, ""], words.join(" "));
    return JSON.parse(out) as Record<string, unknown>;
  }

  keys = (region: string) => this.run("keys", "make", "--region", region);

  /** A command of the desk with the card of an image. */
  async desk(image: string, ...words: string[]): Promise<Record<string, unknown>> {
    const { words: where, take_out } = await this.insert(this.file(image));
    try {
      return await this.run("card", ...words, ...where);
    } finally {
      await take_out();
    }
  }

  card = (image: string) => cardIn(this.file(image));

  /** The meter has the card for as long as `present` takes. */
  show(rig: Rig, image: string): string {
    const card = this.card(image);
    const shown = present(rig, card);
    saveCard(this.file(image), card);
    return shown;
  }

  /** A meter as its factory made it, with the transport key of its region. */
  async factory(meter_number: string, region: string): Promise<{ rig: Rig }> {
    const ring = await openStore(this.file("town.store"), PASSPHRASE);
    const transport_key = ring.current(region, "transport").key.buffer().toString("hex");
    return { rig: new Rig({ settings: { meter_number, region, transport_key } }) };
  }

  async assertNothingLeaked(): Promise<void> {
    const { keys } = await openStore(this.file("town.store"), PASSPHRASE);
    assertNoSecret(
      this.printed + fs.readFileSync(this.file("card-desk.records"), "utf8"),
      keys.map(({ key }) => key),
    );
  }
}

async function endToEnd(file: (name: string) => string, insert: Insert): Promise<void> {
  const town = new Town(file, insert);
  await town.keys(REGION);
  await town.keys(OTHER_REGION);
  const { rig } = await town.factory(METER, REGION);
  const { rig: foreign } = await town.factory(OTHER_METER, OTHER_REGION);
  const balance = () => rig.meter.account.balance_milli;

  const service = ["--tariff", file("tariff.json"), "--opening"];
  await town.desk("technician", "commission", "--region", REGION, "--meter", METER, ...service, "0");
  await town.desk("other", "commission", "--region", OTHER_REGION, "--meter", OTHER_METER, ...service, "1");
  assert.equal(rig.world.valve.port.position(), "closed");
  assert.equal(town.show(rig, "technician"), "CARD OK");
  assert.equal(town.show(foreign, "other"), "CARD OK");
  assert.deepEqual([balance(), rig.meter.account.tariff.id], [0, 4]);

  await town.desk("card", "issue", "--region", REGION, "--meter", METER);
  const sold = await town.desk("card", "top-up", "--region", REGION, "--amount", "12.50");
  assert.equal(sold.amount_milli, 1_250_000);
  fs.copyFileSync(file("card"), file("dump"));
  assert.equal(town.show(foreign, "card"), "REGION");
  assert.equal(town.show(rig, "card"), "+  12.50");
  assert.deepEqual([balance(), rig.world.valve.port.position()], [1_250_000, "open"]);

  const { read_back, records } = await town.desk("card", "read", "--region", REGION);
  const { is_genuine, result, sequence, cumulative_milli, balance_milli, meter, shut_by } = read_back as Record<
    string,
    unknown
  >;
  assert.deepEqual(
    [is_genuine, result, sequence, cumulative_milli, balance_milli, meter, shut_by],
    [true, "accepted", 1, 1_250_000, 1_250_000, METER, []],
  );
  assert.equal((records as { sold_milli: number }).sold_milli, 1_250_000);

  assert.equal(town.show(rig, "card"), "USED");
  assert.equal(rig.events("card_already_taken").length, 1);
  assert.equal(town.show(rig, "dump"), "USED");
  await town.desk("card", "top-up", "--region", REGION, "--amount", "1");
  assert.equal(town.show(rig, "card"), "+   1.00");
  assert.equal(town.show(rig, "dump"), "USED");
  assert.equal(balance(), 1_350_000);
  await town.assertNothingLeaked();
}

describe("card desk, end to end", function () {
  const folder = temporaryFolder();

  it("through image files: a top-up reaches the meter once, and its read-back the desk", () =>
    endToEnd(folder.file, (image) =>
      Promise.resolve({ words: ["--image", image], take_out: () => Promise.resolve() }),
    ));
});

describe("card desk, end to end (third party: pcscd, vsmartcard-vpcd, npm smartcard)", function () {
  const folder = temporaryFolder();
  let pcscd: PrivatePcscd | undefined;
  const children: ChildProcess[] = [];

  before(async function () {
    try {
      // eslint-disable-next-line @typescript-eslint/no-require-imports
      require("smartcard");
    } catch {
      return this.skip();
    }
    const taken = await takePcscd([]);
    if (typeof taken === "string") return this.skip();
    pcscd = taken;
  });
  after(async () => {
    children.forEach((child) => child.kill("SIGTERM"));
    await pcscd?.stop();
  });

  const insert: Insert = async (image) => {
    const words = ["sim", "card", "--reader", "vpcd", "--port", `${pcscd!.port}`, "--image", image, "--json"];
    const child = spawn(process.execPath, [SCRIPT, ...words], { stdio: ["ignore", "pipe", "inherit"] });
    children.push(child);
    const ended = once(child, "exit");
    await Promise.race([once(child.stdout, "data"), ended]);
    assert.equal(child.exitCode, null, "the card is in the reader");
    return {
      words: ["--reader", READER_NAME, "--wait", "30"],
      take_out: async () => {
        child.kill("SIGTERM");
        await ended;
        await untilGone();
      },
    };
  };

  /** pcscd notices only now and then that a card has left, and the next one must not be taken for it. */
  async function untilGone(): Promise<void> {
    for (let turn = 0; turn < 100; turn++) {
      const { out } = await answerOf("card", "list-readers", "--json");
      const { readers } = JSON.parse(out) as { readers: { name: string; has_card: boolean }[] };
      if (readers.every(({ has_card }) => !has_card)) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.fail("the card does not leave");
  }

  it("through PC/SC: a top-up reaches the meter once, and its read-back the desk", () => endToEnd(folder.file, insert));
});
