/**
 * From an image to what meters are given of it: the manifest's numbers and hashes, and the fragments by their numbers
 * (firmware/update/manifest.ts).
 */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import {
  filledBytes,
  HASH_BYTES,
  imageFragments,
  manifestBytes,
  tableFragments,
  type Manifest,
} from "../../firmware/update/manifest";
import { NAME_BYTES } from "../../firmware/update/fragment";

/** What is not in the image. */
export type ManifestWish = Omit<Manifest, "image_sha256" | "image_bytes" | "image_crc" | "table_hashes">;

const CRC_END = 2 ** 31;

function hashOf(piece: Uint8Array): Buffer {
  return createHash("sha256").update(piece).digest().subarray(0, HASH_BYTES);
}

function cut(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, place) =>
    bytes.subarray(place * size, (place + 1) * size),
  );
}

/** Table and image in their fragments, by number. */
export function fragmentsOf(image: Buffer, fragment_bytes: number): Buffer[] {
  const filled = Buffer.alloc(filledBytes(image.length), " ");
  image.copy(filled);
  const pieces = cut(filled, fragment_bytes);
  const table = Buffer.alloc(tableFragments(image.length, fragment_bytes) * fragment_bytes);
  Buffer.concat(pieces.map(hashOf)).copy(table);
  return [...cut(table, fragment_bytes), ...pieces];
}

export function manifestOf(wish: ManifestWish, image: Buffer): Manifest {
  const table_count = tableFragments(image.length, wish.fragment_bytes);
  const table = fragmentsOf(image, wish.fragment_bytes).slice(0, table_count);
  return {
    ...wish,
    image_sha256: [...createHash("sha256").update(image).digest()],
    image_bytes: image.length,
    image_crc: crc32(image) % CRC_END,
    table_hashes: Buffer.concat(table.map(hashOf)).toString("latin1"),
  };
}

/** What is wrong between a manifest and an image; "" when they belong together. */
export function imageFault(manifest: Manifest, image: Buffer): string {
  if (image.length !== manifest.image_bytes) return `the image has ${image.length} bytes, not ${manifest.image_bytes}`;
  const made = manifestOf(manifest, image);
  return Buffer.from(manifestBytes(made)).equals(Buffer.from(manifestBytes(manifest)))
    ? ""
    : "the image is another one";
}

/** The name that fragments have of their update. */
export function nameOf(signed_bytes: Uint8Array): number[] {
  return [...createHash("sha256").update(signed_bytes).digest().subarray(0, NAME_BYTES)];
}

/** Fragments of an update, and the bytes of one, as meters count them. */
export function fragmentCountOf(manifest: Manifest): number {
  const { image_bytes, fragment_bytes } = manifest;
  return tableFragments(image_bytes, fragment_bytes) + imageFragments(image_bytes, fragment_bytes);
}
