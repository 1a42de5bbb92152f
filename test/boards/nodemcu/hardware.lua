-- The hardware modules of NodeMCU (branch dev-esp32) for lua5.3 of a desktop, replaced at the lowest level, from their
-- documents. What this file returns: the modules by name, and `hardware`, by which a test moves the world. Time is virtual:
-- it passes in hardware.pass, and a little in each question after it.
--
-- Every load is a power-up: pins float, and nothing is registered.

local now_us, pins, trigs, edges, timers, made, counters = 0, {}, {}, {}, {}, 0, {}
local outputs, heard, console_buffer, answers = {}, nil, nil, {}
local WORD = 65536
-- Of FreeRTOS: a timer counts whole ones, the first of which has begun before, so that it may come early.
local TICK_US = 10000
local noise = 12345

local hardware = {
  -- Full duplex: as many bytes come as go. A bus without a chip reads ones.
  transfer = function(bytes) return ("\255"):rep(#bytes) end,
  analog = 2000, written = "", restarts = 0, radio_on = false, runs_input = true,
  boot_reason = 1, idled = 0,
  modem_setup = "", to_modem = function() end,
  -- The firmware drives an output.
  driven = function() end,
}

function hardware.now_us() return now_us end
function hardware.level(pin) return pins[pin] or 1 end

function hardware.set(pin, level)
  local before = hardware.level(pin)
  pins[pin] = level
  if before == level then return end
  if trigs[pin] then edges[#edges + 1] = { pin = pin, level = level } end
  local counter = counters[pin]
  if counter and level == 1 then counter.count = (counter.count + 1) % counter.top end
end

local function run_edges()
  if #edges == 0 then return end
  local waiting = edges
  edges = {}
  for _, edge in ipairs(waiting) do
    if trigs[edge.pin] then trigs[edge.pin](edge.pin, edge.level) end
  end
end

-- The first to come is the first of them; of two at once, the one that was made first.
local function drop_timer(number)
  for place, timer in ipairs(timers) do
    if timer.number == number then return table.remove(timers, place) end
  end
end

local function keep_timer(made_timer)
  local place = #timers + 1
  while place > 1 and timers[place - 1].at_us > made_timer.at_us do place = place - 1 end
  table.insert(timers, place, made_timer)
end

function hardware.pass(span_ms)
  local until_us = now_us + math.floor(span_ms) * 1000
  run_edges()
  while timers[1] and timers[1].at_us <= until_us do
    local first = table.remove(timers, 1)
    now_us = math.max(now_us, first.at_us)
    first.run()
    run_edges()
  end
  now_us = math.max(now_us, until_us)
end

-- What comes on the console: to the interpreter, or to whoever has registered; false when it is the interpreter's.
function hardware.hear(text)
  for place = 1, #text do
    if heard and console_buffer then heard(text:sub(place, place)) end
  end
  return heard ~= nil
end

local gpio = {
  IN = 1, OUT = 2, PULL_UP = 0, INTR_UP_DOWN = 3,
  config = function(settings)
    if settings.pull and settings.gpio >= 34 then error("pin " .. settings.gpio .. " has no pull-up") end
    if settings.dir == 2 and settings.gpio >= 34 then error("pin " .. settings.gpio .. " is an input") end
    if settings.dir == 2 then outputs[settings.gpio] = true end
  end,
  read = function(pin) return hardware.level(pin) end,
  write = function(pin, level)
    assert(level == 0 or level == 1, "a level is 0 or 1")
    pins[pin] = level
    hardware.driven(pin, level)
  end,
  trig = function(pin, kind, callback)
    assert(kind == 3 and not outputs[pin])
    trigs[pin] = callback
  end,
}

-- No chip is on it, or those that `answers` has: a function of what was written gives what is read, or nil for no answer.
local i2c
do
  local chip, out
  i2c = {
    SW = 0, SLOW = 100000, TRANSMITTER = 0, RECEIVER = 1,
    setup = function(id, sda, scl, rate)
      assert(id == 0 and sda ~= scl and rate <= 100000, "the bus in software is for 100 kHz")
      return rate
    end,
    start = function() end,
    stop = function()
      if chip and out then chip(out, 0) end
      chip, out = nil, nil
    end,
    address = function(_, address, direction)
      chip = answers[address]
      if direction == 0 then out = "" end
      return chip ~= nil
    end,
    write = function(_, bytes)
      out = out .. bytes
      return chip and #bytes or 0
    end,
    read = function(_, count)
      local sent = out or ""
      out = nil
      return chip(sent, count)
    end,
  }
end

function hardware.attach(address, chip) answers[address] = chip end

local spi = {
  VSPI = 2,
  master = function(host, settings)
    assert(host == 2 and settings.sclk and settings.mosi and settings.miso)
    return {
      device = function(_, device)
        assert(device.mode == 0 and device.cs and device.freq)
        return {
          transfer = function(_, bytes)
            local back = hardware.transfer(bytes)
            assert(#back == #bytes, "as many bytes come as go")
            return back
          end,
        }
      end,
    }
  end,
}

local pulsecnt = {
  PCNT_PIN_NOT_USED = -1, PCNT_COUNT_INC = 1, PCNT_COUNT_DIS = 0, PCNT_MODE_KEEP = 0,
  create = function(unit)
    assert(unit >= 0 and unit <= 7)
    local counter = { count = 0, top = 32767 }
    return {
      chan0Config = function(_, pin, control, rising, falling, low, high, lowest, highest)
        assert(control == -1 and rising == 1 and falling == 0 and low == 0 and high == 0)
        assert(lowest >= -32768 and highest <= 32767)
        counter.top = highest
        counters[pin] = counter
      end,
      setFilter = function(_, clocks) assert(clocks >= 0 and clocks <= 1023) end,
      clear = function() counter.count = 0 end,
      getCnt = function() return counter.count end,
    }
  end,
}

local adc = {
  ADC1 = 1, ATTEN_11db = 3,
  setwidth = function(number, bits) assert(number == 1 and bits >= 9 and bits <= 12) end,
  setup = function(number, channel) assert(number == 1 and channel >= 0 and channel <= 7) end,
  read = function() return hardware.analog end,
}

local tmr = {
  ALARM_SINGLE = 0,
  -- vTaskDelay(1): until the next tick.
  wdclr = function()
    now_us = (now_us // TICK_US + 1) * TICK_US
    hardware.idled = hardware.idled + 1
  end,
  create = function()
    local number
    return {
      alarm = function(timer, interval_ms, kind, callback)
        assert(kind == 0 and interval_ms >= 1 and interval_ms <= 6870947 and interval_ms % 1 == 0)
        made = made + 1
        number = made
        local ticks = now_us // TICK_US + math.max(1, interval_ms * 1000 // TICK_US)
        keep_timer({ at_us = ticks * TICK_US, number = made, run = function() callback(timer) end })
        return true
      end,
      unregister = function()
        if number then drop_timer(number) end
      end,
    }
  end,
}

-- components/modules/uart.c. Line 0 is the console: without a callback what comes is the interpreter's again, and with one it
-- comes through a buffer of 256 bytes, which `start` makes. Another line has to be set up and started before it sends or hears.
local modem = { id = nil, started = false, heard = nil }
local uart = {
  PARITY_NONE = 0, STOPBITS_1 = 1,
  setup = function(id, rate, data_bits, parity, stop_bits, wires)
    assert((id == 1 or id == 2) and data_bits == 8 and parity == 0 and stop_bits == 1 and wires.tx ~= wires.rx)
    modem.id = id
    hardware.modem_setup = rate .. " " .. wires.rx .. " " .. wires.tx
  end,
  start = function(id)
    if id == 0 then
      console_buffer = console_buffer or ("\0"):rep(256)
      return false
    end
    assert(id == modem.id, "a line is set up first")
    modem.started = true
  end,
  on = function(event, count, callback, run_input)
    if type(event) == "number" then
      assert(event == modem.id and count == "data" and callback == 0)
      modem.heard = run_input
      return
    end
    assert(event == "data" and (callback == nil or count == 0))
    heard = callback
    hardware.runs_input = callback == nil or run_input ~= 0
  end,
  write = function(id, bytes)
    assert(type(bytes) == "string")
    if id ~= 0 then
      assert(id == modem.id and modem.started, "a line is started first")
      hardware.to_modem(bytes)
      return
    end
    hardware.written = hardware.written .. bytes
    if hardware.on_written then hardware.on_written(bytes) end
  end,
}

-- What comes from the modem.
function hardware.from_modem(text)
  if modem.heard and modem.started then modem.heard(text) end
end

local sodium = {
  random = {
    uniform = function(bound)
      assert(bound == WORD)
      if not hardware.radio_on then return 7 end -- Without its radio the chip has no noise.
      noise = (noise * 1103515245 + 12345) % 2147483648
      return noise // 256 % WORD
    end,
  },
}

local wifi = {
  STATION = 1,
  mode = function(mode) assert(mode == 1) end,
  start = function() hardware.radio_on = true end,
}

local node = {
  chipmodel = function() return "esp32" end,
  heap = function() return 150000 end,
  bootreason = function() return hardware.boot_reason, 8 end,
  uptime = function()
    now_us = now_us + 5
    return now_us + 0.0, 0
  end,
  restart = function() hardware.restarts = hardware.restarts + 1 end,
}

return hardware, { gpio = gpio, i2c = i2c, spi = spi, pulsecnt = pulsecnt, adc = adc, tmr = tmr, uart = uart,
  sodium = sodium, wifi = wifi, node = node }
