-- AES-128 (FIPS 197) in CBC mode over whole blocks, as crypto.cipher_encrypt of LuatOS has it: what this file returns is
-- a function of bytes, key, initial block, and whether to encrypt.
local SBOX, INVERSE = {}, {}

local function times(a, b)
  local product = 0
  while b > 0 do
    if b & 1 == 1 then product = product ~ a end
    a = a << 1
    if a > 255 then a = a ~ 0x11b end
    b = b >> 1
  end
  return product
end

do
  for value = 0, 255 do
    local inverse = 0
    for candidate = 1, 255 do
      if times(value, candidate) == 1 then inverse = candidate end
    end
    local mapped = 0x63
    for turn = 0, 4 do mapped = mapped ~ ((inverse << turn | inverse >> (8 - turn)) & 255) end
    SBOX[value], INVERSE[mapped] = mapped, value
  end
end

local function schedule(key)
  local words, round = { key:byte(1, 16) }, 1
  for place = 17, 176, 4 do
    local a, b, c, d = table.unpack(words, place - 4, place - 1)
    if place % 16 == 1 then
      a, b, c, d = SBOX[b] ~ round, SBOX[c], SBOX[d], SBOX[a]
      round = times(round, 2)
    end
    for offset, byte in ipairs({ a, b, c, d }) do words[place + offset - 1] = words[place + offset - 17] ~ byte end
  end
  return words
end

local function add(state, words, round)
  for place = 1, 16 do state[place] = state[place] ~ words[16 * round + place] end
end

-- Bytes through a table, each row of the state turned; then columns times a circulant matrix.
local function turn(state, box, direction)
  local next_state = {}
  for place = 0, 15 do
    local row = place % 4
    next_state[(place - direction * 4 * row) % 16 + 1] = box[state[place + 1]]
  end
  return next_state
end

local function mix(state, factors)
  local next_state = {}
  for place = 0, 15 do
    local sum, column = 0, place // 4 * 4
    for row = 0, 3 do sum = sum ~ times(state[column + row + 1], factors[(row - place) % 4 + 1]) end
    next_state[place + 1] = sum
  end
  return next_state
end

local function encrypt(block, words)
  local state = { block:byte(1, 16) }
  add(state, words, 0)
  for round = 1, 10 do
    state = turn(state, SBOX, 1)
    if round < 10 then state = mix(state, { 2, 3, 1, 1 }) end
    add(state, words, round)
  end
  return string.char(table.unpack(state))
end

local function decrypt(block, words)
  local state = { block:byte(1, 16) }
  for round = 10, 1, -1 do
    add(state, words, round)
    if round < 10 then state = mix(state, { 14, 11, 13, 9 }) end
    state = turn(state, INVERSE, -1)
  end
  add(state, words, 0)
  return string.char(table.unpack(state))
end

local function xored(one, other)
  local bytes = {}
  for place = 1, 16 do bytes[place] = string.char(one:byte(place) ~ other:byte(place)) end
  return table.concat(bytes)
end

return function(bytes, key, initial, encrypts)
  local words, out, chain = schedule(key), {}, initial
  for place = 1, #bytes, 16 do
    local block = bytes:sub(place, place + 15)
    local made = encrypts and encrypt(xored(block, chain), words) or xored(decrypt(block, words), chain)
    out[#out + 1] = made
    chain = encrypts and made or block
  end
  return table.concat(out)
end
