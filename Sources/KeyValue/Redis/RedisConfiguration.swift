import Foundation

/// Where Redis is and how long one waits for it.
///
/// Forms of the address, which is a secret when it holds a password:
/// - `redis://[[user]:password@]host[:port][/database]`
/// - `rediss://…`: the same over TLS with full verification
/// - `redis-sentinel://[[user]:password@]host[:port][,host[:port]…]/master[/database]` and `rediss-sentinel://…`: the
///   sentinels are asked (without a password) which server is the master
///
/// `?ca=/path` names a PEM file of the authorities that are trusted instead of the system's.
public struct RedisConfiguration: Sendable, CustomStringConvertible {
    enum Place: Hashable, Sendable {
        case server(RedisAddress)
        case sentinels([RedisAddress], master: String)
    }

    struct TLS: Hashable, Sendable {
        /// PEM file of trusted authorities; `nil` for the system's.
        var authorities: String?
    }

    let place: Place
    let username: String?
    let password: String?
    let database: Int
    let tls: TLS?

    /// Connections that share the calls.
    public var connections = 2
    /// A call that is not answered by then fails, and the connection with it.
    public var callTimeout = Duration.milliseconds(250)
    /// How long calls wait for a connection that is being made; after that calls fail at once until there is one.
    public var connectPatience = Duration.milliseconds(250)
    /// To connect and greet, in the background.
    public var connectTimeout = Duration.seconds(1)
    /// Between attempts to connect, in the background.
    public var longestBackoff = Duration.seconds(1)
    /// Calls that may wait for a connection.
    public var waitingLimit = 1024
    /// Before every key.
    public var keyPrefix = "aibox:"

    /// - Throws: `.invalid`, with a message that holds nothing of the address but its form.
    public init(url: String) throws(KeyValueError) {
        guard let schemeEnd = url.range(of: "://") else { throw Self.malformed("no scheme") }
        let scheme = url[..<schemeEnd.lowerBound]
        guard ["redis", "rediss", "redis-sentinel", "rediss-sentinel", "redis-sentinels"].contains(scheme) else {
            throw Self.malformed("the scheme is redis, rediss, redis-sentinel or rediss-sentinel")
        }
        let parts = url[schemeEnd.upperBound...].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts[0].split(separator: "/", omittingEmptySubsequences: false)
        let authority = path[0].split(separator: "@", omittingEmptySubsequences: false)
        guard authority.count <= 2, let hosts = authority.last else {
            throw Self.malformed("an @ in the password is written %40")
        }
        (username, password) = authority.count == 2 ? try Self.credential(authority[0]) : (nil, nil)
        let authorities = try parts.count == 2 ? Self.authorities(parts[1]) : nil
        tls =
            scheme == "rediss" || scheme == "rediss-sentinel" || scheme == "redis-sentinels"
            ? TLS(authorities: authorities) : nil
        if scheme.contains("sentinel") {
            guard path.count >= 2, !path[1].isEmpty else { throw Self.malformed("no name of the master") }
            var sentinels: [RedisAddress] = []
            for host in hosts.split(separator: ",", omittingEmptySubsequences: false) {
                sentinels.append(try RedisAddress(host, defaultPort: RedisAddress.defaultSentinelPort))
            }
            place = .sentinels(sentinels, master: String(path[1]))
            database = try Self.database(path.dropFirst(2))
        } else {
            place = .server(try RedisAddress(hosts, defaultPort: RedisAddress.defaultPort))
            database = try Self.database(path.dropFirst(1))
        }
    }

    /// The address without its credential.
    public var description: String {
        let scheme = tls == nil ? "redis" : "rediss"
        return switch place {
        case .server(let address): "\(scheme)://\(address)/\(database)"
        case .sentinels(let addresses, let master):
            "\(scheme)-sentinel://\(addresses.map(\.description).joined(separator: ","))/\(master)/\(database)"
        }
    }

    private static func credential(_ text: Substring) throws(KeyValueError) -> (user: String?, password: String?) {
        let halves = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let decoded = halves.map { String($0).removingPercentEncoding }
        guard decoded.count == 2, let user = decoded[0], let password = decoded[1], !password.isEmpty else {
            throw malformed("the credential is user:password or :password, percent-encoded")
        }
        return (user.isEmpty ? nil : user, password)
    }

    private static func database(_ path: ArraySlice<Substring>) throws(KeyValueError) -> Int {
        guard let text = path.first, !text.isEmpty else { return 0 }
        guard path.count == 1, let number = Int(text), (0..<100_000).contains(number) else {
            throw malformed("the database is a number")
        }
        return number
    }

    private static func authorities(_ query: Substring) throws(KeyValueError) -> String? {
        guard query.hasPrefix("ca="), let path = String(query.dropFirst(3)).removingPercentEncoding, !path.isEmpty
        else { throw malformed("the only option is ca=/path/to/authorities.pem") }
        return path
    }

    private static func malformed(_ reason: String) -> KeyValueError {
        KeyValueError(.invalid, "The address of Redis cannot be read: \(reason).")
    }
}
