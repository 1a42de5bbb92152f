/**
 * main.lua of LuatOS: a board's bundle with what makes a module run it: the names that LuatOS asks for, the boot code, and
 * the loop, in which callbacks of pins and lines run by themselves and a timer's number comes back.
 *
 * The same text is what LuaTools brings onto a module, in its package, and what an update by radio brings into a slot of the
 * memory beside it. Run by LuatOS it is boot code first; run by another main.lua's boot code, which hands it a reader of its
 * slot and where it ends, it is the bundle alone; and where there is no LuatOS nothing is started, and the exports are there
 * as in any bundle. The pieces of the bundle stay at its end, where they are looked for (sim/bundle/lua_pieces.ts).
 *
 * Of the two slots (firmware/update/slot.ts) the newest is run that is whole and confirmed, or once, marked as tried, one
 * that is pending; where there is none, the firmware of the package. So an update never costs the way back, and what comes
 * by LuaTools is taken at once: the first sector of the memory's part says to which package the slots belong,
 *
 *    0   4  "CSBB"
 *    4  16  the first half of the bundle's SHA-256, hexadecimal
 *
 * and under another one both slots lose their heads before that sector is written anew, wherever the power goes. A chip
 * that does not answer is believed nothing: not that the sector is another one.
 *
 * An error restarts the module at once; LuatOS by itself would wait for 15 s, in which water runs. It ends a trial, as a reset
 * does; and one that neither fails nor confirms itself is ended by a timer. What does not load is passed over in the same
 * boot. The last call is a tail call, so that the boot code need not stay in a heap that is nearly full.
 *
 * `curbstop_boot` is what the firmware knows of it: slot "a", "b" or "" for the package's, and the sequence of what runs.
 */
import { createHash } from "node:crypto";
import { MARK, MARK_CONFIRMED, MARK_TRIED } from "../../firmware/update/slot";
import { OPENING } from "../../sim/bundle/lua_pieces";
import { bootLookText } from "../update/boot_look";
import type { Board } from "./board_schema";

const BASE_MAGIC = "CSBB";
const BASE_DIGITS = 16;
const SECTOR_BYTES = 4096;
/** Longer than an erase of a W25Q may take. */
const BUSY_MAX_MS = 1000;
/** In which a trial that hangs is ended, as long as an EC618's watchdog can be. */
const TRIAL_WATCHDOG_MS = 60_000;
/** Twice this, longer than a trial (firmware/update/activation.ts); below what boards/luatos/timer.ts arms at once. */
const TRIAL_HALF_MS = 3_300_000;
/** Below the numbers of the firmware's timers (boards/luatos/timer.ts). */
const TRIAL_TIMER = 1;

interface Memory {
  readonly bus: number;
  readonly cs: number;
  readonly rate_hz: number;
  readonly first: number;
  readonly slot_bytes: number;
}

/** Where the slots are; undefined for a board that takes no updates. */
function memoryOf({ buses, nvm }: Board): Memory | undefined {
  if (nvm.update_slots === undefined || buses.spi === undefined) return undefined;
  const bus = Number(/^SPI(\d)_/.exec(buses.spi.sck)?.[1]);
  return { bus, cs: Number(buses.spi.cs), rate_hz: buses.spi.rate_hz, ...nvm.update_slots };
}

/** The chip, and the bytes of a slot (boards/drivers/w25q.ts names its instructions). */
const chipText = ({ bus, cs, rate_hz, first, slot_bytes }: Memory): string => `
  local chip = spi.deviceSetup(${bus}, ${cs}, 0, 0, 8, ${rate_hz}, spi.MSB, spi.master, spi.half)
  local FIRST = { a = ${first + SECTOR_BYTES}, b = ${first + SECTOR_BYTES + slot_bytes} }
  local function at(code, address) return string.char(code, address >> 16, address >> 8 & 255, address & 255) end
  local function part(slot, from, length) return chip:transfer(at(3, FIRST[slot] + from), 4, length) or "" end
  local function now_ms()
    local tick, ticks_per_us = mcu.tick64()
    return string.unpack("<I7", tick) // (ticks_per_us * 1000)
  end
  local function idle()
    local from_ms = now_ms()
    repeat
      local status = chip:transfer("\\5", 1, 1)
    until status and status:byte() & 1 == 0 or now_ms() - from_ms > ${BUSY_MAX_MS}
  end
  local function write(bytes)
    chip:send("\\6")
    chip:send(bytes)
    idle()
  end
`;

