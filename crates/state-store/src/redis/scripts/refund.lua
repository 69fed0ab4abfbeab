-- KEYS: counter. ARGV: amount.
local field = redis.call('HGET', KEYS[1], 'total')
if field then
  local total = math.max(tonumber(field) - tonumber(ARGV[1]), 0)
  redis.call('HSET', KEYS[1], 'total', string.format('%.0f', total))
elseif redis.call('EXISTS', KEYS[1]) == 1 then
  return redis.error_reply('WRONGTYPE not a counter')
end
return redis.status_reply('OK')
