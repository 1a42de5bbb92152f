-- Updates by radio on a board of Lua: its boot code as it is built, slots in a memory, the meter of device/update_entry.ts on
-- the board's hardware, and its books. The meter is beside the slots, in meter.lua: what is in a slot is a text that names it,
-- so that an image is short enough to be cut at each of its changes.
--
-- What this file returns is run with the board, a table:
--   hardware   the module of that name, anew
--   boot()     power on: the hardware as new, then the boot code, until the meter runs or the board has restarted
--   litre()    a litre runs
--   copy()     all that outlives the power; put(copy) puts it back; slots_of(copy) is the part that an update changes
--   size()     bytes of that, as Lua holds them
--   runs()     what the boot code says that it runs
--   after(power_on, ran)   where it is there: more to be tried behind an update, and what came of it
-- and gives it `updates`: change(half, after) is called at each change of the slots, with what makes half of it and all of
-- it; dead says that nothing is written any more.
--
-- program.txt: the update key, what the new image is, then frames in hexadecimal or "pause". What goes out: see updates.ts.

local HOUR_MS, STEP_MS = 3600000, 10000
local BOOTS_MAX = 8
local real_io, real_load = io, load

local updates = { dead = false }
local changes, cut_at, watch = 0, nil, nil
local board, hardware

function updates.whole(name)
  local file = assert(real_io.open(name, "rb"))
  local bytes = file:read("a")
  file:close()
  return bytes
end

function updates.copied(from)
  local to = {}
  for key, value in pairs(from) do to[key] = value end
  return to
end

-- Without power nothing is written: what still runs is a zombie in its last call.
function updates.change(half, after)
  if updates.dead then return end
  changes = changes + 1
  if watch then
    half()
    watch()
  end
  if changes == cut_at then
    half()
    updates.dead = true
    return
  end
  after()
  if watch then watch() end
end

-- The power goes at the so-many-th change from now on.
function updates.cut_in(count) cut_at = changes + count end

local function write(...) real_io.write("@T", table.concat({ ... }, " "), "\n") end

