/// What a MongoDB server says of itself, and how one talks to it.
public struct MongoServer: Sendable, Hashable, CustomStringConvertible {
    /// Such as `7.0.14`.
    public let version: String
    /// Whether the connection is TLS.
    public let isEncrypted: Bool

    public var description: String { "MongoDB \(version), \(isEncrypted ? "TLS" : "without TLS")" }
}
