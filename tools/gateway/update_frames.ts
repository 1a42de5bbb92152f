/**
 * Frames of an update that is pushed: its manifest as a signed content, in the carousel's own fragments, and then the
 * update's, table first. Each broadcast goes on where the last one ended, turn after turn, until every meter has said what
 * came of it; a turn that the law's airtime cuts off goes on in the next window.
 */
import { createHash } from "node:crypto";
import { createCarousel, FRAGMENT_MAX_BYTES, fragmentCount, fragmentFrame } from "../../firmware/carousel/fragments";
import { airtimeUs, type RadioMode } from "../../firmware/modem/airtime";
import { frameB } from "../../firmware/radio/frames";
import type { Address } from "../../firmware/radio/link";
import { updateFrame } from "../../firmware/update/fragment";
import { fragmentsOf, nameOf } from "../update/making";
import { readUpdateFile } from "../update/update_file";
import type { Push } from "./entries";
import { GatewayError } from "./gateway_error";

/** A frame to many, made when it is sent. */
export interface BroadcastFrame {
  readonly content: () => number[];
  readonly airtime_us: number;
}

/** A turn of an update, from where the last broadcast has ended. */
export function updateFrames(
  push: Push,
  { address, downlink_mode }: { readonly address: Address; readonly downlink_mode: RadioMode },
): BroadcastFrame[] {
  const file = push.update_file ?? "";
  const update = readUpdateFile(file);
  const content = Buffer.concat([update.signed_bytes, update.signature]);
  if (content.toString("hex").toUpperCase() !== push.content)
    throw new GatewayError("bad_message", `${file}: it is another update than the one that was pushed (push it anew)`);
  const hash = [...createHash("sha256").update(content).digest()];
  const carousel = createCarousel(push.region, [...content], hash, FRAGMENT_MAX_BYTES);
  const manifest_count = fragmentCount(content.length, FRAGMENT_MAX_BYTES);
  const contents = Array.from({ length: manifest_count }, (_, n) => fragmentFrame(address, carousel, n));
  const name = nameOf(update.signed_bytes);
  for (const [number, piece] of fragmentsOf(update.image, update.manifest.fragment_bytes).entries())
    contents.push(updateFrame(address, push.region, name, number, [...piece]));
  const first = push.frames % contents.length;
  return [...contents.slice(first), ...contents.slice(0, first)].map((bytes) => ({
    content: () => bytes,
    airtime_us: airtimeUs(downlink_mode, frameB(bytes).length),
  }));
}
