/**
 * A meter with two slots for its firmware, on the simulator's clock: the boot code's twin chooses a slot at each power-up,
 * and the firmware of the simulated world runs in the place of either image. What a bad image does instead is told by its
 * first bytes.
 */
import assert from "node:assert/strict";
import { bytesText } from "../../../firmware/card/bytes";
import { frameA } from "../../../firmware/radio/frames";
import { attachRadio, attachStation, openStation } from "../../../firmware/radio/station";
import { updateFrame } from "../../../firmware/update/fragment";
import { manifestBytes, type Manifest } from "../../../firmware/update/manifest";
import { readHead } from "../../../firmware/update/slot";
import { UPDATE_FIRST, UPDATE_RESULTS } from "../../../firmware/update/update_results";
import type { UpdateSettings } from "../../../firmware/update/update_state";
import { attachUpdater } from "../../../firmware/update/updater";
import type { Meter } from "../../../firmware/state";
import type { NvmGeometry } from "../../../hal/nvm";
import {
  bootSlots,
  createFirmwareSlotsTwin,
  slotsPort,
  type FirmwareSlotsTwin,
} from "../../../sim/twins/firmware_slots";
import { programWhole } from "../../../sim/twins/nvm";
import { nvmGeometry } from "../../../sim/twins/nvm_parts";
import { cutPower } from "../../../sim/world/power_cut";
import { headerText } from "../../../tools/flash/slots";
import { signatureUnder } from "../../../tools/lms/key";
import { fragmentsOf, manifestOf, nameOf, type ManifestWish } from "../../../tools/update/making";
import { crc32 } from "node:zlib";
import { START_UTC_S } from "../samples";
import { HOUR_MS, SECOND_MS } from "../rig";
import { NODE_HASH } from "../crypto/made_signatures";
import { GATEWAY } from "../radio/samples";
import { Gateway, fitted, radio, turn, UTILITY, type Signer } from "../radio/gateway";

export const BOARD = "espruino-rak5010";
/** A slot of 32 KB: quick to cut at each of its operations. */
export const PART = nvmGeometry("nrf52-8x4k");
const OFF_MS = 20;

/** An image that is long enough for several parts of the table, and that no two bytes of which are there by chance. */
export function imageOf(name: string, length = 5000): Buffer {
  const seed = crc32(name);
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) bytes[i] = (seed + i * 31 + Math.floor(i / 7) * 17 + ((i * i) % 251)) % 256;
  bytes.write(name.padEnd(12));
  return bytes;
}

export function wish(changes: Partial<ManifestWish> = {}): ManifestWish {
  return {
    utility: UTILITY,
    region: "600100",
    key_revision: 1,
    version: 2,
    start_utc_s: 0,
    issued_utc_s: START_UTC_S,
    scope: "all",
    group: 0,
    meter: "",
    allow_down: false,
    board: BOARD,
    legal_sha256: new Array<number>(32).fill(7),
    fragment_bytes: 128,
    ...changes,
  };
}

export interface Update {
  readonly manifest: Manifest;
  /** Manifest and signature, as the carousel carries them. */
  readonly content: string;
  /** Frames of all fragments, by number. */
  readonly frames: number[][];
}

export function updateOf(by: Signer, image: Buffer, changes: Partial<ManifestWish> = {}): Update {
  const manifest = manifestOf(wish(changes), image);
  const signed = manifestBytes(manifest);
  const signature = signatureUnder(by.key, by.tree, by.leaf++ % 32, Buffer.from(signed));
  const name = nameOf(Uint8Array.from(signed));
  const frames = fragmentsOf(image, manifest.fragment_bytes).map((piece, number) =>
    frameA(updateFrame(GATEWAY, manifest.region, name, number, [...piece])),
  );
  return { manifest, content: bytesText([...signed, ...signature]), frames };
}

export interface UpdateRigOptions {
  readonly geometry?: NvmGeometry;
  readonly settings: UpdateSettings;
  /** The board has a native SHA-256. */
  readonly native?: boolean;
}

