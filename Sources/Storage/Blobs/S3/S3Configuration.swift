import Foundation

/// What opens an S3 store. Its secret is in no description.
public struct S3Credentials: Sendable, CustomStringConvertible, CustomReflectable {
    public let accessKey: String
    let secretKey: String
    /// Of credentials that were lent for a time.
    let sessionToken: String?

    public init(accessKey: String, secretKey: String, sessionToken: String? = nil) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
    }

    /// Reads `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
    public init?(environment: [String: String]) {
        guard let accessKey = environment["AWS_ACCESS_KEY_ID"], let secretKey = environment["AWS_SECRET_ACCESS_KEY"],
            !accessKey.isEmpty, !secretKey.isEmpty
        else { return nil }
        self.init(accessKey: accessKey, secretKey: secretKey, sessionToken: environment["AWS_SESSION_TOKEN"])
    }

    public var description: String { "credentials of \(accessKey)" }

    public var customMirror: Mirror { Mirror(self, children: ["accessKey": accessKey]) }
}

/// Where an S3 store is and how it is used.
public struct S3Configuration: Sendable {
    public var host: String
    /// `nil` for that of the scheme.
    public var port: Int?
    public var bucket: String
    /// Before every key: empty, or ending in a slash.
    public var prefix = ""
    public var region = "us-east-1"
    public var credentials: S3Credentials
    public var usesTLS = true
    /// A PEM file with the authorities that vouch for the server, in place of the system's.
    public var authorities: String?
    /// `https://host/bucket/key` in place of `https://bucket.host/key`.
    public var usesPathStyle = false
    /// Whether the server knows `If-None-Match: *` on PUT. Without it two puts of one key at once may both succeed.
    public var hasConditionalWrites = true

    /// Bytes of one part; a content up to it is sent in one request. At least 5 MiB on AWS. Each put that is under way
    /// holds one part in memory.
    public var partBytes = 8 * 1024 * 1024
    /// Connections at once.
    public var connections = 16
    /// Calls under way at once; one more is refused as `.busy`.
    public var callLimit = 64
    /// For one request to be answered, with its repetitions.
    public var deadline = Duration.seconds(30)
    /// For the server to gather the parts of a large blob.
    public var assemblyDeadline = Duration.seconds(300)
    /// Repetitions of a request that was not answered or with 5xx or 429.
    public var retries = 4
    /// The longest wait before the first repetition; it doubles with each.
    public var firstPause = Duration.milliseconds(100)
    /// Addresses of names, in place of what the system's resolver says.
    var addresses: [String: String] = [:]

    public init(host: String, bucket: String, credentials: S3Credentials) {
        self.host = host
        self.bucket = bucket
        self.credentials = credentials
    }

    /// Reads `s3://KEY:SECRET@host[:port]/bucket[/prefix]?region=…&tls=0|1&path_style=0|1&conditional=0|1&ca=FILE`.
    /// Key and secret are percent-encoded where they have `/`, `+`, `%`, `:` or `@`; without them those of
    /// `environment` are taken.
    ///
    /// - Throws: `.invalid`; the message repeats nothing of the address but names of options.
    public init(url: String, environment: [String: String] = [:]) throws(StorageError) {
        guard let parts = URLComponents(string: url), parts.scheme == "s3", let host = parts.host, !host.isEmpty,
            parts.fragment == nil
        else { throw Self.invalid("is no s3://KEY:SECRET@host[:port]/bucket[/prefix]") }
        let path = parts.path.split(separator: "/", maxSplits: 1)
        guard let bucket = path.first.map(String.init), Self.isBucket(bucket) else {
            throw Self.invalid("names no bucket (3–63 of a-z, 0-9, '.', '-')")
        }
        guard let credentials = Self.credentials(parts) ?? S3Credentials(environment: environment) else {
            throw Self.invalid("has no key and secret, and the environment has no AWS_ACCESS_KEY_ID")
        }
        self.init(host: host, bucket: bucket, credentials: credentials)
        port = parts.port
        if path.count == 2 { prefix = "\(try Self.prefix(path[1]))/" }
        for item in parts.queryItems ?? [] { try set(item.name, item.value ?? "") }
    }

    private mutating func set(_ option: String, _ value: String) throws(StorageError) {
        switch option {
        case "region" where value.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "/") }: region = value
        case "tls": usesTLS = try Self.isOn(option, value)
        case "path_style": usesPathStyle = try Self.isOn(option, value)
        case "conditional": hasConditionalWrites = try Self.isOn(option, value)
        case "ca" where !value.isEmpty: authorities = value
        default: throw Self.invalid("has an option '\(option.prefix(20))' that is unknown or empty")
        }
    }

    private static func isOn(_ option: String, _ value: String) throws(StorageError) -> Bool {
        guard let isOn = ["0": false, "1": true][value] else { throw invalid("wants 0 or 1 for '\(option)'") }
        return isOn
    }

    private static func credentials(_ parts: URLComponents) -> S3Credentials? {
        guard let key = parts.user, let secret = parts.password, !key.isEmpty, !secret.isEmpty else { return nil }
        return S3Credentials(accessKey: key, secretKey: secret)
    }

    private static func isBucket(_ name: String) -> Bool {
        (3...63).contains(name.utf8.count)
            && name.utf8.allSatisfy {
                (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
            }
    }

    private static func prefix(_ text: Substring) throws(StorageError) -> String {
        let text = text.last == "/" ? text.dropLast() : text
        do { return try BlobKey(String(text)).description } catch { throw invalid("has a prefix that is no key") }
    }

    private static func invalid(_ what: String) -> StorageError { StorageError(.invalid, "the S3 address \(what)") }
}

extension S3Configuration {
    /// The `Host` field of its requests.
    var authority: String {
        let name = usesPathStyle ? host : "\(bucket).\(host)"
        return port.map { "\(name):\($0)" } ?? name
    }

    var origin: String { "\(usesTLS ? "https" : "http")://\(authority)" }

    /// The path of an object in request lines; of the bucket for an empty name.
    func path(_ name: String) -> String {
        let path = usesPathStyle ? "/\(bucket)/\(name)" : "/\(name)"
        return S3Signature.encoded(path, keepingSlashes: true)
    }
}

extension S3Configuration {
    /// How a copy names its source.
    func copySource(_ name: String) -> String {
        S3Signature.encoded("/\(bucket)/\(prefix)\(name)", keepingSlashes: true)
    }
}
