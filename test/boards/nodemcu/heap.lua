-- What the bundle of a build holds of Lua's heap while it is a meter: bundle.lua, run as the boot file runs it, on
-- NodeMCU's hardware, with a W25Q in the file flash.bin, so that what it remembers is not counted, and a PN532 of world.lua:
-- what that and its card hold before the firmware has met them is taken off. Each line that goes out is a moment and the bytes at it, after a full collection.

local CLOCK_UTC_S = 1795348800
local FLOW, OPEN, CLOSE, AT_OPEN, AT_CLOSED, CASE = 34, 25, 26, 36, 39, 27
local real_io = io
local files, new_hash = {}, dofile("sha256.lua")

local function whole(name)
  local file = assert(real_io.open(name, "rb"))
  local bytes = file:read("a")
  file:close()
  return bytes
end

local modules
hardware, modules = dofile("hardware.lua")
for name, module in pairs(modules) do _G[name] = module end
crypto = { new_hash = new_hash }
file = { remove = function(name) files[name] = nil end }
local compiled = 0
io = {
  open = function(name, mode)
    if name == "bundle.lua" then
      local bundle = real_io.open(name, "rb")
      return {
        seek = function(_, ...) return bundle:seek(...) end,
        read = function(_, count)
          compiled = compiled + count
          return bundle:read(count)
        end,
      }
    end
    if mode == "r" and not files[name] then return nil, "no such file" end
    if mode == "w" then files[name] = "" end
    return {
      read = function() return files[name] end,
      write = function(self, bytes)
        files[name] = files[name] .. bytes
        return self
      end,
      close = function() end,
    }
  end,
}

-- W25Q32JV, data sheet 8.2: read, program within a page, erase of a sector, status, write enable, identification.
local flash, enabled = assert(real_io.open("flash.bin", "w+b")), false
for _ = 1, 64 do flash:write(("\255"):rep(65536)) end
function hardware.transfer(bytes)
  local code, address = bytes:byte(), 0
  if #bytes >= 4 then address = bytes:byte(2) << 16 | bytes:byte(3) << 8 | bytes:byte(4) end
  local function cells(count)
    flash:seek("set", address)
    return flash:read(count) or ""
  end
  local function put(content)
    flash:seek("set", address)
    flash:write(content)
    enabled = false
  end
  if code == 0x03 then return ("\0"):rep(4) .. cells(#bytes - 4) end
  if code == 0x05 then return "\0" .. string.char(enabled and 2 or 0):rep(#bytes - 1) end
  if code == 0x9f then return "\0\xef\x40\x16" .. ("\0"):rep(#bytes - 4) end
  if code == 0x06 then enabled = true end
  if code == 0x20 and enabled then put(("\255"):rep(4096)) end
  if code == 0x02 and enabled then
    local old, made = cells(#bytes - 4), {}
    for place = 1, #old do made[place] = string.char(old:byte(place) & bytes:byte(place + 4)) end
    put(table.concat(made))
  end
  return ("\0"):rep(#bytes)
end

hardware.set(CASE, 0)
hardware.set(AT_OPEN, 0)
hardware.set(FLOW, 1)
local reader = dofile("world.lua").attachReader()
local plate, commissioning, voucher = whole("plate.bin"), whole("commissioning.bin"), whole("voucher.bin")

-- A modem that agrees with everything: what of a BG96's answers the driver waits for, a moment behind the command. It
-- remembers nothing, so that all that grows is the firmware's; how many telegrams it took is said at the end.
local published = 0
local ANSWERS = {
  { "AT%+CGMM", "BG96" }, { "AT%+CPIN%?", "+CPIN: READY" }, { "AT%+CEREG%?", "+CEREG: 0,1" },
  { "AT%+CGATT%?", "+CGATT: 1" }, { "AT%+CSQ", "+CSQ: 20,99" }, { "AT%+QMTCONN%?", "+QMTCONN: 0,3" },
}
local OUTCOMES = {
  { "AT%+QMTOPEN=", "+QMTOPEN: 0,0" }, { "AT%+QMTCONN=", "+QMTCONN: 0,0,0" }, { "AT%+QMTSUB=0,(%d)", "+QMTSUB: 0,%s,0,1" },
}

local function matched(list, text)
  for _, one in ipairs(list) do
    local found = text:match(one[1])
    if found then return "\r\n" .. one[2]:format(found) .. "\r\n" end
  end
  return ""
end

local message
function hardware.to_modem(text)
  local answer = "\r\nOK\r\n"
  if text:find("AT+QMTPUB=", 1, true) then
    message, answer = text:match("=0,(%d+)"), "\r\n> "
  elseif text:find("\26", 1, true) then
    published, answer = published + 1, answer .. "\r\n+QMTPUB: 0," .. message .. ",0\r\n"
  elseif text:find("AT", 1, true) then
    answer = matched(ANSWERS, text) .. answer .. matched(OUTCOMES, text)
  end
  modules.tmr.create():alarm(20, 0, function() hardware.from_modem(answer) end)
end

local function used()
  collectgarbage()
  collectgarbage()
  return math.ceil(collectgarbage("count") * 1024)
end

local function write(...) real_io.write("@T", table.concat({ ... }, " "), "\n") end
local before = used()

-- The bytes of Lua text that were compiled so far stand behind the bytes of heap.
local function moment(name, others) write(name, used() - before - (others or 0), compiled) end

-- A second at a time, in which the valve's end switches follow its motor.
local function pass(seconds)
  for _ = 1, seconds do
    hardware.pass(1000)
    if hardware.level(OPEN) == 1 then hardware.set(AT_CLOSED, 1) hardware.set(AT_OPEN, 0) end
    if hardware.level(CLOSE) == 1 then hardware.set(AT_OPEN, 1) hardware.set(AT_CLOSED, 0) end
  end
end

local function draw(minutes, pulses)
  for _ = 1, minutes do
    for _ = 1, pulses do
      hardware.set(FLOW, 0)
      hardware.pass(50)
      hardware.set(FLOW, 1)
      pass(2)
    end
    pass(60 - 2 * pulses)
  end
end

local function said(request)
  hardware.written = ""
  hardware.hear(request .. "\n")
  hardware.pass(500)
  return hardware.written:match("[^\r\n]*")
end

local function present(name, card)
  local without = used()
  local problem = reader.insert(card)
  assert(problem == "none", problem)
  local card_bytes = used() - without
  pass(20)
  moment(name, card_bytes)
  reader.remove()
  pass(10)
end

local function run()
  local program = assert(loadfile("bundle.lua"))("bundle.lua")
  moment("load")
  write("start", program.start())
  write("provision", program.provision(plate))
  pass(10)
  moment("boot")
  present("commissioning-card", commissioning)
  write("commissioned", said("read"))
  draw(60, 10)
  moment("hour")
  write("clock", program.setClock(CLOCK_UTC_S))
  pass(10)
  moment("clock-set")
  present("voucher-card", voucher)
  moment("topped-up")
  write("read", said("read"))
  draw(tonumber(whole("minutes.txt")), 10)
  moment("end")
  write("after", said("read"))
  write("radio", said("id"):match("radio=(%a+)") or "none", published)
end

local ok, fault = xpcall(run, debug.traceback)
real_io.write("@R", ok and "ok" or tostring(fault):gsub("[\r\n]+", " | "), "\n")
