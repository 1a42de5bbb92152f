/**
 * Pushes through mosquitto, which no one here wrote: each is one push however often it comes, is on the disk before it is
 * answered, and nothing that is wrong with one holds up those behind it. Package: mosquitto.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectAsync } from "mqtt";
import { textBytes } from "../../../firmware/card/bytes";
import { contentBytes } from "../../../firmware/radio/signed";
import { readMeters } from "../../../tools/gateway/meters_file";
import {
  ANSWER_TOPIC,
  ATTEMPTS_MAX,
  PUSH_MAX_BYTES,
  PUSH_TOPIC,
  PUSHES_DAY_MAX,
  openPushLine,
  sendPush,
  type PushAnswer,
  type PushLine,
} from "../../../tools/gateway/push_line";
import { DownlinkQueue } from "../../../tools/gateway/queue";
import { contentOf, signed, signer, type Signer } from "../../firmware/radio/gateway";
import { skipBecause } from "../../sim/card/pending";
import { answerOf, type Answer } from "../captured_output";
import { Broker, MOSQUITTO, freePort, until } from "./broker";
import { idOf, writeMeters } from "./rig";

const REGION = "600100";
const METERS = [0, 1, 2].map(idOf);
const REQUEST = "0123456789abcdef";
/** Longer than an answer that comes too early needs. */
const SLOW_DISK_MS = 300;