local program = {}
for line in updates.whole("program.txt"):gmatch("[^\n]+") do program[#program + 1] = line end
local update_key, kind = table.remove(program, 1), table.remove(program, 1)

-- What a slot's image is, by its name; only_looks: nothing but which one runs is wanted.
local ran, running, only_looks, fresh = {}, nil, false, true
world = {
  firmware = function(name)
    local meter
    return {
      start = function()
        ran[#ran + 1] = name
        if only_looks then return end
        if name == "throws" then error("no valve") end
        if name == "idle" then return end -- A firmware that knows nothing of its trial, and counts.
        meter = real_load(updates.whole("meter.lua"), "=meter")("meter.lua")
        running = meter.bootMeter(update_key, fresh)
        fresh = false
      end,
      ring = function(id)
        if meter and meter.ring then meter.ring(id) end
      end,
    }
  end,
}

local function power_on()
  for _ = 1, BOOTS_MAX do
    updates.dead, running = false, nil
    board.boot()
    hardware = board.hardware
    if not updates.dead then return end
  end
  error("it starts again and again")
end

local function pass(span_ms)
  for _ = 1, span_ms, STEP_MS do
    hardware.pass(math.min(STEP_MS, span_ms))
    if updates.dead then power_on() end
  end
end

-- As long as a trial may take; or until it has confirmed itself, where that is all that is asked.
local function trial(is_whole)
  local part_ms = 2 * HOUR_MS // 12
  for _ = 1, 12 do
    pass(part_ms)
    if not is_whole and running and running.events():find("update_confirmed") then return end
  end
end

local function hear_all()
  for _, line in ipairs(program) do
    if line == "pause" then
      pass(60000)
    elseif running then
      running.hear(line)
      pass(50)
    end
  end
end

local function books()
  hardware.written = ""
  hardware.hear("read\n")
  hardware.pass(500)
  return (hardware.written:match("volume_l=%d+") or "no volume") .. " " .. (hardware.written:match("balance_milli=%d+") or "no balance")
end

-- From the update on the air to what becomes of it, with the carousel's next turns where a cut has lost something.
local function update(is_whole)
  for _ = 1, 3 do
    hear_all()
    pass(720000)
    if ran[#ran] ~= "old" or kind ~= "new" then break end
  end
  if kind == "cut" then
    pass(HOUR_MS // 2)
    power_on()
  end
  trial(is_whole)
end

local function in_service()
  power_on()
  pass(10000)
  for _ = 1, 10 do
    board.litre()
    pass(2000)
  end
  pass(HOUR_MS)
end

-- What boots from what stands there now, twice, without a meter in it.
local function looked()
  local here, globals = board.copy(), updates.copied(_G)
  local kept = { ran, running, updates.dead, changes, watch }
  ran, only_looks, watch = {}, true, nil
  power_on()
  power_on()
  local found = table.concat(ran, " ")
  for name, value in pairs(globals) do _G[name] = value end
  board.put(here)
  ran, running, updates.dead, changes, watch = table.unpack(kept, 1, 5)
  only_looks, hardware, board.hardware = false, globals.hardware, globals.hardware
  return found
end

-- What Lua holds, without the memories of the board.
local function used()
  collectgarbage()
  collectgarbage()
  return math.ceil(collectgarbage("count") * 1024) - board.size()
end

-- The most that the meter holds in a time, looked at ten times a second.
local function most(span_ms)
  local found = used()
  for _ = 1, span_ms, 100 do
    hardware.pass(100)
    found = math.max(found, used())
  end
  return found
end

-- What a meter holds of the heap, at each stage of an update; the hardware and this file are taken off.
local function heap()
  board.new_hardware()
  local before, stages = used(), {}
  in_service()
  stages[1] = most(5000) - before
  for _, line in ipairs(program) do
    if line == "pause" then
      stages[#stages + 1] = most(60000) - before
    else
      running.hear(line)
      stages[#stages + 1] = most(100) - before
    end
  end
  stages[#stages + 1] = most(5000) - before
  write("events" .. running.events())
  write("heap", stages[1], math.max(table.unpack(stages)), stages[#stages])
  write("books", "same", books())
end

-- With a cut at one change after another, and on; the last three, which are the marks of the trial, are always among them.
-- `old_at` says behind which of them the old firmware runs.
local function cut_everywhere(start, before, count)
  local step, lives, old_at, other_books = tonumber(updates.whole("step.txt")), 0, {}, 0
  for at = 1, count do
    if (at - 1) % step == 0 or at >= count - 2 then
      lives = lives + 1
      board.put(start)
      ran, changes, cut_at = {}, 0, nil
      power_on()
      pass(20000)
      changes, cut_at = 0, at
      update(false)
      cut_at = nil
      power_on()
      if ran[#ran] ~= "new" then old_at[#old_at + 1] = at end
      pass(10000)
      if books() ~= before then other_books = other_books + 1 end
    end
  end
  write("goes-on", "lives=" .. lives, "old_at=" .. table.concat(old_at, ","), "other-books=" .. other_books)
end

local function run()
  if kind == "heap" then return heap() end
  in_service()
  local before, start = books(), board.copy()
  local seen, first = {}, changes
  watch = function()
    local found = looked()
    seen[found] = (seen[found] or 0) + 1
  end
  update(true)
  watch = nil
  local count = changes - first
  write("ran", table.concat(ran, " "))
  write("runs", board.runs())
  write("events" .. (running and running.events() or " none"))
  write("books", before == books() and "same" or "other", before)
  write("changes", count)
  local all = {}
  for found, times in pairs(seen) do all[#all + 1] = found:gsub(" ", ",") .. "=" .. times end
  table.sort(all)
  write("boots", table.concat(all, " "))
  if board.after then
    write("after", board.after(power_on, ran))
    cut_at = nil
  end
  if kind == "new" then cut_everywhere(start, before, count) end
end

return function(make)
  board = make(updates)
  local ok, fault = xpcall(run, debug.traceback)
  real_io.write("@R", ok and "ok" or tostring(fault):gsub("[\r\n]+", " | "), "\n")
end
