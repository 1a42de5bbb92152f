-- A W25Q32 (boards/drivers/w25q.ts names its document) whose cells are in a file and outlive its power: what this file
-- returns takes the file's name and gives the chip's answer to what was sent, and how many bytes are read then. In the file
-- every bit is the other way round, so that what was never written reads as ones.
local PAGE_BYTES, SECTOR_BYTES, ADDRESS_MAX = 256, 4096, 4194304
local ID = "\xEF\x40\x16"

return function(name)
  local file = io.open(name, "r+b") or assert(io.open(name, "w+b"))
  file:setvbuf("no")
  local write_enabled = false

  local function turned(bytes) return (bytes:gsub(".", function(c) return string.char(c:byte() ~ 255) end)) end

  local function read(address, count)
    file:seek("set", address)
    local bytes = turned(file:read(count) or "")
    return bytes .. ("\255"):rep(count - #bytes)
  end

  local function write(address, bytes)
    file:seek("set", address)
    assert(file:write(turned(bytes)))
  end

  -- Behind the end of a page it goes on at its beginning; a bit that is 0 stays so.
  local function program(address, bytes)
    local page = address // PAGE_BYTES * PAGE_BYTES
    local cells = { read(page, PAGE_BYTES):byte(1, -1) }
    for place = 1, #bytes do
      local at = (address + place - 1) % PAGE_BYTES + 1
      cells[at] = cells[at] & bytes:byte(place)
    end
    write(page, string.char(table.unpack(cells)))
  end

  return function(out, count)
    local code, high, middle, low = out:byte(1, 4)
    local address = low and ((high << 16 | middle << 8 | low) % ADDRESS_MAX)
    if code == 0x9F then return ID:sub(1, count) end
    if code == 0x05 then return (write_enabled and "\2" or "\0"):rep(count) end
    if code == 0x03 then return read(address, count) end
    if code == 0x06 then
      write_enabled = true
    elseif code == 0x02 and write_enabled then
      program(address, out:sub(5))
      write_enabled = false
    elseif code == 0x20 and write_enabled then
      write(address // SECTOR_BYTES * SECTOR_BYTES, ("\255"):rep(SECTOR_BYTES))
      write_enabled = false
    end
    return ("\255"):rep(count)
  end
end
