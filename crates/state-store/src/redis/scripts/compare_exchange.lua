-- KEYS: value. ARGV: new value, ttl in ms, and the expected value unless absence is expected.
-- Returns {1, nil} when swapped, otherwise {0, the value that was there or nil}. (A false is a nil in a reply.)
local there = redis.call('GET', KEYS[1])
if there ~= (ARGV[3] or false) then return {0, there} end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {1, false}