export class UpdateRig {
  readonly twin: FirmwareSlotsTwin;
  readonly gateway: Gateway;
  /** Images that were run, oldest first. */
  readonly ran: string[] = [];
  private restarting = false;

  constructor(readonly options: UpdateRigOptions) {
    this.twin = createFirmwareSlotsTwin(options.geometry ?? PART);
    this.gateway = fitted({ radio: radio({ listen_s: 3600 }) });
    this.factory("factory");
    this.world.attach_radio = (meter, settings) => this.attach(meter, settings);
    this.twin.on_restart = () => {
      this.restarting = true;
      this.cut();
    };
    this.powerCycle();
    this.gateway.window();
  }

  get rig(): Gateway["rig"] {
    return this.gateway.rig;
  }

  get world(): Gateway["rig"]["world"] {
    return this.rig.world;
  }

  /** What a cable has brought into the first slot. */
  private factory(name: string): void {
    const image = imageOf(name, 1000);
    const header = { sequence: 1, length_bytes: image.length, crc: crc32(image) };
    this.write(0, 0, headerText(header));
    this.write(0, 64, image.toString("latin1"));
  }

  private write(slot: number, address: number, text: string): void {
    const { page_bytes } = this.twin.slots[slot].geometry;
    for (let at = 0; at < text.length;) {
      const count = Math.min(page_bytes - ((address + at) % page_bytes), text.length - at);
      programWhole(this.twin.slots[slot], address + at, text.slice(at, at + count));
      at += count;
    }
  }

  /** The image that runs, by its name. */
  get image(): string {
    return this.ran.at(-1) ?? "";
  }

  private attach(meter: Meter, settings: Parameters<typeof attachRadio>[1]): string {
    for (const slot of this.twin.slots) slot.powered = true;
    const slot = bootSlots(this.twin);
    if (!this.world.powered) return "";
    assert.ok(slot >= 0, "the boot code finds a firmware");
    const twin = slotsPort(this.twin);
    const native = (address: number, length: number): number[] =>
      NODE_HASH.sha256([...Buffer.from(twin.spare.read(address, length), "latin1")]);
    const port = this.options.native === true ? { ...twin, spare_sha256: native } : twin;
    const head = readHead(port.running);
    assert.ok(head !== undefined);
    const name = port.running.read(head.image_first, 12).trim();
    this.ran.push(name);
    // A firmware with no idea of updates runs, and never confirms itself.
    if (name.startsWith("bad")) return attachRadio(meter, settings);
    const { station, fault } = openStation(meter, settings);
    if (station !== undefined) {
      assert.ok(attachUpdater(station, port, this.options.settings));
      attachStation(station);
    }
    return fault;
  }

  /** Takes the power away in this instant; it comes back by itself. */
  cut(): void {
    for (const slot of this.twin.slots) slot.powered = false;
    if (this.world.powered) cutPower(this.world, OFF_MS);
  }

  powerCycle(): this {
    this.cut();
    this.rig.pass(5 * SECOND_MS);
    return this;
  }

  get restarted(): boolean {
    return this.restarting;
  }

  /** Frames on the air, one after the other, in a window that is open as the daily one. */
  air(frames: readonly number[][]): this {
    this.world.radio.port.listen(HOUR_MS);
    for (const frame of frames) {
      this.gateway.put(frame);
      this.rig.pass(50);
    }
    return this;
  }

  /** The manifest, and time to verify and make room. */
  announce(update: Update): this {
    this.air(turn(update.content));
    this.rig.pass(20 * SECOND_MS);
    return this;
  }

  /** The codes of this event's values in the log. */
  values(code: string): number[] {
    return this.rig.events(code).map(({ value }) => value);
  }

  /** The last verdict that the meter has told. */
  told(): { version: number; result: string } | undefined {
    const verdict = this.gateway.verdicts().at(-1);
    if (verdict === undefined) return undefined;
    return { version: verdict.version, result: UPDATE_RESULTS[verdict.code - UPDATE_FIRST] ?? String(verdict.code) };
  }
}
