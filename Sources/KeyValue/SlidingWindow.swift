/// At most `count` in any span of `window`.
public struct RateLimit: Hashable, Sendable {
    public let count: Int
    public let window: Duration

    public init(_ count: Int, per window: Duration) {
        self.count = count
        self.window = window
    }
}

/// Whether a request may pass.
public struct RateDecision: Hashable, Sendable {
    public let isAllowed: Bool
    /// What may still pass now.
    public let remaining: Int
    /// When the same request would pass if no other came; zero when it passed.
    public let retryAfter: Duration

    public init(isAllowed: Bool, remaining: Int, retryAfter: Duration) {
        self.isAllowed = isAllowed
        self.remaining = remaining
        self.retryAfter = retryAfter
    }
}

/// Counts what passed within the last `window`: a sliding window log whose entries are merged when they lie close
/// together, so that it stays short.
///
/// The log (one time per request) is exact and grows with the limit. The usual counters of fixed windows weighted by
/// overlap are short, and let up to twice the limit pass in some spans. This is between them: requests within 1/32 of a
/// window of the first of a span share one entry, which counts until the last of them leaves the window (buckets finer
/// than the window, as in N. Mahdi, "An alternative approach to rate limiting", Figma, 2017). So never more than the
/// limit pass in any span of the window's length, a burst is forgotten exactly a window later, a steady stream is held
/// at most 1/32 of a window too long, and there are at most 34 entries. Refused requests do not count.
///
/// `RedisScripts.admit` is the same arithmetic in Lua; a test compares the two.
struct SlidingWindow: Hashable, Sendable {
    struct Entry: Hashable, Sendable {
        /// Milliseconds of the clock, of the first and of the last request.
        var start: Int64
        var last: Int64
        var count: Int
    }

    static let spansPerWindow: Int64 = 32

    private(set) var entries: [Entry] = []

    /// - Parameters:
    ///   - now: milliseconds of the clock; one that steps back is held at the last entry's time.
    ///   - window: milliseconds.
    mutating func admit(cost: Int, limit: Int, window: Int64, now: Int64) -> RateDecision {
        let now = max(now, entries.last?.last ?? now)
        entries.removeAll { $0.last + window <= now }
        let used = entries.reduce(0) { $0 + $1.count }
        guard used + cost <= limit else {
            let wait = wait(for: used + cost - limit, window: window, now: now)
            return RateDecision(
                isAllowed: false, remaining: max(0, limit - used), retryAfter: .milliseconds(wait))
        }
        if let newest = entries.last, now < newest.start + max(1, window / Self.spansPerWindow) {
            entries[entries.count - 1].last = now
            entries[entries.count - 1].count += cost
        } else {
            entries.append(Entry(start: now, last: now, count: cost))
        }
        return RateDecision(isAllowed: true, remaining: limit - used - cost, retryAfter: .zero)
    }

    /// Takes back what was admitted last.
    mutating func takeBack(cost: Int) {
        guard let newest = entries.last else { return }
        guard newest.count > cost else {
            entries.removeLast()
            return
        }
        entries[entries.count - 1].count -= cost
    }

    /// The time until `excess` has left the window; a whole window when that is never enough.
    private func wait(for excess: Int, window: Int64, now: Int64) -> Int64 {
        var freed = 0
        for entry in entries {
            freed += entry.count
            if freed >= excess { return entry.last + window - now }
        }
        return window
    }
}
