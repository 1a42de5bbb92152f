/**
 * Meters with a LoRaWAN modem (firmware/modem/rak3172.ts): a radio for the gateway that is a ChirpStack network server
 * (chirpstack.ts).
 *
 * A payload is a frame, on the port of the meters' settings; frames go out with check sums in format B, as every meter
 * reads them. A device is found by its meter's last frame: nothing goes to a meter that has not spoken since the gateway
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
import { networkRadio, publishNow } from "./network_radio";

export const GROUP_PACE_MS = 6000;
/** As long as a meter listens behind its telegram (firmware/radio/sending.ts, late_ms of its driver). */
const MESSAGE_LIFE_MS = 15_000;
const METER_NUMBER = /^\d{18}$/;

export interface LorawanMetersSettings {
  /** The broker of the server's MQTT integration. */
  readonly url: string;
  readonly application: string;
  readonly port: number;
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

/** The device of each meter that has spoken; of too many the one that was silent longest is forgotten. */
class Devices {
  private readonly euis = new Map<string, string>();

  note(id: string, eui: string): void {
    this.euis.delete(id);
    this.euis.set(id, eui);
    const [oldest] = this.euis.keys();
    if (this.euis.size > METERS_MAX) this.euis.delete(oldest);
  }

  of(id: string): string | undefined {
    return this.euis.get(id);
  }
}

/** Which meter an uplink is of; undefined when it is none of ours. */
function meterIn(uplink: Uplink, port: number): string | undefined {
  const id = uplink.port === port ? senderOf(uplink.payload) : undefined;
  return METER_NUMBER.test(uplink.name) && radioId(uplink.name) !== id ? undefined : id;
}

/** A frame as it goes out, with check sums. */
function payloadOf(content: number[]): number[] {
  const payload = frameB(content);
  // The server would take it, and throw it away when its turn comes.
  if (payload.length > LORAWAN_FRAME_MAX_BYTES) throw new Error("no data rate carries so long a frame");
  return payload;
}

/** Frames for all: into the group's queue, and no faster than it is emptied. */
function groupSender(
  { group, port, pace_ms, log }: LorawanMetersSettings,
  closing: AbortSignal,
): (payload: number[]) => Promise<void> {
  let said = "";
  const say = (line: string): void => {
    if (line !== said) log(line);
    said = line;
  };
  return async (payload) => {
    if (group === undefined) {
      say("nothing is sent to all meters: give --lorawan-api, --lorawan-group and --lorawan-token");
      throw new Error("there is no group");
    }
    try {
      await enqueueForGroup(group, port, payload, new Date(Date.now() + pace_ms + MESSAGE_LIFE_MS));
    } catch (error) {
      if (error instanceof GatewayError) say(error.message);
      throw error;
    }
    said = "";
    await wait(pace_ms, undefined, { signal: closing });
  };
}

export async function openLorawanMeters(settings: LorawanMetersSettings): Promise<LorawanMeters> {
  const { url, application, port, group } = settings;
  if (!isUuid(application) || (group !== undefined && !isUuid(group.group)))
    throw new GatewayError(
      "bad_argument",
      "--lorawan-application and --lorawan-group take the UUID that ChirpStack shows",
    );
  if (group !== undefined) await checkGroup(group);
  const client = await connectBroker(url, "--lorawan");
  const devices = new Devices();
  const closing = new AbortController();
  const toGroup = groupSender(settings, closing.signal);
  const { radio, hear } = networkRadio(CONTENT_MAX_BYTES_B, async (content) => {
    const receiver = receiverOf(content);
    if (receiver?.to === "all") return toGroup(payloadOf(content));
    const eui = receiver === undefined ? undefined : devices.of(receiver.id);
    if (eui === undefined) throw new Error("it is for nobody who was heard");
    const expires = new Date(Date.now() + MESSAGE_LIFE_MS);
    const { topic, text } = downlinkCommand(application, eui, port, payloadOf(content), expires);
    await publishNow(client, topic, text);
  });
  const counts = { frames: 0, frames_dropped: 0 };
  client.on("message", (topic, payload, { retain }) => {
    const uplink = retain ? undefined : readUplink(application, topic, payload);
    const id = uplink === undefined ? undefined : meterIn(uplink, port);
    if (uplink === undefined || id === undefined) {
      counts.frames_dropped += 1;
      return;
    }
    counts.frames += 1;
    devices.note(id, uplink.eui);
    hear(uplink.payload, uplink.rssi_dbm ?? NO_SIGNAL_DBM);
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
  return { radio, counts, close };
}
