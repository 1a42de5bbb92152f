/**
 * Frames of an update that is pushed: its manifest as a signed content, by the plan of any content, and then the
 * update's, table first. Each broadcast goes on where the last one ended, turn after turn, until every meter has said what
 * came of it; a turn that the law's airtime cuts off goes on in the next window.
 */
import { createHash } from "node:crypto";
import { createCarousel, fragmentFrame } from "../../firmware/carousel/fragments";
import type { RadioMode } from "../../firmware/modem/airtime";
import type { Address } from "../../firmware/radio/link";
import { updateFrame } from "../../firmware/update/fragment";
import { fragmentsOf, nameOf } from "../update/making";
import { readUpdateFile, type UpdateFile } from "../update/update_file";
import type { Push } from "./entries";
import { GatewayError } from "./gateway_error";
import { bestPlan, contentAirtime, PLANNED_LOSS, type Field } from "./plan";

/** A frame to many, made when it is sent. */
export interface BroadcastFrame {
  readonly content: () => number[];
  readonly airtime_us: number;
}

export interface Sender {
  readonly address: Address;
  readonly downlink_mode: RadioMode;
}

export interface Turn {
  /** Of all its frames. */
  readonly contents: readonly number[][];
  /** How many of them, in front, are the manifest's; and how many of those, whichever, are enough. */
  readonly manifest_frames: number;
  readonly manifest_count: number;
}

/** The manifest goes out as any content does, so that nearly all meters have it in the first turn. */
export function turnOf(update: UpdateFile, address: Address, field: Field): Turn {
  const { region, fragment_bytes } = update.manifest;
  const signed = Buffer.concat([update.signed_bytes, update.signature]);
  const { size, count, numbers } = bestPlan("code", signed.length, field);
  const carousel = createCarousel(region, [...signed], [...createHash("sha256").update(signed).digest()], size);
  const contents = numbers.map((n) => fragmentFrame(address, carousel, n));
  const name = nameOf(update.signed_bytes);
  for (const [number, piece] of fragmentsOf(update.image, fragment_bytes).entries())
    contents.push(updateFrame(address, region, name, number, [...piece]));
  return { contents, manifest_frames: numbers.length, manifest_count: count };
}

/** A turn of an update, from where the last broadcast has ended. */
export function updateFrames(push: Push, { address, downlink_mode }: Sender): BroadcastFrame[] {
  const file = push.update_file ?? "";
  const update = readUpdateFile(file);
  const signed = Buffer.concat([update.signed_bytes, update.signature]);
  if (signed.toString("hex").toUpperCase() !== push.content)
    throw new GatewayError(
      "bad_message",
      `${file}: it is another update than the one that was pushed (put that one back, and push this one under a name of its own)`,
    );
  const field = { meters: push.meters.length, loss: PLANNED_LOSS, mode: downlink_mode };
  const { contents } = turnOf(update, address, field);
  const first = push.frames % contents.length;
  return [...contents.slice(first), ...contents.slice(0, first)].map((bytes) => ({
    content: () => bytes,
    airtime_us: contentAirtime(downlink_mode, bytes),
  }));
}
