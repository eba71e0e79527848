/// What bytes are, by how they begin; names and announcements are not believed.
public struct ContentType: Sendable, Hashable {
    /// What a file may be stored for.
    public enum Purpose: String, Sendable, CaseIterable {
        case image
        case video
        case report
        case model
    }

    /// As in a `Content-Type` field, such as `image/jpeg`.
    public let mediaType: String
    public let purposes: Set<Purpose>
    /// Whether a browser would run what is in it. Such a file is only ever sent as an attachment of type
    /// `application/octet-stream`.
    public let isActive: Bool

    init(_ mediaType: String, _ purposes: Set<Purpose> = [], isActive: Bool = false) {
        self.mediaType = mediaType
        self.purposes = purposes
        self.isActive = isActive
    }

    /// Bytes of which nothing is known.
    public static let unknown = ContentType("application/octet-stream")

    /// What a browser may be told: never something that it would run.
    public var servedMediaType: String { isActive ? Self.unknown.mediaType : mediaType }
}
