-- What main.lua of a build holds of Lua's heap while it is a meter with a radio: main.lua, as LuatOS runs it, with its boot
-- code and its loop, on LuatOS's hardware, with a W25Q in a file, so that what it remembers is not counted, a PN532 of
-- world.lua, whose own bytes and those of its card are taken off, and a broker that takes everything. Each line that goes
-- out is a moment and the bytes at it, after a full collection, with the telegrams until then.

local OPEN, CLOSE, AT_OPEN, AT_CLOSED, CASE, FLOW_A, FLOW_B = 24, 25, 26, 27, 22, 20, 21
-- LuatOS keeps a timer's number in 32 bits with a sign; in these hours the firmware's own stay far below this one.
local WORLD_TIMERS = 1 << 30
local real_io = io
local files, new_hash = {}, dofile("sha256.lua")

local function whole(name)
  local file = assert(real_io.open(name, "rb"))
  local bytes = file:read("a")
  file:close()
  return bytes
end

local modules, crypto_of
hardware, modules, crypto_of = dofile("hardware.lua")
crypto = crypto_of(new_hash)
hardware.aes = dofile("aes.lua")
hardware.exchange = dofile("w25q.lua")("nor")
os = { remove = function(name) files[name] = nil end }
io = {
  open = function(name, mode)
    if name == "/luadb/main.lua" then return real_io.open("main.lua", "rb") end
    if mode == "rb" and not files[name] then return nil, "no such file" end
    local written = ""
    return {
      read = function() return files[name] end,
      write = function(self, bytes)
        written = written .. bytes
        return self
      end,
      close = function()
        if mode == "wb" then files[name] = written end
      end,
    }
  end,
}
files["/cacert.pem"] = whole("certificate.pem")

local published = 0
local link
link = {
  open = function(_, _, tls, done) done(tls and 0 or -1) end,
  connect = function(_, _, _, done) done(0) end,
  subscribe = function(_, done) done(1) end,
  publish = function(_, _, done)
    published = published + 1
    done(true)
  end,
  close = function() end,
}
hardware.link = link

hardware.set(CASE, 0)
hardware.set(AT_OPEN, 0)
hardware.set(FLOW_A, 0)
hardware.set(FLOW_B, 0)

-- The reader's timers are not the firmware's.
local rtos = modules.rtos
local world_rtos = setmetatable({
  timer_start = function(id, ...) return rtos.timer_start(id + WORLD_TIMERS, ...) end,
  timer_stop = function(id) rtos.timer_stop(id + WORLD_TIMERS) end,
}, { __index = rtos })
for name, module in pairs(modules) do
  if name ~= "rtos" then _G[name] = module end
end
local world = assert(loadfile("world.lua", "bt", setmetatable({ rtos = world_rtos }, { __index = _G })))()
local reader = world.attachReader()
local plate, commissioning, voucher = whole("plate.bin"), whole("commissioning.bin"), whole("voucher.bin")

local before = 0

local function used()
  collectgarbage()
  collectgarbage()
  return math.ceil(collectgarbage("count") * 1024)
end

local function write(...) real_io.write("@T", table.concat({ ... }, " "), "\n") end

local function moment(name, others)
  write(name, used() - before - (others or 0), published)
end

-- A second at a time, in which the valve's end switches follow its motor.
local function pass(seconds)
  for _ = 1, seconds do
    hardware.pass(1000)
    if hardware.level(OPEN) == 1 then hardware.set(AT_CLOSED, 1) hardware.set(AT_OPEN, 0) end
    if hardware.level(CLOSE) == 1 then hardware.set(AT_OPEN, 1) hardware.set(AT_CLOSED, 0) end
  end
end

local function turn()
  for _, step in ipairs({ { FLOW_B, 1 }, { FLOW_A, 1 }, { FLOW_B, 0 }, { FLOW_A, 0 } }) do
    hardware.set(step[1], step[2])
    hardware.pass(50)
  end
end

local function draw(minutes, litres)
  for _ = 1, minutes do
    for _ = 1, litres do
      turn()
      pass(2)
    end
    pass(60 - 2 * litres)
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
  _G.rtos = setmetatable({ receive = coroutine.yield }, { __index = rtos })
  _G.log = { error = function(_, fault) write("fault", fault) end }
  before = used()
  local main = coroutine.create(assert(loadfile("main.lua")))
  assert(coroutine.resume(main))
  hardware.on_timer = function(id)
    if id >= WORLD_TIMERS then world.ring(id - WORLD_TIMERS) else coroutine.resume(main, rtos.MSG_TIMER, id) end
  end
  moment("start")
  write("provision", curbstop.provision(plate))
  moment("boot")
  pass(10)
  moment("connected")
  write("radio", said("selftest"):match("radio=%a+"))
  present("commissioning-card", commissioning)
  write("commissioned", said("read"))
  draw(60, 10)
  moment("hour")
  write("told", tostring(published > 0))
  present("voucher-card", voucher)
  link.on_message("curbstop/meters/down", table.pack(("44"):rep(128):byte(1, -1)))
  hardware.lose_address()
  pass(60)
  moment("anew")
  write("after", said("read"))
end

local ok, fault = xpcall(run, debug.traceback)
real_io.write("@R", ok and "ok" or tostring(fault):gsub("[\r\n]+", " | "), "\n")
