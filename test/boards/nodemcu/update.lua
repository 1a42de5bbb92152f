-- Updates by radio on NodeMCU: init.lua as it is flashed, two slots in a file system in memory, the meter of
-- device/update_entry.ts on NodeMCU's hardware, and a W25Q with its books. The meter is beside the slots, in meter.lua: what
-- is in a slot is a text that names it, so that an image is short enough to be cut at each of its changes.
--
-- program.txt: the update key, what the new image is, then frames in hexadecimal or "pause". What goes out: see update.test.ts.

local HOUR_MS, STEP_MS = 3600000, 10000
local FLOW, AT_OPEN, CASE = 34, 36, 27
local real_io = io
local new_hash = dofile("sha256.lua")

local function whole(name)
  local file = assert(real_io.open(name, "rb"))
  local bytes = file:read("a")
  file:close()
  return bytes
end

local function write(...) real_io.write("@T", table.concat({ ... }, " "), "\n") end

local function copied(from)
  local to = {}
  for key, value in pairs(from) do to[key] = value end
  return to
end

local files = { ["init.lua"] = whole("init.lua"), ["curbstop.a"] = whole("old.slot"), ["meter.lua"] = whole("meter.lua") }
-- Pages of the W25Q that are not blank.
local pages = {}
-- Without power nothing is written: what still runs is a zombie in its last call.
local dead = false
local changes, cut_at, watch = 0, nil, nil

-- A change of the file system: what stands there after it, and after half of it.
local function change(name, after, half)
  if dead then return end
  changes = changes + 1
  if watch then
    files[name] = half
    watch()
  end
  if changes == cut_at then
    files[name] = half
    dead = true
    return
  end
  files[name] = after
  if watch then watch() end
end

