-- The hardware modules of LuatOS on an EC618 for lua5.3 of a desktop, replaced at the lowest level, from the comments and
-- the code of luat/modules/luat_lib_*.c (github.com/openLuat/LuatOS) and interface/src/*_ec618.c (luatos-soc-2022). What this
-- file returns: `hardware`, by which a test moves the world, and the modules by name. Time is virtual: it passes in
-- hardware.pass, and a little in each question after it.
--
-- Every load is a power-up: pins float, and nothing is registered. Callbacks of pins, lines and MQTT clients, and sys_pub, are
-- called while the world waits for a message, as rtos.receive does; a timer's message goes to hardware.on_timer, as it does
-- to main.lua's loop. The mobile network is found by itself; the broker is hardware.link, an MqttLink of sim/hci.

local AES_CBC = "AES-128-CBC"
local TICKS_PER_US = 26
local GPIO_COUNT = 36 -- LUAT_GPIO_PIN_MAX
local TIMERS_MAX = 64 -- FREERTOS_TIMER_COUNT

local now_us, pins, modes, watches, edges, timers, answers = 0, {}, {}, {}, {}, {}, {}
local listener, received, noise = nil, "", 12345
local messages, in_callback = {}, false

local hardware = {
  -- A bus without a chip reads ones.
  exchange = function(_, count) return ("\255"):rep(count) end,
  supply_mv = 3800, adc_fails = 0, written = "", restarts = 0, reset_reason = 0, trng_fails = false,
  watchdog_ms = 0, fed = 0, on_timer = function() end, uart_room = 1 << 30, deaf = {}, repl_on = true,
  said = function() end, status = 1, rssi = -67, imei = "868540000000017", tells_subscriptions = true, events_lost = 0,
}

function hardware.now_us() return now_us end
function hardware.level(pin) return pins[pin] or 1 end

-- GPIO 20 to 22 are wake-up pads, which tell both edges and have pulls of their own; all others tell one kind of edge and
-- have no pull as inputs (wiki.luatos.com/chips/air780e/iomux.html).
local function is_wakeup_pad(pin) return pin >= 20 and pin <= 22 end

function hardware.set(pin, level)
  local before = hardware.level(pin)
  pins[pin] = level
  local watch = watches[pin]
  if before == level or not watch or hardware.deaf[pin] then return end
  if watch.kind == 2 or watch.kind == (level == 1 and 0 or 1) then edges[#edges + 1] = { pin = pin, level = level } end
end

local function run_messages()
  if #edges > 0 then
    local waiting = edges
    edges = {}
    for _, edge in ipairs(waiting) do
      if watches[edge.pin] then watches[edge.pin].run(edge.level, edge.pin) end
    end
  end
  if received ~= "" and listener then listener(1, #received) end
end

-- A message that rtos.receive will bring.
local function later(span_ms, run) messages[#messages + 1] = { at_us = now_us + span_ms * 1000, run = run } end

-- Runs the first message that is due and was posted before all others of its time.
local function run_due(until_us)
  local first
  for place, message in ipairs(messages) do
    if message.at_us <= until_us and (not first or message.at_us < messages[first].at_us) then first = place end
  end
  if not first then return false end
  local message = table.remove(messages, first)
  now_us = math.max(now_us, message.at_us)
  message.run()
  return true
end

function hardware.pass(span_ms)
  local until_us = now_us + math.floor(span_ms) * 1000
  run_messages()
  while true do
    local first = timers[1]
    if first and first.at_us > until_us then first = nil end
    if not run_due(first and first.at_us or until_us) then
      if not first then break end
      now_us = math.max(now_us, first.at_us)
      table.remove(timers, 1)
      hardware.on_timer(first.id)
    end
    run_messages()
  end
  now_us = math.max(now_us, until_us)
end

function hardware.hear(text) received = received .. text end

-- The first to come is the first of them; of two at once, the one that was started first.
local function stop_timer(id)
  for place, timer in ipairs(timers) do
    if timer.id == id then return table.remove(timers, place) end
  end
end

local function start_timer(id, at_us)
  stop_timer(id)
  local place = #timers + 1
  while place > 1 and timers[place - 1].at_us > at_us do place = place - 1 end
  table.insert(timers, place, { id = id, at_us = at_us })
end

local rtos = {
  MSG_TIMER = 1, INF_TIMEOUT = -1,
  bsp = function() return hardware.bsp or "EC618" end,
  firmware = function() return "LuatOS-SoC_V1114_EC618" end,
  meminfo = function() return 262144, 100000, 120000 end,
  reboot = function()
    hardware.restarts = hardware.restarts + 1
    if hardware.on_reboot then hardware.on_reboot() end
  end,
  timer_start = function(id, span_ms, repeats)
    -- An int of the system's, which comes back otherwise when it is more (luat_lib_rtos.c).
    assert(math.type(id) == "integer" and id > 0 and id <= 0x7fffffff and repeats == 0)
    if math.type(span_ms) ~= "integer" or span_ms < 1 then return 0 end
    if #timers >= TIMERS_MAX then return 0 end
    start_timer(id, (now_us // 1000 + span_ms) * 1000)
    return 1
  end,
  timer_stop = function(id) stop_timer(id) end,
}

local mcu = {
  tick64 = function()
    now_us = now_us + 5
    return string.pack("<I8", now_us * TICKS_PER_US), TICKS_PER_US
  end,
  unique_id = function() return "\1\35EC618\254" end,
  hardfault = function(mode) assert(mode == 1, "a crash restarts") end,
}

local gpio = {
  PULLUP = 1, PULLDOWN = 2, RISING = 0, FALLING = 1, BOTH = 2, -- luat_gpio_legacy.h
  setup = function(pin, mode, pull, kind)
    assert(math.type(pin) == "integer" and pin >= 0 and pin < GPIO_COUNT, "a GPIO")
    watches[pin] = nil
    if type(mode) == "function" then
      assert(kind ~= 2 or is_wakeup_pad(pin), "GPIO " .. pin .. " does not tell both edges")
      watches[pin] = { run = mode, kind = kind or 2 }
      modes[pin] = "in"
    elseif math.type(mode) == "integer" then
      modes[pin] = "out"
      pins[pin] = mode
    else
      modes[pin] = "in"
    end
    assert(modes[pin] == "out" or not pull or is_wakeup_pad(pin), "GPIO " .. pin .. " has no pull as an input")
  end,
  get = function(pin)
    assert(modes[pin] == "in", "an output reads 0")
    return hardware.level(pin)
  end,
  set = function(pin, level)
    assert(modes[pin] == "out", "an output alone is set")
    assert(level == 0 or level == 1, "a level is 0 or 1")
    pins[pin] = level
  end,
}

-- No chip is on it, or those that `answers` has: a function of what was written gives what is read.
local i2c = {
  FAST = 1, SLOW = 0,
  setup = function(id, speed)
    assert(id == 0 or id == 1)
    assert(speed == 0 or speed == 1)
    return 1
  end,
  send = function(_, address, bytes)
    if not answers[address] then return false end
    answers[address](bytes, 0)
    return true
  end,
  recv = function(_, address, count) return answers[address] and answers[address]("", count) or "" end,
  transfer = function(_, address, out, buffer, count)
    assert(buffer == nil and #out > 0 and count > 0)
    -- What stands in the buffer when nobody answers is anything.
    if not answers[address] then return false, ("?"):rep(count) end
    return true, answers[address](out, count)
  end,
}

function hardware.attach(address, chip) answers[address] = chip end

local spi = {
  MSB = 1, master = 1, full = 1, half = 0,
  deviceSetup = function(id, cs, phase, polarity, bits, rate, order, role, duplex)
    assert(id == 0 and cs and phase == 0 and polarity == 0 and bits == 8 and rate <= 12800000)
    assert(order == 1 and role == 1 and duplex == 0)
    return {
      transfer = function(_, bytes, send_bytes, receive_bytes)
        assert(send_bytes == #bytes)
        if receive_bytes == 0 then return "" end -- Nothing is sent either.
        return hardware.exchange(bytes, receive_bytes)
      end,
      send = function(_, bytes)
        hardware.exchange(bytes, 0)
        return #bytes
      end,
    }
  end,
}

local adc_open = {}
local adc = {
  CH_VBAT = -2,
  open = function(id)
    adc_open[id] = true
    return true
  end,
  get = function(id)
    if not adc_open[id] then return -1 end
    if hardware.adc_fails > 0 then
      hardware.adc_fails = hardware.adc_fails - 1
      return -1
    end
    return hardware.supply_mv
  end,
}

local uart = {
  NONE = 0,
  setup = function(id, rate, bits, stop, parity)
    assert(id == 1 and rate == 115200 and bits == 8 and stop == 1 and parity == 0)
    return 0
  end,
  on = function(id, event, callback)
    assert(id == 1 and event == "receive")
    listener = callback
  end,
  read = function(id, length)
    assert(id == 1)
    local bytes = received:sub(1, length)
    received = received:sub(length + 1)
    return bytes
  end,
  write = function(id, bytes)
    assert(id == 1 and type(bytes) == "string")
    if #bytes > hardware.uart_room then return 0 end
    hardware.written = hardware.written .. bytes
    if hardware.on_written then hardware.on_written(bytes) end
    return #bytes
  end,
}

-- luat_wdt_ec618.c: 20 to 60 s; anything else is refused, and what runs goes on.
local wdt = {
  init = function(period_ms)
    if period_ms // 1000 < 20 or period_ms // 1000 > 60 then return false end
    hardware.watchdog_ms = period_ms
    return true
  end,
  feed = function()
    hardware.fed = hardware.fed + 1
    return true
  end,
}

local repl = { enable = function(on) hardware.repl_on = on end }

local pm = { lastReson = function() return 0, 0, hardware.reset_reason, 0 end }

-- The mobile network, luat_lib_mobile.c: in flight mode there is none, and the APN is known before the SIM is.
local REGISTER_MS, ROUND_TRIP_MS = 3000, 100
local flying, has_address, clients = false, false, {}

local function publish_system(...)
  if type(sys_pub) == "function" then sys_pub(...) end
end

local function look_for_network()
  later(REGISTER_MS, function()
    if flying or has_address then return end
    has_address = hardware.status == 1 or hardware.status == 5
    if has_address then publish_system("IP_READY", "10.0.0.1", 1) else look_for_network() end
  end)
end
look_for_network()

function hardware.lose_address()
  if not has_address then return end
  has_address = false
  later(0, function() publish_system("IP_LOSE", 1) end)
  for _, client in ipairs(clients) do client.drop(-1) end
  look_for_network()
end

local mobile = {
  imei = function() return hardware.imei end,
  status = function() return flying and 0 or hardware.status end,
  rssi = function() return hardware.rssi end,
  flymode = function(sim, on, not_waiting)
    assert(sim == 0 and not_waiting == true and not in_callback)
    hardware.said("flymode " .. tostring(on))
    local before = flying
    flying = on
    if on then hardware.lose_address() elseif before then look_for_network() end
    return before
  end,
  apn = function(sim, context, name, user, password, ip_type, protocol)
    assert(sim == 0 and context == 1 and ip_type == 1 and flying and name ~= "")
    hardware.said(("apn %s %s %s %d"):format(name, user, password, protocol))
  end,
}

local socket = {
  LWIP_GP = 1,
  adapter = function(index)
    assert(index == 1)
    return has_address, index
  end,
}

-- A client, luat_lib_mqtt.c: what it has to say comes as messages, none of them behind its close; closed or made inside of a
-- callback it would be gone under the code that called it.
local function client_of(host, port, tls)
  local own, callback, login, keepalive, state, closed, numbers = {}, nil, nil, 240, 0, false, 0
  local function tell(span_ms, ...)
    local what = table.pack(...)
    later(span_ms, function()
      if closed or not callback then return end
      if hardware.events_lost > 0 then
        hardware.events_lost = hardware.events_lost - 1
        return
      end
      in_callback = true
      callback(own, table.unpack(what, 1, what.n))
      in_callback = false
    end)
  end
  local function drop(why)
    if state == 0 then return end
    if state == 3 then hardware.link.close() end
    state = 0
    tell(0, "disconnect", why)
    tell(0, "close")
  end
  local function alive() assert(not closed, "a client that was closed is used") end
  local function ping()
    later(keepalive * 750, function()
      if state ~= 3 then return end
      tell(0, "pong")
      ping()
    end)
  end
  local function shake_hands()
    if state ~= 1 or not has_address then return end
    local link = hardware.link
    link.on_message = function(topic, payload)
      tell(0, "recv", topic, string.char(table.unpack(payload)), { message_id = 1, qos = 1, retain = 0, dup = 0 })
    end
    link.on_lost = function() drop(-1) end
    link.open(host, port, tls, function(result)
      if result ~= 0 then return drop(-1) end
      link.connect(login[1], login[2], login[3], function(code)
        if code ~= 0 then return drop(code) end
        state = 3
        tell(0, "conack")
        ping()
      end)
    end)
  end
  function own:auth(id, user, password)
    assert(#id < 192 and #user < 192 and #password < 512)
    login = { id, user, password }
  end
  function own:keepalive(seconds)
    assert(math.type(seconds) == "integer" and seconds >= 15 and seconds <= 600)
    keepalive = seconds
    hardware.said("keepalive " .. seconds)
  end
  function own:autoreconn(on) assert(on == false) end
  function own:on(run) callback = run end
  function own:connect()
    alive()
    assert(login and callback and state == 0)
    state = 1
    later(ROUND_TRIP_MS, shake_hands)
    return true
  end
  function own:subscribe(topic, quality)
    alive()
    assert(quality == 1)
    if state ~= 3 then return nil end
    numbers = numbers + 1
    hardware.link.subscribe(topic, function(granted)
      if hardware.tells_subscriptions then tell(ROUND_TRIP_MS, "suback", granted <= 2, granted) end
    end)
    return numbers
  end
  function own:publish(topic, payload, quality)
    alive()
    assert(quality == 1)
    if state ~= 3 then
      drop(-1)
      return nil
    end
    numbers = numbers + 1
    local number = numbers
    hardware.link.publish(topic, { payload:byte(1, -1) }, function(ok)
      if ok then tell(ROUND_TRIP_MS, "sent", number) end
    end)
    return number
  end
  function own:ready()
    alive()
    return state == 3
  end
  function own:close()
    alive()
    assert(not in_callback, "a client is closed inside of its callback")
    drop(-1)
    closed = true
  end
  clients[#clients + 1] = { drop = drop }
  return own
end

local mqtt = {
  create = function(adapter, host, port, tls)
    assert(adapter == 1 and type(host) == "string" and math.type(port) == "integer" and not in_callback)
    local certificate = "without TLS"
    if tls then
      assert(tls.verify == 2 and type(tls.server_cert) == "string")
      certificate = "by " .. tls.server_cert
      if tls.server_cert:sub(1, 10) ~= "-----BEGIN" then return nil end
    end
    hardware.said(("client %s %d %s"):format(host, port, certificate))
    return client_of(host, port, tls ~= false)
  end,
}

-- crypto: AES is that of `hardware.aes`, which the test gives; SHA-256 is NodeMCU's stand-in's.
local function crypto_of(new_hash)
  local function cipher(name, padding, bytes, key, initial, encrypts)
    assert(name == AES_CBC and padding == "NONE" and #key == 16 and #initial == 16 and #bytes % 16 == 0)
    return hardware.aes and hardware.aes(bytes, key, initial, encrypts)
  end
  return {
    sha256 = function(bytes)
      local hash = new_hash("SHA256")
      hash:update(bytes)
      return (hash:finalize():gsub(".", function(c) return ("%02X"):format(c:byte()) end))
    end,
    hash_init = function(name) return new_hash(name) end,
    hash_update = function(stream, bytes) stream:update(bytes) end,
    hash_finish = function(stream)
      return (stream:finalize():gsub(".", function(c) return ("%02X"):format(c:byte()) end))
    end,
    cipher_encrypt = function(name, padding, bytes, key, initial) return cipher(name, padding, bytes, key, initial, true) end,
    cipher_decrypt = function(name, padding, bytes, key, initial) return cipher(name, padding, bytes, key, initial, false) end,
    crc32 = function(bytes)
      local crc = 0xffffffff
      for place = 1, #bytes do
        crc = crc ~ bytes:byte(place)
        for _ = 1, 8 do crc = crc & 1 == 1 and crc >> 1 ~ 0xedb88320 or crc >> 1 end
      end
      return crc ~ 0xffffffff
    end,
    trng = function(length)
      if hardware.trng_fails then return end
      local bytes = {}
      for place = 1, length do
        noise = (noise * 1103515245 + 12345) % 2147483648
        bytes[place] = string.char(noise // 256 % 256)
      end
      return table.concat(bytes)
    end,
  }
end

return hardware, { rtos = rtos, mcu = mcu, gpio = gpio, i2c = i2c, spi = spi, adc = adc, uart = uart, wdt = wdt, pm = pm,
  repl = repl, mobile = mobile, socket = socket, mqtt = mqtt },
  crypto_of
