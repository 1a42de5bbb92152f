/**
 * Meters with a LoRaWAN modem (firmware/modem/rak3172.ts): a radio for the gateway that is a ChirpStack network server
 * (chirpstack.ts).
 *
 * A payload is a frame, or a piece of one (firmware/modem/lorawan_pieces.ts), on the port of the meters' settings; frames
 * go out with check sums in format B, as every meter reads them, and in pieces of `payload_bytes`: the server sends in
 * class C at one rate to all, and throws away what is too long for it. A device is found by its meter's last frame: nothing goes to a meter that has not spoken since the gateway
 * started, which is no loss, because a message goes out behind a telegram. What is for all goes to a multicast group,
 * one frame each GROUP_PACE_MS, as the server sends them: "sent" is said when there is room for the next, so that the
 * gateway's window is that of the meters.
 *
 * The network server vouches for devices, and no more: what a frame says is proved by the frame. A device that is named by a
 * meter's number, as `curbstop keys lorawan` lists them, speaks for that meter alone. One of another name could say to be
 * another meter, and would get that one's messages, which it cannot read, until it speaks again. What is no frame is dropped
 * and counted, as is what was retained.
 */
import { setTimeout as wait } from "node:timers/promises";
import { CONTENT_MAX_BYTES_B, frameB } from "../../firmware/radio/frames";
import {
  createPieceBox,
  isPiece,
  PIECE_MIN_BYTES,
  piecesOf,
  takePiece,
  type PieceBox,
} from "../../firmware/modem/lorawan_pieces";
import { LORAWAN_FRAME_MAX_BYTES } from "../../firmware/radio_plate";
import { radioId } from "../../firmware/radio/radio_settings";
import type { Radio } from "../../hal/radio";
import { receiverOf, senderOf } from "./addressed";
import { connectBroker, subscribe } from "./broker";
import {
  checkGroup,
  downlinkCommand,
  enqueueForGroup,
  isUuid,
  readUplink,
  uplinkTopic,
  type GroupSettings,
  type Uplink,
} from "./chirpstack";
import { METERS_MAX } from "./entries";
import { NO_SIGNAL_DBM } from "./gateway";
import { GatewayError } from "./gateway_error";
import { networkRadio, publishNow, SEND_MS } from "./network_radio";

/** From a frame for a group, or a piece for a device, to the next one: the server's five seconds and one. */
export const GROUP_PACE_MS = 6000;
/** What RX2 of EU868 carries at SF12, and a group at SF7 or SF8. */
export const USUAL_PAYLOAD_BYTES = 51;
export const GROUP_PAYLOAD_BYTES = 222;
/** As long as a meter listens behind its telegram (firmware/radio/sending.ts, late_ms of its driver). */
const MESSAGE_LIFE_MS = 23_000;
const METER_NUMBER = /^\d{18}$/;

export interface LorawanMetersSettings {
  /** The broker of the server's MQTT integration. */
  readonly url: string;
  readonly application: string;
  readonly port: number;
  /** The longest payload for one meter, and for a group. */
  readonly payload_bytes: number;
  readonly group_payload_bytes: number;
  /** Without one, nothing is sent to all. */
  readonly group: GroupSettings | undefined;
  readonly pace_ms: number;
  /** Hears what is wrong with the group, a line each time that it is something else. */
  readonly log: (line: string) => void;
}

export interface LorawanMeters {
  readonly radio: Radio;
  readonly counts: { frames: number; frames_dropped: number };
  close(): Promise<void>;
}

/** What is known by a key; of too much the one that was not asked for longest is forgotten. */
class Recent<Value> {
  private readonly values = new Map<string, Value>();

  put(key: string, value: Value): void {
    this.values.delete(key);
    this.values.set(key, value);
    const [oldest] = this.values.keys();
    if (this.values.size > METERS_MAX) this.values.delete(oldest);
  }

  get(key: string): Value | undefined {
    return this.values.get(key);
  }
}

/** What the devices of an application say, put together, and which of them speaks for which meter. */
class Listening {
  readonly counts = { frames: 0, frames_dropped: 0 };
  /** EUI by meter. */
  readonly devices = new Recent<string>();
  /** By EUI. */
  private readonly boxes = new Recent<PieceBox>();

  constructor(private readonly port: number) {}

