import AIBoxAPI
import NIOCore

/// What the gateway asks of the data manager. Two implementations: `DataManager` itself (in process) and
/// `HTTPDataManager`.
///
/// Every call throws `Problem`. A write that has returned is fsynced.
public protocol DataManaging: GalleryKeeping, DeviceKeeping, EventKeeping, JobKeeping, FileKeeping, BackupKeeping {
    /// Stores an inference with its detections, and the encoded picture when given. Storing the same inference
    /// twice is one row: a caller may retry after a lost answer.
    func store(_ inference: InferenceRecord, picture: ByteBuffer?) async throws

    /// Newest first, by identifier. An invalid cursor throws 422.
    func detections(_ query: DetectionQuery) async throws -> Page<DetectionRecord>

    func detection(_ id: UUIDv7) async throws -> DetectionRecord?

    func inference(_ id: UUIDv7) async throws -> InferenceRecord?

    /// Counts of detections by the minutes, hours or days of a time zone. 422 for a zone that is none, and for more
    /// buckets or counts than one answer has.
    func summary(_ query: SummaryQuery) async throws -> DetectionSummary

    /// The encoded picture of an inference, when it was stored.
    func picture(ofInference id: UUIDv7) async throws -> ByteBuffer?

    /// The user with the argon2id hash of the password; user names are compared exactly.
    func credential(username: String) async throws -> StoredCredential?

    func user(_ id: UUIDv7) async throws -> User?

    /// Creates the user unless there is any user at all; returns whether it did.
    func createFirstUser(_ credential: StoredCredential) async throws -> Bool

    /// Gives a user another password and ends the user's sessions but `session`. Returns the sessions that it ended;
    /// throws 404 when there is no such user.
    ///
    /// - Parameters:
    ///   - passwordHash: PHC string.
    ///   - mustChange: whether the user is asked for another one after the next login.
    func setPassword(
        _ passwordHash: String, mustChange: Bool, ofUser id: UUIDv7, keeping session: UUIDv7?
    ) async throws -> [UUIDv7]

    /// Opens a session with its first refresh token.
    func openSession(_ session: StoredSession) async throws

    /// Exchanges a refresh token (by hash) for its successor. A token that was exchanged before closes the whole
    /// session, since two parties hold it. `nil`: unknown, expired or closed.
    func rotateSession(refreshHash: String, successorHash: String, expiresAt: Timestamp) async throws -> StoredSession?

    /// Ends a session; later `session(_:)` answers `nil`.
    func closeSession(_ id: UUIDv7) async throws

    /// The open session, or `nil` when it was closed or has expired.
    func session(_ id: UUIDv7) async throws -> StoredSession?

    func health() async throws -> ServiceHealth
}

public struct StoredCredential: Codable, Sendable {
    public var user: User
    /// PHC string, `$argon2id$v=19$m=…`.
    public var passwordHash: String

    public init(user: User, passwordHash: String) {
        self.user = user
        self.passwordHash = passwordHash
    }

    enum CodingKeys: String, CodingKey {
        case user
        case passwordHash = "password_hash"
    }
}

/// A login: a family of refresh tokens of which one is good at a time. Only hashes are kept.
public struct StoredSession: Codable, Sendable {
    public var id: UUIDv7
    public var userID: UUIDv7
    /// SHA-256 of the refresh token, hexadecimal.
    public var refreshHash: String
    public var expiresAt: Timestamp

    public init(id: UUIDv7, userID: UUIDv7, refreshHash: String, expiresAt: Timestamp) {
        self.id = id
        self.userID = userID
        self.refreshHash = refreshHash
        self.expiresAt = expiresAt
    }

    enum CodingKeys: String, CodingKey {
        case id
        case userID = "user_id"
        case refreshHash = "refresh_hash"
        case expiresAt = "expires_at"
    }
}
