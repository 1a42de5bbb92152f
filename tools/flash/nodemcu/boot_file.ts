/**
 * Boot file: `init.lua`, what NodeMCU runs when it starts. It runs the newest whole slot (slot_file.ts), and the other one
 * when the newest does not load or throws; without a whole slot it does nothing, and the console waits for an upload.
 *
 * A slot that an update by radio has filled (firmware/update/slot.ts) is run when it is confirmed, or once without that:
 * the boot file marks it as tried before it runs it; the next start runs the other one, unless the new firmware has
 * confirmed itself meanwhile. What throws in its trial has left timers and watches behind, so the board starts anew; and
 * what neither fails nor confirms itself is ended by an alarm. What was tried in vain is run only where nothing else is
 * whole. Whether an image is whole is told by the SHA-256 of the manifest that stands behind it (firmware/update/staging.ts).
 *
 * It sets two globals: `curbstop`, the exports of the bundle, and `curbstop_boot`: slot, sequence and SHA-256 of what runs,
 * what stood in the way of that or of a newer one, and how large a slot is that an update fills. Where the bundle exports
 * `start`, it is called with the name of the board - but not where it exports `boot` as well, which is the firmware alone
 * (firmware/index.ts), whose `start` wants a meter.
 *
 * The bundle is told the name of its slot, from which it reads its pieces (sim/bundle/lua_pieces.ts), and where it ends,
 * if that is not the end of the file.
 *
 * A file is hashed in parts, by the module crypto, so that it need not be in memory twice.
 */
import { MARK, MARK_CONFIRMED, MARK_TRIED } from "../../../firmware/update/slot";
import { bootLookText } from "../../update/boot_look";
import { HASHED_FIRST, HEADER_BYTES, NEW_FILE, SECTOR_BYTES, SLOT_FILES, UPDATE_SLOT_BYTES } from "./slot_file";

export const BOOT_FILE = "init.lua";
/** What is being written; nothing runs it. */
export const NEW_BOOT_FILE = "curbstop.boot";
/** First line of every boot file of ours. */
export const BOOT_SIGN = "--curbstop boot 2\n";
/** Longer than a trial (firmware/update/activation.ts), and as long as NodeMCU's alarms can be. */
const TRIAL_END_MS = 6_600_000;

/** All files that are ours. */
export const OWN_FILES = [...SLOT_FILES, NEW_FILE, NEW_BOOT_FILE] as const;

/** What looks at a slot: its head, how far it is, and what its image must hash to. */
const look = (record_first: number): string => `  local function part(name, from, length)
    local file = io.open(name, "r")
    if not file then return "" end
    file:seek("set", from)
    local text = file:read(length)
    file:close()
    return text or ""
  end
${bootLookText(record_first)}  local function look(name)
    local sha256, sequence = part(name, 0, ${HEADER_BYTES}):match("^%-%-curbstop 1 (%x+)\\n%-%-(%x+)\\n$")
    if not sha256 then return update_in(name) end
    return { slot = name, sha256 = sha256, sequence = tonumber(sequence, 16), from = ${HASHED_FIRST}, rank = 0 }
  end
`;

/** What runs one that was found: whole, marked when it is tried, told where its pieces are. */
const RUN = `  local function whole(found)
    local file, hash, left = io.open(found.slot, "r"), crypto.new_hash("SHA256"), (found.last or 1 << 30) - found.from
    file:seek("set", found.from)
    local text = file:read(math.min(left, 1024))
    while text do
      hash:update(text)
      left = left - #text
      text = left > 0 and file:read(math.min(left, 1024)) or nil
    end
    file:close()
    return encoder.toHex(hash:finalize()):lower() == found.sha256
  end
  local function loaded(found)
    if not found.last then return assert(loadfile(found.slot)) end
    local file, left = io.open(found.slot, "r"), found.last - found.from
    file:seek("set", found.from)
    local chunk, fault = load(function()
      local text = left > 0 and file:read(math.min(left, 1024)) or nil
      left = left - #(text or "")
      return text
    end, "@" .. found.slot)
    file:close()
    return assert(chunk, fault)
  end
  local function tries(found)
    local file = io.open(found.slot, "r+")
    if file then
      file:seek("set", ${MARK_TRIED})
      file:write("${MARK}${MARK}")
      file:close()
    end
    if not touched(found.slot) then error("a slot that takes no mark", 0) end
    tmr.create():alarm(${TRIAL_END_MS}, tmr.ALARM_SINGLE, function()
      if not is_set(found.slot, ${MARK_CONFIRMED}) then node.restart() end
    end)
  end
  local refused = ""
  local function run(found)
    if not found or curbstop_boot.slot ~= "" then return end
    local tried = false
    curbstop_boot.slot, curbstop_boot.sequence, curbstop_boot.sha256 = found.slot, found.sequence, found.sha256
    curbstop_boot.fault = refused
    local runs, fault = pcall(function()
      if not whole(found) then error("a firmware that is not whole", 0) end
      if found.rank == 1 then
        tries(found)
        tried = true
      end
      curbstop = loaded(found)(found.slot, found.last)
      if curbstop.start and not curbstop.boot then curbstop.start("BOARD") end
    end)
    if runs then return end
    if tried then return node.restart() end
    curbstop, refused = nil, tostring(fault)
    curbstop_boot.slot, curbstop_boot.sequence, curbstop_boot.sha256 = "", 0, ""
    curbstop_boot.fault = refused
    collectgarbage()
  end
`;

/** The text of the boot file of a board, for slots of updates of so many bytes. */
export function bootFileText(board: string, slot_bytes = UPDATE_SLOT_BYTES): string {
  const [first, second] = SLOT_FILES;
  return `${BOOT_SIGN}curbstop_boot = { slot = "", sequence = 0, sha256 = "", fault = "no firmware", slot_bytes = ${slot_bytes} }
do
${look(slot_bytes - SECTOR_BYTES)}${RUN.replace("BOARD", board)}  local a, b = look("${first}"), look("${second}")
  if not a or b and (b.rank == 2) == (a.rank == 2) and b.sequence > a.sequence or b and a.rank == 2 and b.rank < 2 then
    a, b = b, a
  end
  run(a)
  run(b)
end
`;
}
