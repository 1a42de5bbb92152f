-- The board of ../updates.lua on NodeMCU: init.lua as it is flashed, two slots in a file system in memory, and a W25Q with its
-- books.

local FLOW, AT_OPEN, CASE = 34, 36, 27
local real_load, real_loadfile = load, loadfile
local new_hash = dofile("sha256.lua")

dofile("updates.lua")(function(updates)
  local files = { ["init.lua"] = updates.whole("init.lua"), ["curbstop.a"] = updates.whole("old.slot") }
  files["meter.lua"] = updates.whole("meter.lua")
  -- None of its changes is one of a slot.
  local chip = dofile("w25q_pages.lua")(updates, math.huge)
  local board = {}

  -- A change of the file system: what stands there after it, and after half of it.
  local function change(name, after, half)
    updates.change(function() files[name] = half end, function() files[name] = after end)
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
  loadfile = function(name) return real_load(files[name] or "", "@" .. name) end

  -- What is sent and what comes at the same time.
  local function transfer(bytes)
    local code = bytes:byte()
    if code == 0x05 or code == 0x9f then return "\0" .. chip.exchange(bytes:sub(1, 1), #bytes - 1) end
    if code == 0x03 then return ("\0"):rep(4) .. chip.exchange(bytes:sub(1, 4), #bytes - 4) end
    chip.exchange(bytes, 0)
    return ("\0"):rep(#bytes)
  end

  function board.new_hardware()
    local modules
    hardware, modules = real_loadfile("hardware.lua")()
    board.hardware = hardware
    return modules
  end

  function board.boot()
    local modules = board.new_hardware()
    modules.node.restart = function() updates.dead = true end
    for name, module in pairs(modules) do _G[name] = module end
    hardware.transfer = transfer
    hardware.set(CASE, 0)
    hardware.set(AT_OPEN, 0)
    hardware.set(FLOW, 1)
    curbstop, curbstop_boot = nil, nil
    assert(real_load(files["init.lua"], "=init"))()
  end

  function board.litre()
    hardware.set(FLOW, 0)
    hardware.pass(50)
    hardware.set(FLOW, 1)
  end

  function board.copy() return { updates.copied(files), chip.copy() } end

  function board.put(copy)
    files = updates.copied(copy[1])
    chip.put(copy[2])
  end

  function board.size()
    local bytes = chip.size()
    for _, text in pairs(files) do bytes = bytes + #text end
    return bytes
  end

  function board.runs() return curbstop_boot.slot .. " " .. curbstop_boot.sequence end

  return board
end)
