/// What must be atomic on the server. A time to live of 0 stands for none.
enum RedisScripts {
    /// KEYS: value. ARGV: expected, "set" or "remove", new value, time to live in ms.
    static let compareAndSet = RedisScript(
        """
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
        if ARGV[2] == 'remove' then redis.call('DEL', KEYS[1])
        elseif ARGV[4] == '0' then redis.call('SET', KEYS[1], ARGV[3])
        else redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4]) end
        return 1
        """)

    /// KEYS: value. ARGV: amount, time to live in ms from the first increment.
    static let increment = RedisScript(
        """
        if ARGV[2] ~= '0' then redis.call('SET', KEYS[1], '0', 'NX', 'PX', ARGV[2]) end
        return redis.call('INCRBY', KEYS[1], ARGV[1])
        """)

    /// `SlidingWindow.admit`. KEYS: window. ARGV: cost, limit, window in ms, now in ms ('' for the server's clock).
    /// Kept as "start,last,count;" for each entry.
    static let admit = RedisScript(
        """
        local cost, limit, window = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
        local now = tonumber(ARGV[4])
        if not now then
            local time = redis.call('TIME')
            now = time[1] * 1000 + math.floor(time[2] / 1000)
        end
        local entries, used = {}, 0
        local kept = redis.call('GET', KEYS[1]) or ''
        for start, last, count in string.gmatch(kept, '(%d+),(%d+),(%d+);') do
            entries[#entries + 1] = {tonumber(start), tonumber(last), tonumber(count)}
        end
        if #entries > 0 and entries[#entries][2] > now then now = entries[#entries][2] end
        local live = {}
        for _, entry in ipairs(entries) do
            if entry[2] + window > now then
                live[#live + 1] = entry
                used = used + entry[3]
            end
        end
        if used + cost > limit then
            local freed, wait = 0, window
            for _, entry in ipairs(live) do
                freed = freed + entry[3]
                if freed >= used + cost - limit then
                    wait = entry[2] + window - now
                    break
                end
            end
            return {0, math.max(0, limit - used), wait}
        end
        local newest = live[#live]
        if newest and now < newest[1] + math.max(1, math.floor(window / 32)) then
            newest[2] = now
            newest[3] = newest[3] + cost
        else
            live[#live + 1] = {now, now, cost}
        end
        local text = {}
        for index, entry in ipairs(live) do
            text[index] = string.format('%.0f,%.0f,%.0f;', entry[1], entry[2], entry[3])
        end
        redis.call('SET', KEYS[1], table.concat(text), 'PX', ARGV[3])
        return {1, limit - used - cost, 0}
        """)
}
