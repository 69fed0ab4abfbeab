-- KEYS: value. ARGV: value, ttl in ms. Returns the value that was there, or nil.
local there = redis.call('GET', KEYS[1])
if there then return there end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return nil