describe("gateway: pushes through mosquitto", function () {
  const folder = mkdtempSync(join(tmpdir(), "curbstop-push-line-"));
  const broker = new Broker();
  let region_signer: Signer;
  let queue: DownlinkQueue;
  let line: PushLine;
  let logged: string[] = [];
  let meters_file = "";

  const hexOf = (bytes: readonly number[]): string => Buffer.from(bytes).toString("hex").toUpperCase();
  /** Of a version: what a region has signed, as its bytes. */
  function content(version: number, by = region_signer, region = REGION): string {
    return hexOf(textBytes(signed(by, contentOf({ version, region, emergency_milli: 500_000 }))));
  }
  const send = (digits: string, meters = METERS): Promise<PushAnswer> =>
    sendPush(broker.url, { region: REGION, content: digits, meters });
  const versions = (): number[] => [...queue.state.pushes.values()].map(({ version }) => version);

  async function open(of: DownlinkQueue): Promise<void> {
    queue = of;
    logged = [];
    const parts = { queue, meters: readMeters(meters_file), region: REGION, public_key: region_signer.region_key };
    line = await openPushLine(broker.url, { ...parts, log: (text) => logged.push(text) });
  }
  const queueFile = (): string => join(mkdtempSync(join(folder, "q-")), "gateway.queue");

  before("mosquitto and a region's key", async function () {
    if (MOSQUITTO === undefined) skipBecause(this, "mosquitto not installed");
    await broker.start(folder);
    region_signer = await signer();
    meters_file = writeMeters(folder, METERS.length);
  });
  beforeEach(() => open(new DownlinkQueue(queueFile())));
  afterEach(() => line.close());
  after(async () => {
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Publishes bytes as they are, and waits for as many answers. */
  async function publish(payloads: readonly (string | Buffer)[]): Promise<PushAnswer[]> {
    const { got, end } = await broker.subscribed(`${ANSWER_TOPIC}/${REGION}/${REQUEST}`);
    const client = await connectAsync(broker.url);
    for (const payload of payloads)
      await client.publishAsync(`${PUSH_TOPIC}/${REGION}/${REQUEST}`, payload, { qos: 1 });
    await until(() => got.length === payloads.length);
    await client.endAsync();
    await end();
    return got.map(([, text]) => JSON.parse(text) as PushAnswer);
  }

  it("takes one into the queue, with its bytes, region, version and meters", async () => {
    const digits = content(8);
    assert.deepEqual(await send(digits), { result: "taken", number: 1, version: 8 });
    const kept = new DownlinkQueue(queue.file);
    await kept.refresh();
    const { region, version, content: said, meters } = kept.state.pushes.get(1)!;
    assert.deepEqual([region, version, said, meters], [REGION, 8, digits, METERS]);
  });

  it("a push that comes again, from the broker or from a person, is one push", async () => {
    const digits = content(8);
    const text = JSON.stringify({ content: digits, meters: METERS });
    const answers = await publish([text, text, text]);
    assert.deepEqual(answers, [
      { result: "taken", number: 1, version: 8 },
      { result: "there_already", number: 1, version: 8 },
      { result: "there_already", number: 1, version: 8 },
    ]);
    assert.deepEqual(await send(digits, [...METERS].reverse()), { result: "there_already", number: 1, version: 8 });
    await line.close();
    await open(new DownlinkQueue(queue.file));
    assert.deepEqual(await send(digits), { result: "there_already", number: 1, version: 8 });
    assert.deepEqual(versions(), [8]);
  });

  it("refuses what is malformed or too long, in one line each, and takes the good one behind it", async () => {
    const digits = content(8);
    const malformed: (string | Buffer)[] = [
      ...["", "{", "null", "[]", "7", Buffer.from([0xff, 0xfe, 0x00])],
      JSON.stringify({ content: digits }),
      JSON.stringify({ content: digits.toLowerCase(), meters: METERS }),
      JSON.stringify({ content: "0", meters: METERS }),
      JSON.stringify({ content: digits, meters: [] }),
      JSON.stringify({ content: digits, meters: ["4711"] }),
      JSON.stringify({ content: digits, meters: METERS, update_file: "/etc/passwd" }),
      JSON.stringify({ content: "00".repeat(2049), meters: METERS }),
    ];
    const no_message = ["02", "01", digits.slice(0, 60)].map((bad) => JSON.stringify({ content: bad, meters: METERS }));
    const long = Buffer.alloc(PUSH_MAX_BYTES + 1, 0x20);
    const good = JSON.stringify({ content: digits, meters: METERS });
    const answers = await publish([...malformed, ...no_message, long, good]);
    const why = answers.map((answer) => (answer.result === "refused" ? answer.why : answer.result));
    for (const said of why.splice(0, malformed.length)) assert.match(said, /^push [0-9a-f]{16}: it is malformed/);
    for (const said of why.splice(0, no_message.length)) assert.match(said, /no message of this format|is malformed/);
    assert.match(why[0], /longer than a push can be/);
    assert.equal(why[1], "taken");
    const refused = malformed.length + no_message.length + 1;
    assert.deepEqual(line.counts, { pushes_taken: 1, pushes_refused: refused, pushes_dropped: 0 });
    assert.equal(logged.length, refused);
    for (const text of logged) assert.match(text, /^refused: push 0123456789abcdef: [\x20-\x7e]+$/);
  });

  it("refuses what no meter would take, and what is not for this gateway's, and says why", async () => {
    assert.equal((await send(content(8))).result, "taken");
    const thief = await signer("a thief's seed");
    const unsigned = hexOf(contentBytes(contentOf({ version: 9, emergency_milli: 1 })));
    const refusals: [string, string[], RegExp][] = [
      [content(7), METERS, /version 8 was pushed before/],
      [content(8), METERS, /version 8 was pushed before/],
      [content(9, region_signer, "600201"), METERS, /for region 600201, and this gateway is one of 600100/],
      [content(2147483647, thief), METERS, /not signed under that public key/],
      [unsigned, METERS, /it is not signed/],
      [content(9), [idOf(0), "99999999"], /meter 99999999 is none of this gateway's/],
    ];
    for (const [digits, meters, said] of refusals) {
      const answer = await send(digits, meters);
      assert.match(answer.result === "refused" ? answer.why : answer.result, said);
    }
    assert.equal((await send(content(9))).result, "taken", "no forged version has kept it out");
    assert.deepEqual(versions(), [8, 9]);
  });

  it("answers when the push is on the disk, and not before", async () => {
    const order: string[] = [];
    await line.close();
    const slow = new DownlinkQueue(queueFile());
    const change = slow.change.bind(slow);
    slow.change = async (work) => {
      await new Promise((resolve) => setTimeout(resolve, SLOW_DISK_MS));
      await change(work);
      order.push("durable");
    };
    await open(slow);
    await send(content(8)).then(({ result }) => order.push(result));
    assert.deepEqual(order, ["durable", "taken"]);
  });

  it("a queue that cannot be written is no taken push", async () => {
    await line.close();
    const file = queueFile();
    writeFileSync(file, "{}\n", { mode: 0o600 });
    await open(new DownlinkQueue(file));
    const answer = await send(content(8));
    assert.match(answer.result === "refused" ? answer.why : answer.result, /this line is not as it was written/);
    assert.equal(line.counts.pushes_taken, 0);
  });

  it(`looks at no more than ${ATTEMPTS_MAX} in a minute, and takes ${PUSHES_DAY_MAX} a day`, async () => {
    for (let version = 1; version <= PUSHES_DAY_MAX; version++)
      assert.equal((await send(content(version))).result, "taken");
    const over = await send(content(PUSHES_DAY_MAX + 1));
    assert.match(over.result === "refused" ? over.why : over.result, /16 pushes have come within a day/);
    const client = await connectAsync(broker.url);
    const { counts } = line;
    const seen = (): number => counts.pushes_taken + counts.pushes_refused + counts.pushes_dropped;
    // So few at a time that none has to wait.
    for (let turn = 0; turn < 2 * ATTEMPTS_MAX; turn++) {
      const before = seen();
      await client.publishAsync(`${PUSH_TOPIC}/${REGION}/${REQUEST}`, "{");
      await until(() => seen() > before);
    }
    assert.equal(counts.pushes_taken + counts.pushes_refused, ATTEMPTS_MAX);
    assert.equal(logged.length, counts.pushes_refused);
    const before = seen();
    await client.publishAsync(`${PUSH_TOPIC}/${REGION}/no-request`, "{");
    await until(() => seen() > before);
    await client.endAsync();
  });

  it("hears again when the broker has been away", async () => {
    await broker.stop();
    await broker.start(folder);
    const ask = async (): Promise<PushAnswer | undefined> =>
      sendPush(broker.url, { region: REGION, content: content(8), meters: METERS }, 500).catch(() => undefined);
    let answer = await ask();
    while (answer === undefined) answer = await ask();
    assert.equal(answer.result, "taken");
  });

  describe("the command", () => {
    const file = (version: number): string => {
      const name = join(folder, `${version}.signed`);
      writeFileSync(name, Buffer.from(content(version), "hex"));
      return name;
    };
    const push = (name: string, url = broker.url, ...words: string[]): Promise<Answer> =>
      answerOf("tariff", "push", name, "--meters", meters_file, "--mqtt", url, ...words);

    it("says what came of it: taken, there already, refused", async () => {
      const seven = file(7);
      const eight = file(8);
      const words = "version 8 for 3 meters of region 600100\n";
      assert.deepEqual(await push(eight), { exit_code: 0, out: `push 1: ${words}`, err: "" });
      assert.deepEqual(await push(eight), { exit_code: 0, out: `push 1 is there already: ${words}`, err: "" });
      const { out } = await push(eight, broker.url, "--json");
      const { number, result } = JSON.parse(out) as Record<string, unknown>;
      assert.deepEqual([number, result], [1, "there_already"]);
      const old = await push(seven);
      assert.deepEqual([old.exit_code, old.out], [1, ""]);
      assert.match(old.err, /^curbstop: .*7\.signed: the gateway refuses it: push [0-9a-f]{16}: version 8 .*\n$/);
    });

    it("says in one line that no gateway answers, or no broker is there, and what it does not take together", async () => {
      await assert.rejects(
        sendPush(broker.url, { region: "600201", content: content(8), meters: METERS }, 300),
        (error: Error & { exit_code?: number }) => {
          assert.match(error.message, /^mqtt:\/\/127\.0\.0\.1:\d+: no gateway of region 600201 answers \(is .*\)$/);
          return error.exit_code === 1;
        },
      );
      const absent = await push(file(8), `mqtt://name@127.0.0.1:${await freePort()}`);
      assert.equal(absent.exit_code, 1);
      assert.match(absent.err, /^curbstop: mqtt:\/\/127\.0\.0\.1:\d+: the broker cannot be reached[^\n]*\n$/);
      const both = await push(file(8), broker.url, "--queue", queue.file);
      assert.equal(both.exit_code, 2);
      const listen = ["radio", "listen", "--field", "--meters", meters_file, "--queue", queue.file];
      const half = await answerOf(...listen, "--mqtt", broker.url, "--region", REGION);
      assert.equal(half.exit_code, 2);
      assert.match(half.err, /--mqtt, --region and --public-key together/);
    });

    it("shows nothing of an answer that is none", async () => {
      await line.close();
      const liar = await connectAsync(broker.url);
      await liar.subscribeAsync(`${PUSH_TOPIC}/${REGION}/+`, { qos: 1 });
      liar.on("message", (topic) => {
        const why = "\u001b[2Jall is well";
        liar.publish(topic.replace(PUSH_TOPIC, ANSWER_TOPIC), JSON.stringify({ result: "refused", why }), { qos: 1 });
      });
      const { exit_code, err } = await push(file(8));
      assert.equal(exit_code, 1);
      assert.match(err, /^curbstop: what came back is no answer of a gateway[^\n]*\n$/);
      await liar.endAsync();
    });
  });
});

describe("gateway queue: pushes", () => {
  it("an update's versions are a row of their own", async () => {
    const folder = mkdtempSync(join(tmpdir(), "curbstop-pushes-"));
    const queue = new DownlinkQueue(join(folder, "gateway.queue"));
    const at = new Date().toISOString();
    const wish = { region: REGION, version: 100, content: "01", meters: METERS };
    await queue.change(() => [{ entry: "push", number: 1, at, ...wish, update_file: "two.update" }]);
    assert.deepEqual(await queue.addPush("a tariff", { ...wish, version: 8 }), { number: 2, is_new: true });
    rmSync(folder, { recursive: true });
  });
});
