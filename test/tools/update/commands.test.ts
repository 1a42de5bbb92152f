/**
 * `curbstop update` and the update keys of `curbstop keys`, as they are typed; and what is made so, through the gateway's
 * frames and a channel that loses a fifth, into a meter: a real board's bundle, its manifest signed by the store's key.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import { frameB } from "../../../firmware/radio/frames";
import { RESTART_MS, TRIAL_MS } from "../../../firmware/update/activation";
import { nvmGeometry } from "../../../sim/twins/nvm_parts";
import { createRandomNumbers, randomBelow } from "../../../sim/world/random_numbers";
import { readBoard } from "../../../tools/build/board_file";
import { bundleBoard } from "../../../tools/build/bundle";
import type { Push } from "../../../tools/gateway/entries";
import { DownlinkQueue } from "../../../tools/gateway/queue";
import { updateFrames } from "../../../tools/gateway/update_frames";
import { openStore } from "../../../tools/keys/store";
import { readUpdateFile } from "../../../tools/update/update_file";
import { MINUTE_MS } from "../../firmware/rig";
import { GATEWAY } from "../../firmware/radio/samples";
import { UpdateRig } from "../../firmware/update/rig";
import { answerOf, type Answer } from "../captured_output";
import { assertNoSecret, PASSPHRASE, REGION, temporaryFolder, writeClosed } from "../keys/samples";

const BOARD = "espruino-rak5010";
const MAKE = ["update", "make", "--board", BOARD, "--region", REGION, "--utility", "7", "--version", "2"];

describe("curbstop update", function () {
  const folder = temporaryFolder();
  const printed: string[] = [];
  let state_home: string | undefined;
  let phrase = "";
  let store = "";
  let made = "";
  let signed = "";
  let public_file = "";

  const inStore = async (...words: string[]): Promise<Answer> => {
    const answer = await answerOf(...words, "--store", store, "--passphrase-file", phrase);
    printed.push(answer.out, answer.err);
    return answer;
  };
  function assertRefused(given: Answer, exit_code: number, message: RegExp): void {
    assert.equal(given.exit_code, exit_code, given.err);
    assert.match(given.err, message);
    assert.match(given.err, /^curbstop: [^\n]+\n$/);
  }

  before("make keys, and sign the bundle of a board", async () => {
    state_home = process.env["XDG_STATE_HOME"];
    process.env["XDG_STATE_HOME"] = folder.file("state");
    phrase = writeClosed(folder.file("phrase"), `${PASSPHRASE.buffer().toString()}\n`);
    store = folder.file("main.store");
    const keys = await inStore("keys", "make", "--region", REGION, "--update");
    assert.deepEqual([keys.exit_code, keys.err], [0, ""]);
    assert.match(keys.out, /\n600100 {2}update +1 .* LMS n24 H10 W8, 0 of 1024 signatures used\n/);
    made = folder.file("two.update");
    signed = folder.file("two.signed");
    const made_answer = await answerOf(...MAKE, "--out", made);
    assert.deepEqual([made_answer.exit_code, made_answer.err], [0, ""]);
    assert.match(made_answer.out, /\nversion +2\n/);
    const sign_answer = await inStore("update", "sign", made, "--out", signed);
    assert.deepEqual([sign_answer.exit_code, sign_answer.err], [0, ""]);
    assert.match(sign_answer.out, /^version 2 signed by the update key 1 of region 600100, leaf 0, 1023 left: /);
    public_file = folder.file("public");
    fs.writeFileSync(public_file, (await inStore("keys", "public", "--region", REGION, "--update")).out);
  });

  after(() => {
    if (state_home === undefined) delete process.env["XDG_STATE_HOME"];
    else process.env["XDG_STATE_HOME"] = state_home;
  });

  it("shows what is in the file, for people and programs", async () => {
    const people = await answerOf("update", "show", signed);
    assert.match(people.out, /\nboard +espruino-rak5010\n/);
    assert.match(people.out, /the signature is not verified/);
    const { out } = await answerOf("update", "show", signed, "--json");
    const shown = JSON.parse(out) as Record<string, unknown>;
    assert.equal(shown["version"], 2);
    assert.equal(shown["image_sha256"], Buffer.from(readUpdateFile(signed).manifest.image_sha256).toString("hex"));
    assert.deepEqual(shown["signature"], { bytes: 904, leaf: 0 });
  });

  it("says yes to its signature, and no to one of another kind of key", async () => {
    const good = await answerOf("update", "verify", signed, "--public-key", public_file);
    assert.deepEqual([good.exit_code, good.err], [0, ""]);
    assert.match(good.out, /^good: version 2 of espruino-rak5010 for region 600100\n$/);
    assertRefused(
      await answerOf("update", "verify", made, "--public-key", public_file),
      1,
      /bad: it is not signed .*update sign/,
    );
    assert.equal((await inStore("keys", "make", "--region", REGION, "--signing")).exit_code, 0);
    const tariff_key = folder.file("tariff.key");
    fs.writeFileSync(tariff_key, (await inStore("keys", "public", "--region", REGION)).out);
    assertRefused(await answerOf("update", "verify", signed, "--public-key", tariff_key), 1, /not that of this key/);
  });

  it("takes a leaf for each signature, and never signs one twice", async () => {
    const again = folder.file("again.signed");
    assertRefused(await inStore("update", "sign", signed, "--out", again), 1, /it is signed already/);
    const second = await inStore("update", "sign", made, "--out", again, "--seen", signed, "--json");
    assert.equal((JSON.parse(second.out) as { leaf: number }).leaf, 1);
    assert.match((await inStore("keys", "list")).out, /update +1 .* 2 of 1024 signatures used/);
  });

  it("refuses what is no update, is longer than any, or has one byte changed", () => {
    const bytes = fs.readFileSync(signed);
    const changed = (name: string, make: (copy: Buffer) => Buffer): string => {
      const file = folder.file(name);
      fs.writeFileSync(file, make(Buffer.from(bytes)));
      return file;
    };
    const flip = (place: number) => (copy: Buffer) => {
      copy[place] ^= 1;
      return copy;
    };
    assert.throws(() => readUpdateFile(changed("no", () => Buffer.from("hello"))), /no file of an update/);
    assert.throws(() => readUpdateFile(changed("long", (copy) => Buffer.concat([copy, Buffer.alloc(600_000)]))), /longer than any/); // prettier-ignore
    // A number that could as well be another is told by the signature alone: format, table and image are told here.
    const table_end = 8 + bytes.readUInt16BE(4) - 1;
    for (const place of [8, table_end, bytes.length - 1])
      assert.throws(() => readUpdateFile(changed(`flip${place}`, flip(place))), /malformed/, `byte ${place}`);
    for (const length of [9, 300, bytes.length - 1])
      assert.throws(() => readUpdateFile(changed(`cut${length}`, (copy) => copy.subarray(0, length))), /malformed/);
  });

  it("makes one of a LuatOS board's main.lua", async () => {
    const out = folder.file("luatos.update");
    const make = [
      "update",
      "make",
      "--board",
      "lua-luatos",
      "--region",
      REGION,
      "--version",
      "2",
      "--out",
      out,
      "--json",
    ];
    const { exit_code, err, out: said } = await answerOf(...make);
    assert.deepEqual([exit_code, err], [0, ""]);
    const { code } = await bundleBoard(readBoard("lua-luatos"));
    assert.equal((JSON.parse(said) as { board: string }).board, "lua-luatos");
    assert.equal(readUpdateFile(out).image.toString("latin1"), code);
  });

  it("answers what is called wrongly with one line and exit code 2", async () => {
    const bad: [string[], RegExp][] = [
      [["update", "make", "--region", REGION, "--version", "2", "--out", "x"], /--board/],
      [[...MAKE.slice(0, -1), "none", "--out", "x"], /a whole number/],
      [[...MAKE, "--fragment", "33", "--out", folder.file("x")], /fragments/],
      [[...MAKE, "--group", "1", "--meter", "600100000000000009", "--out", folder.file("x")], /--group or --meter|a meter has/], // prettier-ignore
      [[...MAKE, "--out", made], /there is such a file already/],
    ];
    for (const [words, message] of bad) assertRefused(await answerOf(...words), 2, message);
  });

  it("reaches a meter from the queue over a fifth of loss, and runs there, with the books as they were", async () => {
    const meters = writeClosed(folder.file("meters.json"), JSON.stringify([{ id: "00000017" }]));
    const queue_file = folder.file("gateway.queue");
    const pushed = await answerOf("update", "push", signed, "--meters", meters, "--queue", queue_file);
    assert.deepEqual([pushed.exit_code, pushed.err], [0, ""]);
    assert.match(pushed.out, /^push 1: update 2 for 1 meters of region 600100\n$/);
    assertRefused(
      await answerOf("update", "push", made, "--meters", meters, "--queue", queue_file),
      2,
      /is not signed/,
    );
    const queue = new DownlinkQueue(queue_file);
    await queue.refresh();
    const push = queue.state.pushes.get(1) as Push;
    const update_key = fs.readFileSync(public_file, "utf8").trim();
    const settings = { board: BOARD, update_key, update_key_revision: 1, update_key_next: "" };
    const rig = new UpdateRig({ settings, geometry: nvmGeometry("nor-64x4k") });
    rig.rig.litres(30);
    const books = () => ["volume_l", "balance_milli"].map((field) => rig.rig.number(field));
    const before = books();
    const random = createRandomNumbers(7);
    let turns = 0;
    while (rig.ran.length === 1 && turns < 12) {
      const frames = updateFrames(push, { address: GATEWAY, downlink_mode: "C2" });
      for (const frame of frames) {
        push.frames += 1;
        if (randomBelow(random, 5) > 0) rig.air([frameB(frame.content())]);
      }
      rig.rig.pass(10 * MINUTE_MS + RESTART_MS);
      turns += 1;
    }
    assert.equal(rig.ran.length, 2, `not taken in ${turns} turns`);
    rig.rig.pass(TRIAL_MS + MINUTE_MS);
    assert.deepEqual(rig.values("update_confirmed"), [2]);
    assert.deepEqual(books(), before);
    const image = readUpdateFile(signed).image;
    const spare = rig.twin.slots[rig.twin.running].port;
    assert.equal(spare.read(256, image.length), image.toString("latin1"));
    const { keys, signing } = await openStore(store, PASSPHRASE);
    assertNoSecret(printed.join("\n"), [...keys.map(({ key }) => key), ...signing.map(({ seed }) => seed)]);
    console.log(`      ${image.length} bytes in ${turns} turns of ${push.frames / turns} frames`);
  });
});
