-- GCRA by the server's clock: 'arrival' is when the quota will be whole again, in microseconds.
-- KEYS: quota. ARGV: period in microseconds, burst, units.
-- Returns {1, units left}, {0, microseconds to wait}, or {0, nil} when the units are more than the burst.
local field = redis.call('HGET', KEYS[1], 'arrival')
if not field and redis.call('EXISTS', KEYS[1]) == 1 then
  return redis.error_reply('WRONGTYPE not a quota')
end
local period, burst, units = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if units > burst then return {0, false} end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local latest = now + period * burst
-- A clock that was set back, or a quota that was larger before, makes nobody wait for more than a whole burst.
local arrival = math.min(math.max(tonumber(field or 0), now), latest) + period * units
if arrival > latest then return {0, arrival - latest} end
if units > 0 then
  redis.call('HSET', KEYS[1], 'arrival', string.format('%.0f', arrival))
  redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', math.ceil(arrival / 1000)))
end
return {1, math.floor((latest - arrival) / period)}
