/**
 * Third party: opensc-tool talks to the virtual card through pcscd and vpcd, as any software with a reader would.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { readImage } from "../../../sim/desfire/image";
import { createRandomTwin } from "../../../sim/twins/random";
import { CRYPTO } from "../desfire/reader";
import { skipBecause } from "./pending";
import { programPath, READER_NAME, takePcscd, type PrivatePcscd } from "./private_pcscd";
import { insertByCommand, type InsertedCard } from "./reader_command";

const PRESENCE_TRIES = 40;
const TRY_MS = 250;

describe("sim card --reader vpcd (third party: opensc-tool, pcscd, vsmartcard-vpcd)", function () {
  let pcscd: PrivatePcscd | undefined;
  let folder = "";
  const cards: InsertedCard[] = [];

  before(async function () {
    const taken = await takePcscd(["opensc-tool"]);
    if (typeof taken === "string") return skipBecause(this, taken);
    folder = mkdtempSync(join(tmpdir(), "curbstop-card-"));
    pcscd = taken;
  });
  after(async () => {
    await Promise.all(cards.map((card) => card.takeOut()));
    await pcscd?.stop();
    if (folder !== "") rmSync(folder, { recursive: true });
  });

  async function insert(image: string): Promise<InsertedCard> {
    const card = await insertByCommand("--reader", "vpcd", "--port", `${pcscd!.port}`, "--image", image);
    cards.push(card);
    return card;
  }

  /** What opensc-tool received for each command, in hexadecimal with its status. */
  async function opensc(...commands: string[]): Promise<string[]> {
    const args = ["-c", "default", "-r", READER_NAME, ...commands.flatMap((command) => ["-s", command])];
    let stdout = "";
    // pcscd looks for a card now and then only, so the first tries may find none.
    for (let turn = 0; turn < PRESENCE_TRIES && !stdout.includes("Received"); turn++) {
      if (turn > 0) await new Promise((resolve) => setTimeout(resolve, TRY_MS));
      stdout = (await promisify(execFile)(programPath("opensc-tool")!, args).catch(() => ({ stdout: "" }))).stdout;
    }
    return stdout
      .split("Sending: ")
      .slice(1)
      .map((part) => {
        const [, one, other] = /SW1=0x(..), SW2=0x(..)/.exec(part)!;
        const dump = part.split("\n").slice(2).join("\n");
        const data = [...dump.matchAll(/^((?:[0-9A-F]{2} )+)/gm)].map(([, run]) => run.replaceAll(" ", ""));
        return (data.join("") + one + other).toLowerCase();
      });
  }

  it("reads the version, makes an application, and finds it again after the card was out", async () => {
    const image = join(folder, "a.card");
    const first = await insert(image);
    const inserted = JSON.parse(first.lines()[0]) as { event: string; uid: string };
    assert.equal(inserted.event, "inserted");
    assert.deepEqual(await opensc("90 60 00 00 00", "90 AF 00 00 00", "90 AF 00 00 00"), [
      "0401010100180591af",
      "0401010104180591af",
      `${inserted.uid}ba3404455011139100`,
    ]);
    const made = await opensc("90 CA 00 00 05 56 34 12 0F 82 00", "90 6A 00 00 00", "FF CA 00 00 00", "80 10 00 00");
    assert.deepEqual(made, ["9100", "5634129100", `${inserted.uid}9000`, "6e00"]);
    const { card } = readImage(CRYPTO, createRandomTwin(1), [...readFileSync(image)]);
    assert.deepEqual(
      card!.applications.map(({ aid }) => aid),
      [0, 0x123456],
    );

    assert.equal(await first.takeOut(), 0);
    assert.match(first.lines().at(-1)!, /^\{"event":"removed","commands":\d+,"saves":1\}$/);

    await insert(image);
    assert.deepEqual(await opensc("90 5A 00 00 03 56 34 12 00", "90 AA 00 00 01 02 00"), ["9100", "9140"]);
  });
});
