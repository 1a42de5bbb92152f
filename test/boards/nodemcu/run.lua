-- Runs bundle.lua of this folder on NodeMCU's hardware; its lines go out as sim/engines/child.ts wants them. The files of
-- the board are in memory, and outlive a power cut, as what the program holds of its own chips does.

local files = {}
local new_hash = dofile("sha256.lua")

function power_up()
  local modules
  hardware, modules = dofile("hardware.lua")
  for name, module in pairs(modules) do _G[name] = module end
end

power_up()
crypto = { new_hash = new_hash }
file = { remove = function(name) files[name] = nil end }

local real_io = io
local program = assert(real_io.open("program.txt", "rb"))
do
  -- The program reads its own pieces from the file that it runs.
  local bundle = assert(real_io.open("bundle.lua", "rb"))
  files["bundle.lua"] = bundle:read("a")
  bundle:close()
end
io = {
  open = function(name, mode)
    if mode ~= "w" and not files[name] then return nil, "no such file" end
    if mode == "w" then files[name] = "" end
    local place = 0
    return {
      seek = function(_, whence, offset)
        assert(whence == "set" and offset <= #files[name] or whence == "end" and (offset or 0) == 0)
        place = whence == "set" and offset or #files[name]
        return place
      end,
      read = function(_, count)
        local bytes = files[name]:sub(place + 1, count == "a" and -1 or place + count)
        place = place + #bytes
        return bytes
      end,
      write = function(self, bytes)
        files[name] = files[name]:sub(1, place) .. bytes .. files[name]:sub(place + #bytes + 1)
        place = place + #bytes
        return self
      end,
      close = function() end,
    }
  end,
}

local host = {
  read_line = function() return program:read("*l") end,
  write_line = function(line) real_io.write("@T", line, "\n") end,
}
local ok, fault = xpcall(function() loadfile("bundle.lua")("bundle.lua").runProgram(host) end, debug.traceback)
real_io.write("@R", ok and "ok" or tostring(fault):gsub("[\r\n]+", " | "), "\n")
