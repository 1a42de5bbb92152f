-- A module with LuatOS (EC618, Lua 5.3), for lua5.3 of a desktop: it runs main.lua of its folder, as LuatOS runs that of
-- script.bin, on the hardware of test/boards/luatos, with a W25Q on its SPI, whose cells are in the file `nor`, and its
-- file system in `flash`. What comes on standard input is the technician's line. Its time is virtual: a millisecond for each
-- character, and the seconds in which none came.
--
-- Files in the folder that change what the module is, where a test puts them:
--   cut      a number: the power goes in the middle of so many-th change of the file system
--   case     anything: the case is closed;    chip   what rtos.bsp() says

local HERE = arg[0]:match("^(.*)/")
local HARDWARE = HERE .. "/../../boards/luatos/"
local NODEMCU = HERE .. "/../../boards/nodemcu/"
local new_hash, aes = dofile(NODEMCU .. "sha256.lua"), dofile(HARDWARE .. "aes.lua")
local memory = dofile(NODEMCU .. "w25q.lua")("nor")
local real_io, real_os = io, os
local CASE_PIN, OPEN_END_PIN = 22, 26 -- of lua-luatos
local RESTART = {}
local changes, heard_s = 0, real_os.time()

local function setting(name)
  local file = real_io.open(name, "r")
  if not file then return end
  local text = file:read("a")
  file:close()
  return text
end

local cut_at = tonumber(setting("cut") or "")

local function change()
  changes = changes + 1
  if changes == cut_at then real_os.exit(1, false) end
end

-- LittleFS: what is written counts when the file is closed, and not before.
local function open(name, mode)
  -- The package itself, from which main.lua reads its pieces.
  if name == "/luadb/main.lua" then return real_io.open("main.lua", "rb") end
  local path = "flash" .. name
  if mode == "rb" then return real_io.open(path, mode) end
  local written = ""
  return {
    write = function(self, bytes)
      change()
      written = written .. bytes
      return self
    end,
    close = function()
      change()
      local file = assert(real_io.open(path .. "~", "wb"))
      file:write(written)
      file:close()
      real_os.rename(path .. "~", path)
      change()
    end,
  }
end

local function globals()
  local hardware, env, crypto_of = dofile(HARDWARE .. "hardware.lua")
  hardware.aes, hardware.exchange, hardware.bsp = aes, memory, setting("chip")
  hardware.set(CASE_PIN, setting("case") and 0 or 1)
  hardware.set(OPEN_END_PIN, 0)
  hardware.on_written = function(bytes)
    real_io.stdout:write(bytes)
    real_io.stdout:flush()
  end
  hardware.on_reboot = function() error(RESTART, 0) end
  for _, name in ipairs({ "assert", "collectgarbage", "error", "getmetatable", "ipairs", "next", "pairs", "pcall", "rawequal",
    "load", "debug", "rawget", "rawlen", "rawset", "select", "setmetatable", "tonumber", "tostring", "type", "xpcall",
    "_VERSION", "string",
    "table", "math", "coroutine", "utf8" }) do
    env[name] = _G[name]
  end
  env.repl = nil -- Not every build has it.
  env._G, env.crypto, env.io = env, crypto_of(new_hash), { open = open }
  env.os = { remove = function(name)
    change()
    return real_os.remove("flash" .. name)
  end }
  env.log = { error = function(_, why)
    if why ~= RESTART then real_io.stderr:write(tostring(why), "\n") end
  end }
  -- Callbacks of pins and lines run in here; a timer comes back as a message.
  local messages = {}
  hardware.on_timer = function(id) messages[#messages + 1] = id end
  env.rtos.receive = function(timeout)
    assert(timeout == env.rtos.INF_TIMEOUT)
    while #messages == 0 do
      local char = real_io.stdin:read(1)
      if not char then real_os.exit(0, false) end
      local silence_ms = (real_os.time() - heard_s) * 1000
      heard_s = real_os.time()
      hardware.hear(char)
      hardware.pass(1 + silence_ms)
    end
    return env.rtos.MSG_TIMER, table.remove(messages, 1), 0
  end
  return env
end

real_os.execute("mkdir -p flash")
repeat
  local env = globals()
  local ended, why = pcall(assert(loadfile("main.lua", "bt", env)))
  if not ended and why ~= RESTART then error(why, 0) end
until ended
