-- A board with NodeMCU (branch dev-esp32, Lua 5.3), for lua5.3 of a desktop: the console and the modules that an upload
-- and the boot file call, on a file system in the folder `flash`. Written from the documents and sources of
-- github.com/nodemcu/nodemcu-firmware; each part names its source. What comes on standard input is the line. Its hardware
-- is that of test/boards/nodemcu, with a W25Q on its SPI, whose cells are in the file `nor`; its time is virtual, a
-- millisecond for each character, and the seconds in which none came.
--
-- Files in the folder that change what the board is, where a test puts them:
--   cut      a number: the power goes in the middle of so many-th change of the flash; a write is then half done
--   noise    a number: of so many-th line with a block of a file, one character is another;
--            the file goes when that has happened
--   chip     what node.chipmodel() says;  without    names of modules that were not built in
--   free     bytes of the file system;    numbers    anything: 32-bit numbers
--   heap     what node.heap() says, and what is in use, together
--   case     anything: the case is closed
--   modem    a bundle of test/boards/nodemcu/device/bg96_entry.ts: a BG96 is on UART 2, its power key on pin 4, and modem()
--            says what it was told

local HERE = arg[0]:match("^(.*)/")
local HARDWARE = HERE .. "/../../../boards/nodemcu/"
local new_hash = dofile(HARDWARE .. "sha256.lua")
local memory = dofile(HARDWARE .. "w25q.lua")("nor")
local real_io, real_os = io, os
local LINE_BYTES = 256 -- LUA_MAXINPUT
local NAME_BYTES = 31 -- SPIFFS_OBJ_NAME_LEN less its NUL
local RESTART = {}
local CASE_PIN, OPEN_END_PIN = 27, 36 -- of lua-esp32
local POWER_KEY_PIN = 4

local function setting(name)
  local file = real_io.open(name, "r")
  if not file then return end
  local text = file:read("a")
  file:close()
  return text
end

local cut_at, noise_at = tonumber(setting("cut") or ""), tonumber(setting("noise") or "")
local total_bytes = tonumber(setting("free") or "") or 2000000
local changes, blocks = 0, 0

-- A change of the flash; true when the power goes in the middle of it.
local function is_cut()
  changes = changes + 1
  return changes == cut_at
end

local function power_off() real_os.exit(1, false) end

-- Output: newlib turns LF into CR LF (user_main.c, CONFIG_NEWLIB_STDOUT_LINE_ENDING_CRLF).
local function write(text)
  real_io.stdout:write((text:gsub("\n", "\r\n")))
  real_io.stdout:flush()
end

-- components/modules/file.c on SPIFFS: flat names; rename does not replace (SPIFFS_rename: SPIFFS_ERR_CONFLICTING_NAME).
local function path(name)
  if #name > NAME_BYTES or name:find("/", 2, true) then return nil end
  return "flash/" .. name:gsub("^/", "")
end

-- Name and size of every file, from here on kept by what changes them.
local sizes = {}

local function look()
  real_os.execute("mkdir -p flash")
  local list = real_io.popen("ls flash")
  for name in list:lines() do
    local file = real_io.open("flash/" .. name, "rb")
    sizes[name] = file:seek("end")
    file:close()
  end
  list:close()
end

local function used_bytes()
  local used = 0
  for _, size in pairs(sizes) do used = used + size end
  return used
end

local file_module = {
  exists = function(name) return sizes[name] ~= nil end,
  fsinfo = function()
    local used = used_bytes()
    return total_bytes - used, used, total_bytes
  end,
  list = function()
    local found = {}
    for name, size in pairs(sizes) do found[name] = size end
    return found
  end,
  remove = function(name)
    if is_cut() then power_off() end
    sizes[name] = nil
    real_os.remove(path(name))
  end,
  rename = function(from, to)
    if not path(to) or sizes[to] or not sizes[from] then return false end
    if is_cut() then power_off() end
    sizes[to], sizes[from] = sizes[from], nil
    return real_os.rename(path(from), path(to)) == true
  end,
}