local function opened(name)
  local place = 0
  return {
    seek = function(_, whence, offset)
      local size = #(files[name] or "")
      place = whence == "end" and size + (offset or 0) or offset
      assert(place <= size, "SPIFFS goes no further than to a file's end")
      return place
    end,
    read = function(_, count)
      local bytes = (files[name] or ""):sub(place + 1, count == "a" and -1 or place + count)
      place = place + #bytes
      return #bytes > 0 and bytes or nil
    end,
    write = function(self, bytes)
      local old = files[name] or ""
      local function with(part) return old:sub(1, place) .. part .. old:sub(place + #part + 1) end
      change(name, with(bytes), with(bytes:sub(1, #bytes // 2)))
      place = place + #bytes
      return self
    end,
    close = function() end,
  }
end

io = {
  open = function(name, mode)
    if mode == "w" then change(name, "", files[name]) end
    if not files[name] then return nil, "no such file" end
    return opened(name)
  end,
}
file = { remove = function(name) change(name, nil, files[name]) end }
crypto = { new_hash = new_hash }
encoder = { toHex = function(bytes) return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end }
local real_load = load
loadfile = function(name) return real_load(files[name] or "", "@" .. name) end

-- W25Q32JV: page by page.
local enabled, BLANK_PAGE = false, ("\255"):rep(256)
local function cells(address, count)
  local parts = {}
  while count > 0 do
    local first = address % 256
    local part = (pages[address // 256] or BLANK_PAGE):sub(first + 1, math.min(256, first + count))
    parts[#parts + 1] = part
    address, count = address + #part, count - #part
  end
  return table.concat(parts)
end

local function transfer(bytes)
  local code, address = bytes:byte(), 0
  if #bytes >= 4 then address = bytes:byte(2) << 16 | bytes:byte(3) << 8 | bytes:byte(4) end
  if code == 0x03 then return ("\0"):rep(4) .. cells(address, #bytes - 4) end
  if code == 0x05 then return "\0" .. string.char(enabled and 2 or 0):rep(#bytes - 1) end
  if code == 0x9f then return "\0\xef\x40\x16" .. ("\0"):rep(#bytes - 4) end
  if code == 0x06 then enabled = true end
  if code == 0x20 and enabled and not dead then
    for page = address // 256, address // 256 + 15 do pages[page] = nil end
    enabled = false
  end
  if code == 0x02 and enabled and not dead then
    local old, made = cells(address, #bytes - 4), {}
    for place = 1, #old do made[place] = string.char(old:byte(place) & bytes:byte(place + 4)) end
    local page = cells(address // 256 * 256, 256)
    pages[address // 256] = page:sub(1, address % 256) .. table.concat(made) .. page:sub(address % 256 + #made + 1)
    enabled = false
  end
  return ("\0"):rep(#bytes)
end

local program = {}
for line in whole("program.txt"):gmatch("[^\n]+") do program[#program + 1] = line end
local update_key, kind = table.remove(program, 1), table.remove(program, 1)

-- What a slot's image is, by its name; only_looks: nothing but which one runs is wanted.
local ran, running, only_looks, fresh = {}, nil, false, true
world = {
  firmware = function(name)
    return {
      start = function(board)
        assert(board == "lua-esp32")
        ran[#ran + 1] = name
        if only_looks then return end
        if name == "throws" then error("no valve") end
        -- A firmware that knows nothing of its trial, and counts.
        running = name ~= "idle" and loadfile("meter.lua")("meter.lua").bootMeter(update_key, fresh) or nil
        fresh = false
      end,
    }
  end,
}

local function power_on()
  local modules
  for _ = 1, 8 do
    dead, running = false, nil
    hardware, modules = dofile("hardware.lua")
    modules.node.restart = function() dead = true end
    for name, module in pairs(modules) do _G[name] = module end
    hardware.transfer = transfer
    hardware.set(CASE, 0)
    hardware.set(AT_OPEN, 0)
    hardware.set(FLOW, 1)
    curbstop, curbstop_boot = nil, nil
    assert(real_load(files["init.lua"], "=init"))()
    if not dead then return end
  end
  error("it starts again and again")
end

local function pass(span_ms)
  for _ = 1, span_ms, STEP_MS do
    hardware.pass(math.min(STEP_MS, span_ms))
    if dead then power_on() end
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
local function update()
  for _ = 1, 3 do
    hear_all()
    pass(720000)
    if ran[#ran] ~= "old" or kind ~= "new" then break end
  end
  if kind == "cut" then
    pass(HOUR_MS // 2)
    power_on()
  end
  pass(2 * HOUR_MS)
end

local function in_service()
  power_on()
  pass(10000)
  for _ = 1, 10 do
    hardware.set(FLOW, 0)
    hardware.pass(50)
    hardware.set(FLOW, 1)
    pass(2000)
  end
  pass(HOUR_MS)
end

-- What boots from these files, twice, without a meter in it.
local function looked(from)
  local kept, globals = { files, ran, running, dead, changes, watch }, copied(_G)
  files, ran, only_looks, watch = copied(from), {}, true, nil
  power_on()
  power_on()
  local found = table.concat(ran, " ")
  for name, value in pairs(globals) do _G[name] = value end
  files, ran, running, dead, changes, watch = table.unpack(kept, 1, 6)
  only_looks = false
  return found
end

-- What Lua holds, without the memories of the board.
local function used()
  collectgarbage()
  collectgarbage()
  local bytes = collectgarbage("count") * 1024
  for _, text in pairs(files) do bytes = bytes - #text end
  for _, text in pairs(pages) do bytes = bytes - #text end
  return math.ceil(bytes)
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
  hardware = dofile("hardware.lua")
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

local function run()
  if kind == "heap" then return heap() end
  in_service()
  local before, start_files, start_pages = books(), files, copied(pages)
  files = copied(start_files)
  local seen, first = {}, changes
  watch = function()
    local found = looked(files)
    seen[found] = (seen[found] or 0) + 1
  end
  update()
  watch = nil
  local count = changes - first
  write("ran", table.concat(ran, " "))
  write("runs", curbstop_boot.slot, curbstop_boot.sequence)
  write("events" .. (running and running.events() or " none"))
  write("books", before == books() and "same" or "other", before)
  write("changes", count)
  local all = {}
  for found, times in pairs(seen) do all[#all + 1] = found:gsub(" ", ",") .. "=" .. times end
  table.sort(all)
  write("boots", table.concat(all, " "))
  if kind ~= "new" then return end
  -- With a cut, and on.
  local step, ends, other_books = tonumber(whole("step.txt")), {}, 0
  for at = 1, count, step do
    files, pages, ran, changes, cut_at = copied(start_files), copied(start_pages), {}, 0, nil
    power_on()
    pass(20000)
    changes, cut_at = 0, at
    update()
    cut_at = nil
    power_on()
    local name = ran[#ran]
    ends[name] = (ends[name] or 0) + 1
    pass(10000)
    if books() ~= before then other_books = other_books + 1 end
  end
  write("goes-on", "new=" .. (ends.new or 0), "old=" .. (ends.old or 0), "other-books=" .. other_books)
end

local ok, fault = xpcall(run, debug.traceback)
real_io.write("@R", ok and "ok" or tostring(fault):gsub("[\r\n]+", " | "), "\n")
