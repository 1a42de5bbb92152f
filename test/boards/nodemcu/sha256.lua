-- SHA-256 (FIPS 180-4) as crypto.new_hash of NodeMCU has it (components/modules/crypto.c): what this file returns.
local PRIMES_K, INITIAL = {}, {}
do
  local function fraction(value, power)
    local root = value ^ power
    return math.floor((root - math.floor(root)) * 4294967296)
  end
  local value = 2
  while #PRIMES_K < 64 do
    local prime = true
    for divisor = 2, math.floor(value ^ 0.5) do prime = prime and value % divisor ~= 0 end
    if prime then
      PRIMES_K[#PRIMES_K + 1] = fraction(value, 1 / 3)
      if #INITIAL < 8 then INITIAL[#INITIAL + 1] = fraction(value, 1 / 2) end
    end
    value = value + 1
  end
end

local function rotate(word, count) return (word >> count | word << (32 - count)) & 0xffffffff end

local function digest_block(state, block)
  local w = { string.unpack(">I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4", block) }
  for i = 17, 64 do
    local x, y = w[i - 15], w[i - 2]
    local s0, s1 = rotate(x, 7) ~ rotate(x, 18) ~ x >> 3, rotate(y, 17) ~ rotate(y, 19) ~ y >> 10
    w[i] = (w[i - 16] + s0 + w[i - 7] + s1) & 0xffffffff
  end
  local a, b, c, d, e, f, g, h = table.unpack(state)
  for i = 1, 64 do
    local s1 = rotate(e, 6) ~ rotate(e, 11) ~ rotate(e, 25)
    local t1 = h + s1 + (e & f ~ ~e & g) + PRIMES_K[i] + w[i]
    local s0 = rotate(a, 2) ~ rotate(a, 13) ~ rotate(a, 22)
    local t2 = s0 + (a & b ~ a & c ~ b & c)
    h, g, f, e, d, c, b, a = g, f, e, (d + t1) & 0xffffffff, c, b, a, (t1 + t2) & 0xffffffff
  end
  for i, word in ipairs({ a, b, c, d, e, f, g, h }) do state[i] = (state[i] + word) & 0xffffffff end
end

return function(name)
  if name:upper() ~= "SHA256" then error("Unsupported algorithm: " .. name) end
  local state, rest, length = { table.unpack(INITIAL) }, "", 0
  return {
    update = function(_, text)
      length, rest = length + #text, rest .. text
      local done = #rest - #rest % 64
      for place = 1, done, 64 do digest_block(state, rest:sub(place, place + 63)) end
      rest = rest:sub(done + 1)
    end,
    finalize = function()
      local tail = rest .. "\128" .. ("\0"):rep((55 - #rest) % 64) .. string.pack(">I8", length * 8)
      for place = 1, #tail, 64 do digest_block(state, tail:sub(place, place + 63)) end
      return string.pack(">I4I4I4I4I4I4I4I4", table.unpack(state))
    end,
  }
end