  /** The frame of an uplink, or of this and those before it; undefined when there is none yet, or none of ours. */
  take(uplink: Uplink | undefined): number[] | undefined {
    const is_long = uplink !== undefined && uplink.payload.length > LORAWAN_FRAME_MAX_BYTES;
    const is_piece = !is_long && uplink?.port === this.port && isPiece(uplink.payload);
    const frame =
      uplink !== undefined && is_piece ? takePiece(this.boxOf(uplink.eui), uplink.payload) : uplink?.payload;
    if (is_piece && frame === undefined) return undefined;
    const id = frame === undefined ? undefined : senderOf(frame);
    if (uplink === undefined || is_long || id === undefined || !this.mayBe(uplink, id)) {
      this.counts.frames_dropped += 1;
      return undefined;
    }
    this.counts.frames += 1;
    this.devices.put(id, uplink.eui);
    return frame;
  }

  private boxOf(eui: string): PieceBox {
    const box = this.boxes.get(eui) ?? createPieceBox();
    this.boxes.put(eui, box);
    return box;
  }

  private mayBe({ port, name }: Uplink, id: string): boolean {
    return port === this.port && (!METER_NUMBER.test(name) || radioId(name) === id);
  }
}

/** Frames for all: into the group's queue, and no faster than it is emptied. */
function groupSender(
  { group, port, pace_ms, log }: LorawanMetersSettings,
  closing: AbortSignal,
): (payloads: number[][], goes_on: () => void) => Promise<void> {
  let said = "";
  const say = (line: string): void => {
    if (line !== said) log(line);
    said = line;
  };
  return async (payloads, goes_on) => {
    if (group === undefined) {
      say("nothing is sent to all meters: give --lorawan-api, --lorawan-group and --lorawan-token");
      throw new Error("there is no group");
    }
    for (const payload of payloads) {
      try {
        await enqueueForGroup(group, port, payload, new Date(Date.now() + pace_ms + MESSAGE_LIFE_MS));
      } catch (error) {
        if (error instanceof GatewayError) say(error.message);
        throw error;
      }
      said = "";
      goes_on();
      await wait(pace_ms, undefined, { signal: closing });
      goes_on();
    }
  };
}

function checkSettings({ application, group, payload_bytes, group_payload_bytes }: LorawanMetersSettings): void {
  if (!isUuid(application) || (group !== undefined && !isUuid(group.group)))
    throw new GatewayError("bad_argument", "--lorawan-application and --lorawan-group take the UUID that ChirpStack shows"); // prettier-ignore
  const is_room = (most_bytes: number): boolean => most_bytes >= PIECE_MIN_BYTES && most_bytes <= LORAWAN_FRAME_MAX_BYTES; // prettier-ignore
  if (!is_room(payload_bytes) || !is_room(group_payload_bytes))
    throw new GatewayError("bad_argument", `a payload has ${PIECE_MIN_BYTES} to ${LORAWAN_FRAME_MAX_BYTES} bytes (--lorawan-payload, --lorawan-group-payload)`); // prettier-ignore
}

/** `send_ms`: the time for each step of a frame. */
export async function openLorawanMeters(settings: LorawanMetersSettings, send_ms = SEND_MS): Promise<LorawanMeters> {
  checkSettings(settings);
  const { url, application, port, group, payload_bytes, group_payload_bytes } = settings;
  if (group !== undefined) await checkGroup(group);
  const client = await connectBroker(url, "--lorawan");
  const listening = new Listening(port);
  const closing = new AbortController();
  const toGroup = groupSender(settings, closing.signal);
  let sent = 0;
  const piecesFor = (content: number[], most_bytes: number): number[][] =>
    piecesOf(frameB(content), most_bytes, sent++);
  const { radio, hear } = networkRadio(
    CONTENT_MAX_BYTES_B,
    async (content, goes_on) => {
      const receiver = receiverOf(content);
      if (receiver?.to === "all") return toGroup(piecesFor(content, group_payload_bytes), goes_on);
      const eui = receiver === undefined ? undefined : listening.devices.get(receiver.id);
      if (eui === undefined) throw new Error("it is for nobody who was heard");
      let life_ms = MESSAGE_LIFE_MS;
      for (const payload of piecesFor(content, payload_bytes)) {
        const expires = new Date(Date.now() + life_ms);
        life_ms += GROUP_PACE_MS;
        const { topic, text } = downlinkCommand(application, eui, port, payload, expires);
        await publishNow(client, topic, text);
        goes_on();
      }
    },
    send_ms,
  );
  client.on("message", (topic, text, { retain }) => {
    const uplink = retain ? undefined : readUplink(application, topic, text);
    const frame = listening.take(uplink);
    if (frame !== undefined) hear(frame, uplink?.rssi_dbm ?? NO_SIGNAL_DBM);
  });
  try {
    await subscribe(client, url, uplinkTopic(application));
  } catch (error) {
    await client.endAsync(true);
    throw error;
  }
  const close = (): Promise<void> => {
    closing.abort();
    return client.endAsync(true);
  };
  return { radio, counts: listening.counts, close };
}
