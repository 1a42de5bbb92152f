/**
 * File of an update: what is signed, its signature, and the image, together.
 *
 *    0  4  magic, "CSUP"
 *    4  2  length of the manifest, m
 *    6  2  length of the signature, s; 0 while it is not signed
 *    8  m  manifest (firmware/update/manifest.ts)
 *  8+m  s  signature
 *  ..      image, as long as the manifest says
 *
 * Most significant byte first. A file whose image is not the manifest's is refused wherever one is read.
 */
import fs from "node:fs";
import { SIGNATURE_MAX_BYTES } from "../../firmware/crypto/lms";
import { IMAGE_MAX_BYTES, MANIFEST_MAX_BYTES, readManifest, type Manifest } from "../../firmware/update/manifest";
import { fileError } from "../../sim/scenario/load";
import { UserError } from "../../sim/scenario/user_error";
import { imageFault } from "./making";

const MAGIC = "CSUP";
const HEAD_BYTES = 8;
const FILE_MAX_BYTES = HEAD_BYTES + MANIFEST_MAX_BYTES + SIGNATURE_MAX_BYTES + IMAGE_MAX_BYTES;

export interface UpdateFile {
  readonly manifest: Manifest;
  /** What is signed. */
  readonly signed_bytes: Buffer;
  /** Of no bytes while it is not signed. */
  readonly signature: Buffer;
  readonly image: Buffer;
}

export function updateFileBytes({ signed_bytes, signature, image }: Omit<UpdateFile, "manifest">): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.write(MAGIC);
  head.writeUInt16BE(signed_bytes.length, 4);
  head.writeUInt16BE(signature.length, 6);
  return Buffer.concat([head, signed_bytes, signature, image]);
}

function bytesOf(file: string): Buffer {
  try {
    const { size } = fs.statSync(file);
    if (size > FILE_MAX_BYTES) throw new UserError(`${file}: it is longer than any update (is it the right file?)`);
    return fs.readFileSync(file);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw fileError(file, error);
  }
}

/** Reads a file of `update make` or `update sign`; throws a UserError with one line. */
export function readUpdateFile(file: string): UpdateFile {
  const bytes = bytesOf(file);
  if (bytes.length < HEAD_BYTES || bytes.toString("latin1", 0, 4) !== MAGIC)
    throw new UserError(`${file}: this is no file of an update (curbstop update make writes them)`);
  const manifest_end = HEAD_BYTES + bytes.readUInt16BE(4);
  const signature_end = manifest_end + bytes.readUInt16BE(6);
  const signed_bytes = bytes.subarray(HEAD_BYTES, manifest_end);
  const manifest = readManifest([...signed_bytes]);
  const image = bytes.subarray(signature_end);
  if (manifest === undefined || signature_end > bytes.length || imageFault(manifest, image) !== "")
    throw new UserError(`${file}: this update is malformed (make it again: curbstop update make)`);
  return { manifest, signed_bytes, signature: bytes.subarray(manifest_end, signature_end), image };
}
