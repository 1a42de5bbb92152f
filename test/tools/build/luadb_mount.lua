-- LuatOS as far as a package concerns it: it mounts script.bin as luat_luadb_mount of luat/vfs/luat_fs_luadb.c does, in its
-- order of checks, and runs /luadb/main.luac or /luadb/main.lua (luat/modules/luat_main.c, lua/src/loadlib.c).
-- Prints PROJECT, VERSION, then names and sizes of the files, then the exports of main.lua, and what
-- the first of them says.

local file = assert(io.open(arg[1], "rb"))
local bytes = file:read("a")
file:close()
local place = 1

local function u8()
  local value = bytes:byte(place)
  place = place + 1
  return value or error("the package ends too soon", 0)
end
local function u16() return u8() + u8() * 256 end
local function u32() return u16() + u16() * 65536 end
local function check(holds, what) if not holds then error("Bad LuaDB: " .. what, 0) end end

local version, head_size, count, head_ok = 0, 0, 0, false
for _ = 1, 128 do
  local tag, length = u8(), u8()
  if tag == 1 then
    check(length == 4, "Magic len")
    local one, two = u16(), u16()
    check(one == two and one == 0xA55A, "Magic not match")
  elseif tag == 2 then
    check(length == 2, "Version len")
    version = u16()
  elseif tag == 3 then
    check(length == 4, "Header full len")
    head_size = u32()
  elseif tag == 4 then
    check(length == 2, "file count len")
    count = u16()
  elseif tag == 0xFE then
    check(length == 2, "CRC len")
    place, head_ok = place + length, true
    break
  else
    place = place + length
  end
end
check(head_ok and version ~= 0 and head_size ~= 0 and count ~= 0 and count <= 1024, "head")
check(version == 2, "version, as luat_luadb_checkfile wants it")
check(place - 1 == head_size, "length of the head")

local files, order = {}, {}
for number = 1, count do
  check(u8() == 1 and u8() == 4, "bad file data 1")
  place = place + 4
  check(u8() == 2, "bad file data 2")
  local length = u8()
  check(length <= 31, "a name of more than 31 characters")
  local name = bytes:sub(place, place + length - 1)
  place = place + length
  check(u8() == 3 and u8() == 4, "bad file data 3")
  local size = u32()
  check(u8() == 0xFE and u8() == 2, "bad file data 4")
  place = place + 2
  check(place + size - 1 <= #bytes, "the end of " .. name)
  files[name] = bytes:sub(place, place + size - 1)
  order[number] = name
  place = place + size
end

-- luat_fs_luadb.c, under its mount point: whoever asks for the end gets the end, whatever distance from it he names.
function io.open(path)
  local content, at = files[path:match("^/luadb/(.*)$")], 0
  if not content then return nil, path .. ": no such file" end
  return {
    seek = function(_, whence, offset)
      at = whence == "end" and #content or offset
      return at
    end,
    read = function(_, length)
      at = at + length
      return content:sub(at - length + 1, at)
    end,
  }
end

local main = files["main.luac"] or files["main.lua"]
check(main, "main.lua not found")
local exports = assert(load(main, "@main.lua"))()
print(PROJECT, VERSION)
for _, name in ipairs(order) do print(name, #files[name]) end
local names = {}
for name in pairs(exports) do names[#names + 1] = name end
table.sort(names)
print(table.concat(names, " "))
-- What it says when it is given nothing comes from the code that it reads from its package.
print(select(2, pcall(exports[names[1]])))
