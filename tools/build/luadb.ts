/**
 * LuaDB: the read-only file system in which LuatOS finds its scripts, `script.bin`. From
 * https://wiki.luatos.com/develop/contribute/luadb.html, and from how LuatOS mounts it (luat/vfs/luat_fs_luadb.c) and
 * checks what comes as an update (luat_luadb_checkfile). Little endian.
 *
 *    0   6  01 04, magic 5A A5 5A A5
 *    6   4  02 02, version 2
 *   10   6  03 04, length of this head: 24
 *   16   4  04 02, number of files, with the last one
 *   20   4  FE 02, sum of bytes 0 to 21
 *
 * and for each file
 *
 *    0   6  01 04, magic 5A A5 5A A5
 *    6   2  02, length n of the name; n bytes of name
 *  8+n   6  03 04, length of the file
 * 14+n   4  FE 02, sum of bytes 0 to 15+n
 * 18+n      the file
 *
 * The last file is `.airm2m_all_crc#.bin`: MD5 of all bytes before it, its own head included. The document calls the two
 * sums CRC-16 and the version 00 02; the maker's own packer and the check on the board have a sum and 02 00, as here, and
 * mounting reads past all of them. Only the MD5 tells a package that was spoilt: it is no protection against a person.
 */
import { createHash } from "node:crypto";

export const PACKAGE_NAME = "script.bin";

const MAGIC = Buffer.from([0x01, 0x04, 0x5a, 0xa5, 0x5a, 0xa5]);
const HEAD_BYTES = 24;
const VERSION = 2;
const TAG_VERSION = 2;
const TAG_NAME = 2;
const TAG_LENGTH = 3;
const TAG_COUNT = 4;
const TAG_SUM = 0xfe;
const DIGEST_NAME = ".airm2m_all_crc#.bin";
const DIGEST_BYTES = 16;
/** LuatOS keeps a name in 32 bytes. */
const NAME_MAX = 31;
const FILES_MAX = 1024;
/** What LuatOS takes as an update. */
const PACKAGE_MAX_BYTES = 1024 * 1024;

export interface PackedFile {
  readonly name: string;
  readonly bytes: Buffer;
}

function field(tag: number, value: number, width: 2 | 4): Buffer {
  const bytes = Buffer.alloc(2 + width);
  bytes[0] = tag;
  bytes[1] = width;
  bytes.writeUIntLE(value, 2, width);
  return bytes;
}

/** The parts and a sum of their bytes, its own tag among them. */
function summed(...parts: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat([...parts, Buffer.from([TAG_SUM, 2])]);
  const sum = Buffer.alloc(2);
  sum.writeUInt16LE(bytes.reduce((total, byte) => total + byte, 0) % 65_536);
  return Buffer.concat([bytes, sum]);
}

function headOf(files: number): Buffer {
  return summed(MAGIC, field(TAG_VERSION, VERSION, 2), field(TAG_LENGTH, HEAD_BYTES, 4), field(TAG_COUNT, files, 2));
}

function fileHead(name: string, length: number): Buffer {
  if (!/^[ -~]+$/.test(name) || name.length > NAME_MAX) throw new Error(`${name} is no name of a file in a LuaDB`);
  const named = Buffer.concat([Buffer.from([TAG_NAME, name.length]), Buffer.from(name, "latin1")]);
  return summed(MAGIC, named, field(TAG_LENGTH, length, 4));
}

function md5(bytes: Buffer): Buffer {
  return createHash("md5").update(bytes).digest();
}

/** A package of these files, in their order. */
export function packLuadb(files: readonly PackedFile[]): Buffer {
  if (files.length === 0 || files.length >= FILES_MAX) throw new Error(`a LuaDB of ${files.length} files`);
  const parts = files.flatMap(({ name, bytes }) => [fileHead(name, bytes.length), bytes]);
  const hashed = Buffer.concat([headOf(files.length + 1), ...parts, fileHead(DIGEST_NAME, DIGEST_BYTES)]);
  const packed = Buffer.concat([hashed, md5(hashed)]);
  if (packed.length > PACKAGE_MAX_BYTES) throw new Error(`a LuaDB of ${packed.length} bytes is more than LuatOS takes`);
  return packed;
}

/** The files of a package, or the first thing that is wrong with it. Every length is checked before it is used. */
export function readLuadb(packed: Buffer): readonly PackedFile[] | { readonly fault: string } {
  if (packed.length < HEAD_BYTES || packed.length > PACKAGE_MAX_BYTES) return { fault: "its length" };
  const count = packed.readUInt16LE(18);
  if (!packed.subarray(0, HEAD_BYTES).equals(headOf(count))) return { fault: "its head" };
  const files: PackedFile[] = [];
  let place = HEAD_BYTES;
  for (let number = 1; number <= count; number++) {
    const length_of_name = packed[place + MAGIC.length + 1] ?? 0;
    const name_at = place + MAGIC.length + 2;
    const length_at = name_at + length_of_name + 2;
    if (length_of_name === 0 || length_of_name > NAME_MAX || length_at + 8 > packed.length)
      return { fault: `the head of file ${number}` };
    const name = packed.toString("latin1", name_at, name_at + length_of_name);
    const length = packed.readUInt32LE(length_at);
    const start = length_at + 8;
    if (!/^[ -~]+$/.test(name) || !packed.subarray(place, start).equals(fileHead(name, length)))
      return { fault: `the head of file ${number}` };
    if (start + length > packed.length) return { fault: `the end of ${name}` };
    files.push({ name, bytes: packed.subarray(start, start + length) });
    place = start + length;
  }
  const last = files.pop();
  if (place !== packed.length || last?.name !== DIGEST_NAME) return { fault: "its end" };
  return md5(packed.subarray(0, place - DIGEST_BYTES)).equals(last.bytes) ? files : { fault: "its MD5" };
}
