/// What must be atomic on a stream.
enum StreamScripts {
    /// KEYS: stream, its dead letters. ARGV: group, place, reason, deliveries, length to keep.
    /// Returns 1, or 0 when it was acknowledged or buried by another already.
    static let bury = RedisScript(
        """
        if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
        local entry = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])[1]
        if entry then
            local fields = entry[2]
            for _, text in ipairs({'origin', ARGV[2], 'reason', ARGV[3], 'deliveries', ARGV[4]}) do
                fields[#fields + 1] = text
            end
            redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[5], '*', unpack(fields))
        end
        return 1
        """)

    /// KEYS: stream. ARGV: group, consumer, idle ms, cursor, count.
    /// Takes over what lies idle, and says how often each was given out: XAUTOCLAIM alone does not.
    static let claim = RedisScript(
        """
        local reply = redis.call('XAUTOCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], 'COUNT', ARGV[5])
        local counts = {}
        for index, entry in ipairs(reply[2]) do
            local pending = redis.call('XPENDING', KEYS[1], ARGV[1], entry[1], entry[1], 1)[1]
            counts[index] = pending and pending[4] or 1
        end
        return {reply[1], reply[2], counts}
        """)
}
