/// Where a server listens.
struct RedisAddress: Hashable, Sendable, CustomStringConvertible {
    static let defaultPort = 6379
    static let defaultSentinelPort = 26_379

    let host: String
    let port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `host`, `host:port` or `[ipv6]:port`.
    init(_ text: Substring, defaultPort: Int) throws(KeyValueError) {
        var rest = text
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = String(text[text.index(after: text.startIndex)..<end])
            rest = text[text.index(after: end)...]
        } else {
            host = String(text.prefix { $0 != ":" })
            rest = text.dropFirst(host.count)
        }
        guard !host.isEmpty else { throw KeyValueError(.invalid, "The address of Redis names no host.") }
        if rest.isEmpty {
            port = defaultPort
        } else if rest.hasPrefix(":"), let number = UInt16(rest.dropFirst()), number > 0 {
            port = Int(number)
        } else {
            throw KeyValueError(.invalid, "The address of Redis has no valid port: it is host:port.")
        }
    }

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
