/**
 * Frames of a scenario that are made before the run: messages to its meter, sealed as a gateway does it, and the
 * fragments of a signed message. What signs is not here: a scenario carries the message with its signature.
 */
import { hexBytes, hexText } from "../../firmware/card/bytes";
import { createCarousel, fragmentFrame } from "../../firmware/carousel/fragments";
import { createSha256 } from "../../firmware/crypto/sha256";
import { downlinkTelegram } from "../../firmware/radio/downlink";
import { frameA } from "../../firmware/radio/frames";
import { DEVICE_WATER, type Address } from "../../firmware/radio/link";
import { messageRecords } from "../../firmware/radio/message";
import { radioId } from "../../firmware/radio/radio_settings";
import { MANUFACTURER, TELEGRAM_VERSION } from "../../firmware/radio/uplink";
import { createCryptoTwin } from "../twins/crypto";
import type { Step } from "./schema";
import type { Meter } from "./settings_schema";

type RadioFrames = Exclude<NonNullable<Step["radio"]>, string>;

const FRAGMENT_BYTES = 180;
/** A radio converter. */
const DEVICE_GATEWAY = 0x36;
const GATEWAY: Address = { manufacturer: MANUFACTURER, id: "00000001", version: 1, device_type: DEVICE_GATEWAY };

function sealedFrame(message: NonNullable<RadioFrames["message"]>, meter: Meter, master_key: string): string {
  const id = radioId(meter.meter_number);
  const header = {
    gateway: GATEWAY,
    meter: { manufacturer: MANUFACTURER, id, version: TELEGRAM_VERSION, device_type: DEVICE_WATER },
    access: message.counter % 256,
    counter: message.counter,
    is_next: message.counter % 2 === 1,
  };
  const records = messageRecords(message.kind, message.request, hexBytes(message.body));
  return hexText(frameA(downlinkTelegram(createCryptoTwin(), hexBytes(master_key), header, records)));
}

/** In hexadecimal, in the order in which they arrive. */
export function madeFrames({ message, signed }: RadioFrames, meter: Meter): string[] {
  if (message !== undefined) return [sealedFrame(message, meter, meter.radio?.master_key ?? "")];
  const content = hexBytes(signed ?? "");
  const carousel = createCarousel(meter.region, content, createSha256()(content), FRAGMENT_BYTES);
  return carousel.fragments.map((_, number) => hexText(frameA(fragmentFrame(GATEWAY, carousel, number))));
}