/** Slots of another package lose their heads. */
const baseText = ({ first }: Memory, base: string): string => `
  local function is_other()
    for _ = 1, 3 do
      if chip:transfer(at(3, ${first}), 4, ${base.length}) == "${base}" then return false end
    end
    local id = chip:transfer("\\x9f", 1, 3)
    return id and id:byte() == 0xef
  end
  idle()
  chip:send("\\xab")
  if is_other() then
    write(at(0x20, FIRST.a))
    write(at(0x20, FIRST.b))
    write(at(0x20, ${first}))
    write(at(2, ${first}) .. "${base}")
  end
`;

/** What runs one that was found. */
const RUN_TEXT = `
  local function whole(found)
    local hash, from = crypto.hash_init("SHA256"), found.from
    while from < found.last do
      local text = part(found.slot, from, math.min(1024, found.last - from))
      if text == "" then return false end
      crypto.hash_update(hash, text)
      from = from + #text
    end
    return (crypto.hash_finish(hash) or ""):lower() == found.sha256
  end
  local function reader(slot)
    local place = 0
    return {
      seek = function(_, _, to)
        place = to
        return to
      end,
      read = function(_, count)
        local text = part(slot, place, count)
        place = place + #text
        return text
      end,
    }
  end
  local function loaded(found)
    local from = found.from
    local chunk = load(function()
      if from >= found.last then return end
      local text = part(found.slot, from, math.min(1024, found.last - from))
      from = from + #text
      return text
    end, "=" .. found.slot)
    if not chunk then return end
    local good, made = pcall(chunk, reader(found.slot), found.last)
    return good and made or nil
  end
  local function tries(found)
    write(at(2, FIRST[found.slot] + ${MARK_TRIED}) .. "${MARK}${MARK}")
    wdt.init(${TRIAL_WATCHDOG_MS})
    return touched(found.slot)
  end
  local found = {}
  for _, slot in ipairs({ "a", "b" }) do
    local update = update_in(slot)
    if update and update.rank < 2 then found[#found + 1] = update end
  end
  table.sort(found, function(one, other) return one.sequence > other.sequence end)
  for _, update in ipairs(found) do
    if not curbstop and whole(update) and (update.rank == 0 or tries(update)) then
      curbstop_boot.slot, curbstop_boot.sequence = update.slot, update.sequence
      curbstop = loaded(update)
      if not curbstop then
        curbstop_boot.slot, curbstop_boot.sequence = "", 0
      elseif update.rank == 1 then
        in_vain = function() return not is_set(update.slot, ${MARK_CONFIRMED}) end
      end
    end
  end
`;

const bootText = (memory: Memory, base: string): string => `
curbstop_boot = { slot = "", sequence = 0 }
pcall(function()
${chipText(memory)}${bootLookText(memory.slot_bytes - SECTOR_BYTES)}${baseText(memory, base)}${RUN_TEXT}end)
`;

const LOOP_TEXT = `
local function live(in_vain)
  local halves = 0
  local _, fault = pcall(function()
    if in_vain then rtos.timer_start(${TRIAL_TIMER}, ${TRIAL_HALF_MS}, 0) end
    curbstop.start()
    while true do
      local message, id = rtos.receive(rtos.INF_TIMEOUT)
      if message == rtos.MSG_TIMER and id == ${TRIAL_TIMER} then
        halves = halves + 1
        if halves == 1 then
          rtos.timer_start(${TRIAL_TIMER}, ${TRIAL_HALF_MS}, 0)
        elseif in_vain() then
          error("a trial that has not confirmed itself", 0)
        end
      elseif message == rtos.MSG_TIMER then
        curbstop.ring(id)
      end
    end
  end)
  log.error("curbstop", fault)
  rtos.reboot()
end
`;

/** The text, around a bundle of this board. */
export function luatosMain(bundled: string, version: string, board: Board): string {
  const at = bundled.indexOf(OPENING);
  const [program, pieces] = at < 0 ? [bundled, ""] : [bundled.slice(0, at), bundled.slice(at)];
  const memory = memoryOf(board);
  const base = BASE_MAGIC + createHash("sha256").update(bundled, "latin1").digest("hex").slice(0, BASE_DIGITS);
  return `PROJECT = "curbstop"
VERSION = "${version}"
local handed, size = ...
local function program(...)
${program}
end
if handed or not rtos then
  curbstop = program(handed, size)
  return curbstop
end
curbstop = nil
local in_vain
${memory === undefined ? "" : bootText(memory, base)}curbstop = curbstop or program()
${LOOP_TEXT}return live(in_vain)
${pieces}`;
}
