/**
 * Boot code in Lua looks at a slot that an update by radio has filled (firmware/update/slot.ts says what stands in it), as
 * text for the boards whose boot code is Lua: NodeMCU's init.lua (../flash/nodemcu/boot_file.ts) and LuatOS's main.lua
 * (../build/luatos_main.ts).
 *
 * It needs a function `part(slot, from, length)`, bytes of a slot, of which there may be fewer; and makes
 *
 *   is_set(slot, mark), touched(slot)   of the marks
 *   update_in(slot)   { slot, sha256, sequence, from, last, rank } where head and manifest have their checks and the slot is
 *                     worth a boot: rank 0 confirmed, 1 pending, 2 tried in vain; else nothing
 *
 * The image is from byte `from` to byte `last`, and whole when it has the SHA-256, which is the manifest's.
 */
import { IMAGE_FIRST, MARK, MARK_CONFIRMED, MARK_PENDING, MARK_TRIED, SLOT_MAGIC } from "../../firmware/update/slot";

/** The checked part of a head. */
const HEAD_BYTES = 40;

/** The text, for slots whose record (firmware/update/staging.ts) begins here. */
export function bootLookText(record_first: number): string {
  return `  local function crc(text)
    local value = 0xffffffff
    for place = 1, #text do
      value = value ~ text:byte(place)
      for _ = 1, 8 do value = value & 1 == 1 and value >> 1 ~ 0xedb88320 or value >> 1 end
    end
    return ~value & 0x7fffffff
  end
  local function is_set(slot, mark)
    local text = part(slot, mark, 16)
    return text:sub(1, 8) == "${MARK}" or text:sub(9) == "${MARK}"
  end
  local function touched(slot) return part(slot, ${MARK_TRIED}, 16) ~= ("\\255"):rep(16) end
  local function update_in(slot)
    local head = part(slot, 0, ${HEAD_BYTES})
    local word = ("%%x"):rep(8)
    local number, count, _, check = head:match((("^${SLOT_MAGIC}(W)(W)(W)(W)    "):gsub("W", word)))
    if not number or crc(head:sub(1, 28)) ~= tonumber(check, 16) then return end
    local length, sum = part(slot, ${record_first}, 16):match((("^CSBM(%x%x%x%x)(W)$"):gsub("W", word)))
    local manifest = length and part(slot, ${record_first + 16}, tonumber(length, 16)) or ""
    if #manifest < 100 or crc(manifest) ~= tonumber(sum, 16) then return end
    local ids = 33 + manifest:byte(32)
    local bytes = tonumber(count, 16)
    if #manifest < ids + 68 or string.unpack(">I4", manifest, ids + 64) ~= bytes then return end
    local rank = is_set(slot, ${MARK_CONFIRMED}) and 0 or touched(slot) and 2 or is_set(slot, ${MARK_PENDING}) and 1
    return rank and {
      slot = slot, sequence = tonumber(number, 16), from = ${IMAGE_FIRST}, last = ${IMAGE_FIRST} + bytes, rank = rank,
      sha256 = (manifest:sub(ids + 32, ids + 63):gsub(".", function(c) return ("%02x"):format(c:byte()) end)),
    } or nil
  end
`;
}
