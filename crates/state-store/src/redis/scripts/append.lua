-- A log is a stream whose entries have the ids 1-0, 2-0, ... and one field each.
-- KEYS: log. ARGV: value, entries to keep, ttl in ms. Returns the entry's sequence number.
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local sequence = last and tonumber(string.match(last[1], '^%d+')) + 1 or 1
redis.call('XADD', KEYS[1], 'MAXLEN', '=', ARGV[2], string.format('%.0f-0', sequence), 'v', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return sequence
