-- KEYS: counter. ARGV: amount, limit, ttl in ms.
-- Returns {1, total, 0}, or {0, total, ms until it expires} when the sum would pass the limit.
local field = redis.call('HGET', KEYS[1], 'total')
if not field and redis.call('EXISTS', KEYS[1]) == 1 then
  return redis.error_reply('WRONGTYPE not a counter')
end
local total, amount = tonumber(field or 0), tonumber(ARGV[1])
if total + amount > tonumber(ARGV[2]) then
  return {0, total, math.max(redis.call('PTTL', KEYS[1]), 0)}
end
if amount > 0 then
  redis.call('HINCRBY', KEYS[1], 'total', ARGV[1])
  if not field then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
end
return {1, total + amount, 0}
