/// What a file is kept for.
public enum FilePurpose: String, Codable, Hashable, Sendable, CaseIterable {
    case image, video, report, model

    /// - Throws: `DecodingError` that names the purposes.
    public init(from decoder: any Decoder) throws { self = try decoder.named(Self.self) }
}

/// A file that somebody has given to the box, or that the box has made.
public struct StoredFile: Codable, Hashable, Sendable {
    public var id: UUIDv7
    /// As it was given; it decides nothing.
    public var name: String?
    /// Told by the content.
    public var mediaType: String
    public var purpose: FilePurpose
    public var bytes: Int
    /// Of the content, 64 hexadecimal digits.
    public var sha256: String
    /// The user who sent it; `nil`: the box made it.
    public var createdBy: UUIDv7?
    public var createdAt: Timestamp

    public init(
        id: UUIDv7, name: String?, mediaType: String, purpose: FilePurpose, bytes: Int, sha256: String,
        createdBy: UUIDv7?, createdAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.mediaType = mediaType
        self.purpose = purpose
        self.bytes = bytes
        self.sha256 = sha256
        self.createdBy = createdBy
        self.createdAt = createdAt
    }

    enum CodingKeys: String, CodingKey {
        case id, name, purpose, bytes, sha256
        case mediaType = "media_type"
        case createdBy = "created_by"
        case createdAt = "created_at"
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(name, forKey: .name)  // present as null
        try container.encode(mediaType, forKey: .mediaType)
        try container.encode(purpose, forKey: .purpose)
        try container.encode(bytes, forKey: .bytes)
        try container.encode(sha256, forKey: .sha256)
        try container.encode(createdBy, forKey: .createdBy)  // present as null
        try container.encode(createdAt, forKey: .createdAt)
    }
}

/// What is known of a file before its content has come.
public struct NewFile: Codable, Hashable, Sendable {
    public var id: UUIDv7
    /// At most 255 characters, none of them a control character.
    public var name: String?
    public var purpose: FilePurpose
    public var createdBy: UUIDv7?

    public init(id: UUIDv7 = UUIDv7(), name: String? = nil, purpose: FilePurpose, createdBy: UUIDv7? = nil) {
        self.id = id
        self.name = name
        self.purpose = purpose
        self.createdBy = createdBy
    }

    enum CodingKeys: String, CodingKey {
        case id, name, purpose
        case createdBy = "created_by"
    }
}

/// The filters of `GET /files`; absent means any.
public struct FileQuery: Codable, Hashable, Sendable {
    public var purpose: FilePurpose?
    /// 1–500.
    public var limit: Int = 50
    /// Opaque: the `next_cursor` of the page before.
    public var cursor: String?

    public init() {}
}
