-- The board of ../updates.lua on LuatOS: main.lua as LuaTools brings it, and a W25Q with the slots behind the meter's books.
-- other.lua is another package's main.lua.

local FLOW_A, FLOW_B, CASE, AT_OPEN = 20, 21, 22, 26
local new_hash, aes = dofile("sha256.lua"), dofile("aes.lua")
local real_io, real_loadfile = io, loadfile

dofile("updates.lua")(function(updates)
  local text, other = updates.whole("main.lua"), updates.whole("other.lua")
  local first, slot_bytes = updates.whole("slots.txt"):match("(%d+) (%d+)")
  update_slots = { first = tonumber(first), slot_bytes = tonumber(slot_bytes) }
  local chip = dofile("w25q_pages.lua")(updates, update_slots.first)
  local board = {}

  io = {
    open = function(name, mode)
      if name == "meter.lua" then return real_io.open(name, mode) end
      return nil, "no such file"
    end,
  }

  function board.new_hardware()
    local modules, crypto_of
    hardware, modules, crypto_of = real_loadfile("hardware.lua")()
    board.hardware = hardware
    modules.crypto = crypto_of(new_hash)
    return modules
  end

  function board.boot()
    local modules = board.new_hardware()
    local main
    modules.rtos.receive = coroutine.yield
    for name, module in pairs(modules) do _G[name] = module end
    log = { error = function() end }
    hardware.aes, hardware.exchange = aes, chip.exchange
    hardware.on_reboot = function()
      updates.dead = true
      if coroutine.isyieldable() then coroutine.yield() end
    end
    hardware.on_timer = function(id)
      if not updates.dead then assert(coroutine.resume(main, rtos.MSG_TIMER, id)) end
    end
    hardware.set(CASE, 0)
    hardware.set(AT_OPEN, 0)
    hardware.set(FLOW_A, 0)
    hardware.set(FLOW_B, 0)
    curbstop, curbstop_boot = nil, nil
    main = coroutine.create(assert(load(text, "=main")))
    assert(coroutine.resume(main))
  end

  function board.litre()
    for _, step in ipairs({ { FLOW_B, 1 }, { FLOW_A, 1 }, { FLOW_B, 0 }, { FLOW_A, 0 } }) do
      hardware.set(step[1], step[2])
      hardware.pass(50)
    end
  end

  function board.copy() return { text, chip.copy() } end

  function board.put(copy)
    text = copy[1]
    chip.put(copy[2])
  end

  board.size = chip.size

  function board.runs() return (curbstop_boot.slot == "" and "package" or curbstop_boot.slot) .. " " .. curbstop_boot.sequence end

  -- An image that was confirmed and is not whole any more is passed over. Another package comes by LuaTools: it runs, wherever
  -- the power goes meanwhile, and the slots are not the first one's again.
  function board.after(power_on, ran)
    local here, found = board.copy(), {}
    chip.spoil(update_slots.first + 4096 + 256 + 600)
    power_on()
    found[1] = ran[#ran]
    for at = 1, 6 do
      board.put(here)
      text = other
      updates.cut_in(at)
      power_on()
      found[#found + 1] = ran[#ran]
      text = here[1]
      power_on()
      found[#found + 1] = ran[#ran]
    end
    board.put(here)
    return table.concat(found, " ")
  end

  return board
end)
