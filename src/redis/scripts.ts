import type { RedisClient } from './client.js';

/**
 * Redis executes each script at once and alone. Times are those of Redis: the clocks of the instances may differ. Keys
 * of one script share a hash tag, so that they are on one node of a cluster.
 */
const SCRIPTS = {
  /*
   * Finds a value, or takes the lease to make it.
   * KEYS: value, lease. ARGV: remaining life from which on the value is used, version that is not used ('' for none),
   * holder of the lease, life of the lease (0: take none).
   * Returns {remaining life, value}; {-1} with the lease; {-2, holder} if another instance has it; {-3} without a lease.
   */
  claimValue: {
    keys: 2,
    lua: `
local life = redis.call('PTTL', KEYS[1])
if life > 0 and life >= tonumber(ARGV[1]) then
  local value = redis.call('GET', KEYS[1])
  if ARGV[2] == '' or string.sub(value, 1, #ARGV[2]) ~= ARGV[2] then return {life, value} end
end
if ARGV[4] == '0' then return {-3} end
if redis.call('SET', KEYS[2], ARGV[3], 'NX', 'PX', ARGV[4]) then return {-1} end
return {-2, redis.call('GET', KEYS[2])}`,
  },
  /* Stores a value and ends the lease. KEYS: value, lease. ARGV: value, life, holder of the lease. */
  storeValue: {
    keys: 2,
    lua: `
if redis.call('GET', KEYS[2]) == ARGV[3] then redis.call('DEL', KEYS[2]) end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`,
  },
  /* Renews a lease (life 0: ends it). KEYS: lease. ARGV: holder, life. */
  renewLease: {
    keys: 1,
    lua: `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then return redis.call('DEL', KEYS[1]) end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`,
  },
  /* Removes a value of a version. KEYS: value. ARGV: version. */
  removeVersion: {
    keys: 1,
    lua: `
local value = redis.call('GET', KEYS[1])
if value and string.sub(value, 1, #ARGV[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`,
  },
  /*
   * Registers what an instance holds, and grants further slots. KEYS: a hash with a field for each instance: "<end of its
   * lease> <slots held> <slots wanted>", and the field 'begun' with the time at which the hash was made.
   * ARGV: instance, limit, slots held, slots wanted, most slots that it may hold, instances that it knows, life of its
   * lease, life of the hash.
   * Returns {slots granted, live instances, whether the hash is older than a lease}.
   *
   * A slot is kept free for each live instance that holds none, so that each can always send one request. An instance with
   * its share leaves further slots to those that wait with less than theirs. When the hash is new, because Redis was
   * flushed or restarted empty, other instances may hold slots that are not registered yet: each keeps to its share.
   */
  syncSlots: {
    keys: 1,
    lua: `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit, held, want = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local most, lease = tonumber(ARGV[5]), tonumber(ARGV[7])
local fields = redis.call('HGETALL', KEYS[1])
local begun, total, live, idle = nil, held, 1, 0
local waiting = {}
for i = 1, #fields, 2 do
  local name, text = fields[i], fields[i + 1]
  if name == 'begun' then
    begun = tonumber(text)
  elseif name ~= ARGV[1] then
    local ends, has, wants = string.match(text, '^(%d+) (%d+) (%d+)$')
    if ends == nil or tonumber(ends) <= now then
      redis.call('HDEL', KEYS[1], name)
    else
      live = live + 1
      total = total + tonumber(has)
      if tonumber(has) == 0 then idle = idle + 1 end
      if tonumber(wants) > 0 then waiting[#waiting + 1] = tonumber(has) end
    end
  end
end
if begun == nil then
  begun = now
  redis.call('HSET', KEYS[1], 'begun', now)
end
local settled = now - begun >= lease
local share = math.max(1, math.floor(limit / live))
if not settled then
  most = math.min(most, math.max(1, math.floor(limit / math.max(live, tonumber(ARGV[6])))))
end
local contended = false
for _, has in ipairs(waiting) do
  if has < share then contended = true end
end
if contended then most = math.min(most, share) end
local granted = 0
while granted < want and held + granted < most and total < limit
  and (held + granted == 0 or total + idle < limit) do
  granted = granted + 1
  total = total + 1
end
redis.call('HSET', KEYS[1], ARGV[1], (now + lease) .. ' ' .. (held + granted) .. ' ' .. (want - granted))
redis.call('PEXPIRE', KEYS[1], ARGV[8])
return {granted, live, settled and 1 or 0}`,
  },
} as const;

type Argument = string | number | Buffer;
type ClaimReply = [life: number] | [life: number, valueOrHolder: Buffer];

/** A client with the scripts as commands. */
export type ScriptedClient = RedisClient & {
  claimValueBuffer(
    ...keysAndArguments: [
      value: string,
      lease: string,
      minLife: Argument,
      notVersion: Argument,
      holder: string,
      leaseMs: number,
    ]
  ): Promise<ClaimReply>;
  storeValue(
    ...keysAndArguments: [key: string, lease: string, value: Buffer, lifeMs: number, holder: string]
  ): Promise<number>;
  renewLease(...keysAndArguments: [lease: string, holder: string, leaseMs: number]): Promise<number>;
  removeVersion(...keysAndArguments: [key: string, version: Argument]): Promise<number>;
  syncSlots(
    ...keysAndArguments: [
      key: string,
      instance: string,
      limit: number,
      held: number,
      want: number,
      most: number,
      knownInstances: number,
      leaseMs: number,
      lifeMs: number,
    ]
  ): Promise<[granted: number, live: number, settled: number]>;
};

/** Adds the scripts to a client as commands. They are sent by their digest, and in full where Redis does not know it. */
export function withScripts(client: RedisClient): ScriptedClient {
  for (const [name, { keys, lua }] of Object.entries(SCRIPTS))
    client.defineCommand(name, { numberOfKeys: keys, lua });
  return client as ScriptedClient;
}
