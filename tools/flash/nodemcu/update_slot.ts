/**
 * What stands in a slot file that an update by radio has filled (firmware/update/slot.ts), read over the console by the
 * firmware's own functions: an upload must neither take it for rubbish nor number itself below it.
 */
import {
  IMAGE_FIRST,
  MARK_CONFIRMED,
  MARK_PENDING,
  markSet,
  readHead,
  SLOT_MAGIC,
} from "../../../firmware/update/slot";
import { manifestIn } from "../../../firmware/update/staging";
import { MANIFEST_MAX_BYTES } from "../../../firmware/update/manifest";
import { memoryOf } from "../update_slot";
import type { NodemcuConsole } from "./console";
import { SECTOR_BYTES, UPDATE_SLOT_BYTES, type SlotHeader, type SlotName } from "./slot_file";

const RECORD_FIRST = UPDATE_SLOT_BYTES - SECTOR_BYTES;
const RECORD_HEAD_BYTES = 16;
const HASH_LIMIT_MS = 60_000;

/** cs_p(file, count): the parts of a run of an open file. */
const PARTS_HELPER =
  'function cs_p(f,l)return function()local p=l>0 and f:read(math.min(l,512))or nil l=l-#(p or"")return p end end';
/** cs_i(name, first, count): SHA-256 of a run of a file. */
const IMAGE_HASH_HELPER = [
  'function cs_i(n,o,l)local f,m=assert(io.open(n,"r")),crypto.new_hash("SHA256")f:seek("set",o)',
  "for p in cs_p(f,l)do m:update(p)end f:close()return encoder.toHex(m:finalize()):lower()end",
].join("");

/** A run of a file, or as much of it as there is. */
export async function textAt(console: NodemcuConsole, file: string, first: number, count: number): Promise<string> {
  const read = `local f=assert(io.open("${file}","r"))f:seek("set",${first})local t=f:read(${count})f:close()`;
  return Buffer.from(await console.ask('encoder.toBase64(t or"")', read), "base64").toString("latin1");
}

/**
 * The header of an update that is whole and confirmed, or runs; undefined for any other: what is only being collected, or
 * waits for its trial, is given up for what comes by cable.
 */
export async function readUpdateSlot(
  console: NodemcuConsole,
  slot: SlotName,
  running: string,
): Promise<SlotHeader | undefined> {
  const front = await textAt(console, slot, 0, IMAGE_FIRST);
  if (!front.startsWith(SLOT_MAGIC)) return undefined;
  const record = await textAt(console, slot, RECORD_FIRST, RECORD_HEAD_BYTES + MANIFEST_MAX_BYTES);
  const memory = memoryOf(UPDATE_SLOT_BYTES, [
    [0, front],
    [RECORD_FIRST, record],
  ]);
  const [head, manifest] = [readHead(memory), manifestIn(memory)];
  if (head === undefined || manifest === undefined) return undefined;
  const runs = slot === running && markSet(memory, MARK_PENDING);
  const confirmed = markSet(memory, MARK_CONFIRMED);
  if (!confirmed && !runs) return undefined;
  const wanted = Buffer.from(manifest.image_sha256).toString("hex");
  await console.ask('""', PARTS_HELPER);
  await console.ask('""', IMAGE_HASH_HELPER);
  const found = await console.ask(`cs_i("${slot}",${IMAGE_FIRST},${head.image_bytes})`, "", HASH_LIMIT_MS);
  return found === wanted ? { sequence: head.sequence, sha256: wanted, confirmed } : undefined;
}
