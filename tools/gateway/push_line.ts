/**
 * Pushes by way of the MQTT broker: who signs prices and the gateway need not be one machine.
 *
 *   curbstop/push/REGION/REQUEST     {"content": "digits", "meters": ["00420001", ...]}      to the gateway
 *   curbstop/answer/REGION/REQUEST   {"result": "taken", "number": 3, "version": 8}          from it; or "there_already",
 *                                    {"result": "refused", "why": "..."}
 *
 * Both at QoS 1 and not retained. REGION is that of the content, six digits; REQUEST is drawn by who pushes, 16 digits of
 * lower-case hexadecimal, and only matches the answer to its question; the content is the signed message's bytes in
 * upper-case hexadecimal. The answer goes out when the push is on the gateway's disk. A push that is sent again, by the
 * broker or by a person, is the same one push. Topics of their own: who listens to wmbusmeters/# takes each for a meter.
 *
 * The broker is not trusted. Contents are signed, and the gateway holds each to its region's public key before it goes
 * into the queue: a forged one of the highest version would keep all genuine ones out for ever. What is left to a broker
 * that lies is to keep pushes back, to lie in its answers, and to waste time and airtime. Time is bounded by WAITING_MAX
 * pushes that wait and ATTEMPTS_MAX that are looked at in a minute; what is above is dropped and counted. Airtime is
 * bounded by PUSHES_DAY_MAX, and by the law.
 */
import { randomBytes } from "node:crypto";
import type { MqttClient } from "mqtt";
import { z } from "zod";
import { CONTENT_MAX_BYTES } from "../../firmware/carousel/fragments";
import { messageIn } from "../tariff/message_file";
import { connectBroker, noBroker, shownBroker, subscribe } from "./broker";
import { METERS_MAX, PUSH_WISH } from "./entries";
import { GatewayError } from "./gateway_error";
import type { KnownMeters } from "./meters_file";
import { wishOf } from "./push_wish";
import { WAITING_MAX, type DownlinkQueue, type PushWish } from "./queue";

export const PUSH_TOPIC = "curbstop/push";
export const ANSWER_TOPIC = "curbstop/answer";
/** Two digits a byte, a meter with its quotes and comma, and what is around them. */
export const PUSH_MAX_BYTES = 2 * CONTENT_MAX_BYTES + 11 * METERS_MAX + 64;
export const ATTEMPTS_MAX = 60;
export const PUSHES_DAY_MAX = 16;
const ANSWER_MAX_BYTES = 1024;
const WHY_MAX = 300;
const REQUEST_BYTES = 8;
const MINUTE_MS = 60_000;
const ANSWER_MS = 10_000;

const taken = { number: z.number().int().min(1), version: z.number().int().min(1) };
const ANSWER = z.discriminatedUnion("result", [
  z.strictObject({ result: z.literal("taken"), ...taken }),
  z.strictObject({ result: z.literal("there_already"), ...taken }),
  // It is shown on a terminal.
  z.strictObject({ result: z.literal("refused"), why: z.string().max(WHY_MAX).regex(/^[\x20-\x7e]*$/) }), // prettier-ignore
]);
export type PushAnswer = z.infer<typeof ANSWER>;

export interface PushLineParts {
  readonly queue: DownlinkQueue;
  readonly meters: KnownMeters;
  readonly region: string;
  /** Of the region, in hexadecimal. */
  readonly public_key: string;
  /** Hears of each refusal, in one line. */
  readonly log: (line: string) => void;
}

export interface PushLine {
  readonly counts: { pushes_taken: number; pushes_refused: number; pushes_dropped: number };
  close(): Promise<void>;
}

function objectIn(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString("utf8"));
  } catch {
    return undefined;
  }
}

/** Throws, with its reason, for what does not go into the queue. */
async function take(name: string, payload: Buffer, parts: PushLineParts): Promise<PushAnswer> {
  const { queue, meters, region, public_key } = parts;
  const refuse = (why: string): GatewayError => new GatewayError("push_refused", `${name}: ${why}`);
  if (payload.length > PUSH_MAX_BYTES) throw refuse(`it is longer than a push can be (${PUSH_MAX_BYTES} bytes)`);
  const said = PUSH_WISH.safeParse(objectIn(payload));
  if (!said.success) throw refuse("it is malformed (curbstop tariff push --mqtt makes it as it must be)");
  const message = messageIn(Buffer.from(said.data.content, "hex"), name);
  if (message.content.region !== region)
    throw refuse(`it is for region ${message.content.region}, and this gateway is one of ${region}`);
  const unknown = said.data.meters.find((id) => !meters.has(id));
  if (unknown !== undefined) throw refuse(`the meter ${unknown} is none of this gateway's`);
  const wish = wishOf(name, message, [...new Set(said.data.meters)], public_key);
  const { number, is_new } = await queue.addPush(name, wish, PUSHES_DAY_MAX);
  return { result: is_new ? "taken" : "there_already", number, version: wish.version };
}

