-- Runs bundle.lua of this folder on LuatOS's hardware; its lines go out as sim/engines/child.ts wants them. The files of
-- the module are in memory, and outlive a power cut, as what the program holds of its own chips does.

local files = {}
local new_hash, aes = dofile("sha256.lua"), dofile("aes.lua")
local real_io = io
local program = assert(real_io.open("program.txt", "rb"))

-- Nothing is kept of a file before it is closed: LittleFS has the old one until then.
io = {
  open = function(name, mode)
    assert(name:sub(1, 1) == "/" and (mode == "rb" or mode == "wb"))
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
os = { remove = function(name) files[name] = nil end }

function power_up()
  local modules, crypto_of
  sys_pub = nil
  hardware, modules, crypto_of = dofile("hardware.lua")
  for name, module in pairs(modules) do _G[name] = module end
  hardware.aes = aes
  crypto = crypto_of(new_hash)
end

power_up()
local host = {
  read_line = function() return program:read("*l") end,
  write_line = function(line) real_io.write("@T", line, "\n") end,
}
local ok, fault = xpcall(function() dofile("bundle.lua").runProgram(host) end, debug.traceback)
real_io.write("@R", ok and "ok" or tostring(fault):gsub("[\r\n]+", " | "), "\n")
