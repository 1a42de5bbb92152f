/**
 * Boot file: `init.lua`, what NodeMCU runs when it starts. It runs the newest whole slot (slot_file.ts), and the other one
 * when the newest does not load or throws; without a whole slot it does nothing, and the console waits for an upload.
 *
 * It sets two globals: `curbstop`, the exports of the bundle, and `curbstop_boot`: slot, sequence and SHA-256 of what runs,
 * and what stood in the way of that or of a newer one. Where the bundle exports `start`, it is called with the name of the board - but not where it
 * exports `boot` as well, which is the firmware alone (firmware/index.ts), whose `start` wants a meter.
 *
 * The bundle is told the name of its slot, from which it reads its pieces (sim/bundle/lua_pieces.ts).
 *
 * A file is hashed in parts, by the module crypto, so that it need not be in memory twice.
 */
import { HASHED_FIRST, HEADER_BYTES, NEW_FILE, SLOT_FILES } from "./slot_file";

export const BOOT_FILE = "init.lua";
/** What is being written; nothing runs it. */
export const NEW_BOOT_FILE = "curbstop.boot";
/** First line of every boot file of ours. */
export const BOOT_SIGN = "--curbstop boot 1\n";

/** All files that are ours. */
export const OWN_FILES = [...SLOT_FILES, NEW_FILE, NEW_BOOT_FILE] as const;

/** The text of the boot file of a board. */
export function bootFileText(board: string): string {
  const [first, second] = SLOT_FILES;
  return `${BOOT_SIGN}curbstop_boot = { slot = "", sequence = 0, sha256 = "", fault = "no firmware" }
do
  local function look(name)
    local file = io.open(name, "r")
    if not file then return end
    local head = file:read(${HEADER_BYTES})
    file:close()
    local sha256, sequence = string.match(head or "", "^%-%-curbstop 1 (%x+)\\n%-%-(%x+)\\n$")
    if sha256 then return { slot = name, sha256 = sha256, sequence = tonumber(sequence, 16) } end
  end
  local function whole(found)
    local file, hash = io.open(found.slot, "r"), crypto.new_hash("SHA256")
    file:seek("set", ${HASHED_FIRST})
    local part = file:read(1024)
    while part do
      hash:update(part)
      part = file:read(1024)
    end
    file:close()
    return encoder.toHex(hash:finalize()):lower() == found.sha256
  end
  local refused = ""
  local function run(found)
    if not found or curbstop_boot.slot ~= "" then return end
    local runs, fault = pcall(function()
      if not whole(found) then error("a firmware that is not whole", 0) end
      curbstop = assert(loadfile(found.slot))(found.slot)
      if curbstop.start and not curbstop.boot then curbstop.start("${board}") end
    end)
    if runs then
      curbstop_boot.slot, curbstop_boot.sequence, curbstop_boot.sha256 = found.slot, found.sequence, found.sha256
      curbstop_boot.fault = refused
    else
      curbstop, refused = nil, tostring(fault)
      curbstop_boot.fault = refused
      collectgarbage()
    end
  end
  local a, b = look("${first}"), look("${second}")
  if not a or b and b.sequence > a.sequence then a, b = b, a end
  run(a)
  run(b)
end
`;
}
