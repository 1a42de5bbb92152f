-- A W25Q32JV (boards/drivers/w25q.ts names its document) in memory, page by page, for updates.lua: what this file returns is
-- called with `updates` and the first address at which a change is one of the slots'. exchange(out, count) is the chip's answer
-- to what was sent; copy() and put(copy) are its cells, size() the bytes of them.
local BLANK_PAGE = ("\255"):rep(256)
local ID = "\xef\x40\x16"

return function(updates, slots_first)
  local pages, enabled = {}, false
  local chip = {}

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

  local function erase(address, count)
    for page = address // 256, address // 256 + count - 1 do pages[page] = nil end
  end

  local function program(address, bytes)
    local old, made = cells(address, #bytes), {}
    for place = 1, #old do made[place] = string.char(old:byte(place) & bytes:byte(place)) end
    local page = cells(address // 256 * 256, 256)
    pages[address // 256] = page:sub(1, address % 256) .. table.concat(made) .. page:sub(address % 256 + #made + 1)
  end

  local function change(address, half, after)
    enabled = false
    if address >= slots_first then return updates.change(half, after) end
    if not updates.dead then after() end
  end

  function chip.exchange(out, count)
    local code, high, middle, low = out:byte(1, 4)
    local address = low and (high << 16 | middle << 8 | low)
    if code == 0x03 then return cells(address, count) end
    if code == 0x05 then return (enabled and "\2" or "\0"):rep(count) end
    if code == 0x9f then return ID:sub(1, count) end
    if code == 0x06 then enabled = true end
    if code == 0x20 and enabled then
      change(address, function() erase(address + 2048, 8) end, function() erase(address, 16) end)
    elseif code == 0x02 and enabled then
      local bytes = out:sub(5)
      change(
        address,
        function() program(address, bytes:sub(1, #bytes // 2)) end,
        function() program(address, bytes) end
      )
    end
    return ("\255"):rep(count)
  end

  -- A byte that has lost its bits.
  function chip.spoil(address) program(address, "\0") end

  function chip.copy() return updates.copied(pages) end

  function chip.put(copy) pages = updates.copied(copy) end

  function chip.size()
    local bytes = 0
    for _, text in pairs(pages) do bytes = bytes + #text end
    return bytes
  end

  return chip
end
