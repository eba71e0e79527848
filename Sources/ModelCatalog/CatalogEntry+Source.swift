extension CatalogEntry {
    /// A place the file can be had from, or one that is only listed.
    public enum Source: Hashable, Sendable {
        /// An address that serves the entry's very file.
        case url(Remote)
        /// A member of a Python wheel, byte for byte the entry's file.
        case wheel(WheelMember)
        /// What the file was converted from. Never pulled: it is read differently from the entry's file.
        case original(Remote)
        /// Another file of the same network. Never pulled, for the same reason.
        case alternative(Remote)
    }
}

extension CatalogEntry.Source {
    /// A file at an address.
    public struct Remote: Codable, Hashable, Sendable {
        public var url: String
        /// `nil` is unknown: such a source is refused.
        public var sha256: String?
        public var bytes: Int?
        /// Whether a published checksum or the origin's own object store proves these bytes.
        public var verified: Bool
        /// What the proof is.
        public var evidence: String?
        public var format: String?
        /// The engines that read the format; `nil` with a format: none that we use.
        public var engine: String?
        /// What was done to this file to get the entry's.
        public var conversion: String?
        /// How its outputs differ from the entry's.
        public var difference: String?
        /// Files that belong to it.
        public var companions: [Companion]?
    }

    public struct Companion: Codable, Hashable, Sendable {
        public var url: String
        public var sha256: String
        public var bytes: Int
    }

    /// A file inside a wheel of the Python package index.
    public struct WheelMember: Codable, Hashable, Sendable {
        public var package: String
        public var version: String
        /// Path inside the archive.
        public var member: String
        public var wheelSHA256: String
        /// For a wheel of one platform: its tag, so that any machine may fetch it.
        public var platform: String?
        /// The Python that the wheel is for, whichever one runs pip.
        public var pythonVersion: String?

        enum CodingKeys: String, CodingKey {
            case package, version, member, platform
            case wheelSHA256 = "wheel_sha256"
            case pythonVersion = "python_version"
        }
    }
}

extension CatalogEntry.Source: Codable {
    enum Kind: String, CatalogName {
        case url, wheel
        case original = "url-original"
        case alternative = "url-alternative"
    }

    private enum CodingKeys: String, CodingKey { case kind }

    public init(from decoder: any Decoder) throws {
        let kind = try decoder.container(keyedBy: CodingKeys.self).decode(Kind.self, forKey: .kind)
        switch kind {
        case .url: self = .url(try Remote(from: decoder))
        case .wheel: self = .wheel(try WheelMember(from: decoder))
        case .original: self = .original(try Remote(from: decoder))
        case .alternative: self = .alternative(try Remote(from: decoder))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(kind, forKey: .kind)
        switch self {
        case .url(let remote), .original(let remote), .alternative(let remote): try remote.encode(to: encoder)
        case .wheel(let member): try member.encode(to: encoder)
        }
    }

    var kind: Kind {
        switch self {
        case .url: .url
        case .wheel: .wheel
        case .original: .original
        case .alternative: .alternative
        }
    }
}
