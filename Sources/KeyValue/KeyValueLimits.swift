/// What every store takes at most; a call beyond it throws `.tooLarge` or `.invalid` before anything is sent.
public enum KeyValueLimits {
    /// Bytes of a key in UTF-8; at least one.
    public static let key = 512
    /// Bytes of a value.
    public static let value = 1 << 20
    /// Keys of one `values(of:)`.
    public static let keys = 1024
    /// The longest life of an entry and the longest rate window.
    public static let expiry = Duration.seconds(400 * 86_400)
    /// What a rate window may admit, and what one request may cost.
    public static let rate = 1_000_000_000

    static func check(key: String) throws(KeyValueError) {
        let count = key.utf8.count
        guard count > 0 else { throw KeyValueError(.invalid, "A key is empty.") }
        guard count <= Self.key else {
            throw KeyValueError(.tooLarge, "A key of \(count) bytes; at most \(Self.key) are taken.")
        }
    }

    static func check(value: [UInt8]?) throws(KeyValueError) {
        guard let count = value?.count, count > Self.value else { return }
        throw KeyValueError(.tooLarge, "A value of \(count) bytes; at most \(Self.value) are taken.")
    }

    static func check(keys: [String]) throws(KeyValueError) {
        guard keys.count <= Self.keys else {
            throw KeyValueError(.tooLarge, "\(keys.count) keys in one call; at most \(Self.keys) are taken.")
        }
        for key in keys { try check(key: key) }
    }

    /// An expiry in whole milliseconds, at least one.
    static func milliseconds(_ duration: Duration) throws(KeyValueError) -> Int64 {
        guard duration > .zero, duration <= expiry else {
            throw KeyValueError(.invalid, "A time to live of \(duration); it is above zero and at most 400 days.")
        }
        return max(1, Int64(duration / .milliseconds(1)))
    }

    static func milliseconds(_ duration: Duration?) throws(KeyValueError) -> Int64? {
        guard let duration else { return nil }
        let whole: Int64 = try milliseconds(duration)
        return whole
    }

    static func check(rate: RateLimit, cost: Int) throws(KeyValueError) {
        guard (0...Self.rate).contains(rate.count), (1...Self.rate).contains(cost) else {
            throw KeyValueError(.invalid, "A rate of \(rate.count) or a cost of \(cost) is out of range.")
        }
        _ = try milliseconds(rate.window) as Int64
    }
}