/** Whether one more may be looked at. */
function createBound(): () => boolean {
  let began_ms = -Infinity;
  let attempts = 0;
  return () => {
    const now_ms = performance.now();
    if (now_ms - began_ms >= MINUTE_MS) [began_ms, attempts] = [now_ms, 0];
    attempts += 1;
    return attempts <= ATTEMPTS_MAX;
  };
}

function answerWith(client: MqttClient, topic: string, answer: PushAnswer): void {
  // Who asks through a broker that has gone away asks again.
  if (client.connected) client.publish(topic, JSON.stringify(answer), { qos: 1 });
}

/** Takes pushes of the region from the broker into the queue, one after the other, until it is closed. */
export async function openPushLine(url: string, parts: PushLineParts): Promise<PushLine> {
  const client = await connectBroker(url);
  const counts = { pushes_taken: 0, pushes_refused: 0, pushes_dropped: 0 };
  const mayLook = createBound();
  const front = `${PUSH_TOPIC}/${parts.region}/`;
  let waiting = 0;
  let work: Promise<void> = Promise.resolve();
  const judge = async (request: string, payload: Buffer): Promise<void> => {
    let answer: PushAnswer;
    try {
      answer = await take(`push ${request}`, payload, parts);
      if (answer.result === "taken") counts.pushes_taken += 1;
    } catch (error) {
      // Whatever came over the line, or stands in its way at the queue: the gateway goes on hearing its meters.
      const said = error instanceof Error ? error.message : String(error);
      const why = said.replace(/[^\x20-\x7e]/g, "?").slice(0, WHY_MAX);
      counts.pushes_refused += 1;
      parts.log(`refused: ${why}`);
      answer = { result: "refused", why };
    }
    answerWith(client, `${ANSWER_TOPIC}/${parts.region}/${request}`, answer);
  };
  client.on("message", (topic, payload) => {
    const request = topic.slice(front.length);
    const is_request = topic.startsWith(front) && /^[0-9a-f]{16}$/.test(request);
    if (!is_request || waiting >= WAITING_MAX || !mayLook()) {
      counts.pushes_dropped += 1;
      return;
    }
    waiting += 1;
    work = work.then(() => judge(request, payload)).finally(() => (waiting -= 1));
  });
  const close = async (): Promise<void> => {
    await work;
    await client.endAsync(true);
  };
  try {
    await subscribe(client, url, `${front}+`);
  } catch (error) {
    await close();
    throw error;
  }
  return { counts, close };
}

function firstAnswer(client: MqttClient): Promise<PushAnswer> {
  return new Promise((resolve, reject) => {
    client.once("message", (_topic, payload) => {
      const parsed = ANSWER.safeParse(payload.length > ANSWER_MAX_BYTES ? undefined : objectIn(payload));
      if (parsed.success) resolve(parsed.data);
      else reject(new GatewayError("no_answer", "what came back is no answer of a gateway (is it of this version?)"));
    });
  });
}

/** Sends a push to the gateway of its region, and waits for the answer. */
export async function sendPush(
  url: string,
  { region, content, meters }: Pick<PushWish, "region" | "content" | "meters">,
  wait_ms = ANSWER_MS,
): Promise<PushAnswer> {
  const client = await connectBroker(url);
  const request = randomBytes(REQUEST_BYTES).toString("hex");
  let limit: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const start = `curbstop radio listen --mqtt --region ${region}`;
    const why = `no gateway of region ${region} answers (is ${start} running? it is safe to push again)`;
    limit = setTimeout(() => {
      reject(new GatewayError("no_answer", `${shownBroker(url)}: ${why}`));
    }, wait_ms);
  });
  const ask = async (): Promise<void> => {
    await subscribe(client, url, `${ANSWER_TOPIC}/${region}/${request}`);
    try {
      await client.publishAsync(`${PUSH_TOPIC}/${region}/${request}`, JSON.stringify({ content, meters }), { qos: 1 });
    } catch (error) {
      throw noBroker(url, error instanceof Error ? error : new Error(String(error)));
    }
  };
  try {
    const [answer] = await Promise.race([Promise.all([firstAnswer(client), ask()]), late]);
    return answer;
  } finally {
    clearTimeout(limit);
    await client.endAsync(true);
  }
}