-- The standard module io on the same file system; each write reaches the flash at once, or does so by half.
local function open(name, mode)
  mode = mode or "r"
  if not path(name) then return nil, name .. ": bad name" end
  local writes = mode:find("[wa+]") ~= nil
  if writes and is_cut() then power_off() end
  local file, why = real_io.open(path(name), mode)
  if not file then return nil, why end
  file:setvbuf("no")
  if mode:find("w") then sizes[name] = 0 end
  return {
    close = function() return file:close() end,
    read = function(_, ...) return file:read(...) end,
    seek = function(_, ...) return file:seek(...) end,
    flush = function() return file:flush() end,
    write = function(self, text)
      local half = is_cut()
      if used_bytes() + #text > total_bytes then return nil, "No space left on device" end
      file:write(half and text:sub(1, #text // 2) or text)
      if half then power_off() end
      sizes[name] = math.max(sizes[name], file:seek())
      return self
    end,
  }
end

-- components/modules/encoder.c
local LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local VALUES = {}
for place = 1, 64 do VALUES[LETTERS:byte(place)] = place - 1 end

local encoder = {
  toHex = function(bytes) return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end,
  toBase64 = function(bytes)
    local out = {}
    for place = 1, #bytes, 3 do
      local a, b, c = bytes:byte(place, place + 2)
      local word = a << 16 | (b or 0) << 8 | (c or 0)
      for part = 18, 0, -6 do
        local at = (word >> part & 63) + 1
        out[#out + 1] = LETTERS:sub(at, at)
      end
      if not c then out[#out] = "=" end
      if not b then out[#out - 1] = "=" end
    end
    return table.concat(out)
  end,
  fromBase64 = function(text)
    local padding = #text:match("=*$")
    if #text % 4 ~= 0 or padding > 2 then error("Invalid base64 string") end
    local out = {}
    for place = 1, #text, 4 do
      local word = 0
      for at = place, place + 3 do
        local value = VALUES[text:byte(at)]
        if not value and at <= #text - padding then error("Invalid base64 string") end
        word = word << 6 | (value or 0)
      end
      out[#out + 1] = string.char(word >> 16, word >> 8 & 255, word & 255)
    end
    local bytes = table.concat(out)
    return bytes:sub(1, #bytes - padding)
  end,
}

-- What a chunk sees after a start, and the hardware as it is then.
local function globals()
  local env = {}
  local hardware, modules = dofile(HARDWARE .. "hardware.lua")
  for name, module in pairs(modules) do env[name] = module end
  if setting("case") then hardware.set(CASE_PIN, 0) end
  hardware.set(OPEN_END_PIN, 0)
  -- What comes in while a command goes out is nothing.
  hardware.transfer = function(bytes)
    local sent = ({ [0x03] = 4, [0x05] = 1, [0x9F] = 1 })[bytes:byte()] or #bytes
    return ("\0"):rep(sent) .. memory(bytes:sub(1, sent), #bytes - sent)
  end
  hardware.on_written = function(bytes)
    real_io.stdout:write(bytes)
    real_io.stdout:flush()
  end
  for _, name in ipairs({ "assert", "collectgarbage", "error", "getmetatable", "ipairs", "next", "pairs", "pcall",
    "rawequal", "rawget", "rawlen", "rawset", "select", "setmetatable", "tonumber", "tostring", "type", "xpcall",
    "_VERSION", "string", "table", "math", "coroutine", "utf8" }) do
    env[name] = _G[name]
  end
  env._G, env.file, env.io, env.encoder, env.crypto = env, file_module, { open = open }, encoder, { new_hash = new_hash }
  env.load = function(chunk, name, mode, own) return load(chunk, name, mode, own or env) end
  env.loadfile = function(name)
    if not path(name) then return nil, "cannot open " .. name end
    return loadfile(path(name), "bt", env)
  end
  env.dofile = function(name) return assert(env.loadfile(name))() end
  env.print = function(...)
    local texts = table.pack(...)
    for place = 1, texts.n do texts[place] = tostring(texts[place]) end
    write(table.concat(texts, "\t") .. "\n")
  end
  env.node.chipid = function() return "0x240AC4112233" end
  env.node.chipmodel = function() return setting("chip") or "esp32" end
  env.node.heap = function()
    local together = tonumber(setting("heap") or "")
    return together and together - collectgarbage("count") * 1024 or 4000000
  end
  env.node.info = function(group) return group == "sw_version" and { node_version = "3.0.0" } or {} end
  env.node.restart = function() error(RESTART, 0) end
  -- A build with 32-bit numbers: what it computes of 2^40 and of 2^24 + 1 (facts of its number model).
  if setting("numbers") then
    env.string = setmetatable({ format = function() return "0 16777216" end }, { __index = string })
  end
  if setting("modem") then
    env.hardware = hardware
    env.modem = loadfile("modem", "t", env)().attachBg96(POWER_KEY_PIN)
  end
  for name in (setting("without") or ""):gmatch("%a+") do env[name] = nil end
  return env, hardware
end

-- Runs a chunk as docall of components/lua/lua-5.3/lua.c; what it returned is printed, also an error.
local function run(env, chunk)
  local results = table.pack(xpcall(chunk, function(why)
    return why == RESTART and why or debug.traceback("Lua error: " .. tostring(why), 2)
  end))
  if results[2] == RESTART then error(RESTART, 0) end
  if results.n > 1 and (results[1] or results[2] ~= nil) then env.print(table.unpack(results, 2, results.n)) end
end

-- dojob of lua.c: "=" asks for a value, and what could be the beginning of a statement waits for more.
local function job(env, line, pending)
  local text = pending and pending .. "\n" .. line or line:gsub("^=", "return ")
  local chunk, why = load(text, "=stdin", "bt", env)
  if not chunk and why:find("<eof>$") then return text end
  if chunk then run(env, chunk) else env.print("Lua error: " .. why) end
end

-- feed_lua_input of components/lua/common/linput.c
local function console(env, hardware)
  local line, pending, last_end, heard_s = "", nil, "", real_os.time()
  local function prompt() write(pending and ">> " or "> ") end
  prompt()
  while true do
    local char = real_io.stdin:read(1)
    if not char then return end
    hardware.pass(1 + (real_os.time() - heard_s) * 1000)
    heard_s = real_os.time()
    if not hardware.runs_input then
      hardware.hear(char)
    elseif char == "\r" and last_end == "\n" or char == "\n" and last_end == "\r" then
      last_end = char
    elseif char == "\r" or char == "\n" then
      last_end = char
      write("\n")
      if line ~= "" then
        if line:find("cs_w%(%d") then blocks = blocks + 1 end
        if line:find("cs_w%(%d") and blocks == noise_at then
          noise_at = nil
          real_os.remove("noise")
          line = line:sub(1, #line // 2) .. "~" .. line:sub(#line // 2 + 2)
        end
        local whole = line
        line = ""
        pending = job(env, whole, pending)
      end
      prompt()
    else
      last_end = ""
      real_io.stdout:write(char) -- With the end of its line it goes out.
      if #line + 1 >= LINE_BYTES then line = "" end
      line = line .. char
    end
  end
end

-- The ROM of the chip and the second boot loader, then pmain of lua.c.
local function start()
  write("ets Jun  8 2016 00:22:57\n\nrst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\n\n")
  write("NodeMCU 3.0.0 powered by Lua 5.3.5 on IDF v5.1.3\n")
  local env, hardware = globals()
  local init, why = loadfile("flash/init.lua", "bt", env)
  if init then run(env, init) else env.print(why) end
  console(env, hardware)
end

look()
repeat
  local ended, why = pcall(start)
  if not ended and why ~= RESTART then error(why, 0) end
until ended
