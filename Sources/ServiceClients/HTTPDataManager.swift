import AIBoxAPI
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat

/// The data manager over HTTP. The wire form is documented where it is served, with `InternalRoutes` of
/// `DataManager`.
public struct HTTPDataManager: DataManaging {
    let http: InternalHTTP

    /// - Parameters:
    ///   - addresses: base URLs, at least one; they are used in turn.
    ///   - client: owned by the caller, who shuts it down.
    public init(addresses: [String], client: HTTPClient, credential: InternalCredential) {
        http = InternalHTTP(
            service: "data manager", upstreams: Upstreams(addresses), client: client, credential: credential)
    }

    public func store(_ inference: InferenceRecord, picture: ByteBuffer?) async throws {
        _ = try await http.send(.framed("/internal/inferences", inference, picture))
    }

    public func detections(_ query: DetectionQuery) async throws -> Page<DetectionRecord> {
        try await page("/internal/detections", query)
    }

    public func detection(_ id: UUIDv7) async throws -> DetectionRecord? {
        try await http.value(.init(path: "/internal/detections/\(id)"))
    }

    public func inference(_ id: UUIDv7) async throws -> InferenceRecord? {
        try await http.value(.init(path: "/internal/inferences/\(id)"))
    }

    public func summary(_ query: SummaryQuery) async throws -> DetectionSummary {
        try await answer("/internal/summary", query)
    }

    public func picture(ofInference id: UUIDv7) async throws -> ByteBuffer? {
        try await bytes("/internal/inferences/\(id)/picture")
    }

    public func health() async throws -> ServiceHealth {
        let answer = try await http.send(.init(path: "/health", timeout: .seconds(3)))
        return try http.decode(ServiceHealth.self, from: answer.body)
    }
}

// MARK: Users and sessions

extension HTTPDataManager {
    private struct Created: Decodable {
        var created: Bool
    }

    private struct Password: Encodable {
        var passwordHash: String
        var mustChange: Bool
        var keeping: UUIDv7?

        enum CodingKeys: String, CodingKey {
            case keeping
            case passwordHash = "password_hash"
            case mustChange = "must_change"
        }
    }

    private struct Ended: Decodable {
        var ended: [UUIDv7]
    }

    private struct Rotation: Encodable {
        var refreshHash: String
        var successorHash: String
        var expiresAt: Timestamp

        enum CodingKeys: String, CodingKey {
            case refreshHash = "refresh_hash"
            case successorHash = "successor_hash"
            case expiresAt = "expires_at"
        }
    }

    public func credential(username: String) async throws -> StoredCredential? {
        try await http.value(.init(path: "/internal/credentials?username=\(username.percentEncoded)"))
    }

    public func user(_ id: UUIDv7) async throws -> User? {
        try await http.value(.init(path: "/internal/users/\(id)"))
    }

    public func createFirstUser(_ credential: StoredCredential) async throws -> Bool {
        let answer = try await post("/internal/users/first", credential)
        return try http.decode(Created.self, from: answer.body).created
    }

    public func setPassword(
        _ passwordHash: String, mustChange: Bool, ofUser id: UUIDv7, keeping session: UUIDv7?
    ) async throws -> [UUIDv7] {
        let password = Password(passwordHash: passwordHash, mustChange: mustChange, keeping: session)
        return try http.decode(Ended.self, from: try await post("/internal/users/\(id)/password", password).body).ended
    }

    public func openSession(_ session: StoredSession) async throws {
        _ = try await post("/internal/sessions", session)
    }

    public func rotateSession(
        refreshHash: String, successorHash: String, expiresAt: Timestamp
    ) async throws -> StoredSession? {
        do {
            let rotation = Rotation(refreshHash: refreshHash, successorHash: successorHash, expiresAt: expiresAt)
            return try http.decode(StoredSession.self, from: try await post("/internal/sessions/rotate", rotation).body)
        } catch let problem as Problem where problem.status == 404 {
            return nil
        }
    }

    public func closeSession(_ id: UUIDv7) async throws {
        _ = try await http.send(.init(method: .DELETE, path: "/internal/sessions/\(id)"))
    }

    public func session(_ id: UUIDv7) async throws -> StoredSession? {
        try await http.value(.init(path: "/internal/sessions/\(id)"))
    }

    /// For calls that mean something else when they are made twice: they are not sent again after a broken
    /// connection.
    private func post(_ path: String, _ value: some Encodable) async throws -> InternalHTTP.Answer {
        var call = try InternalHTTP.Call.json(.POST, path, value)
        call.isRepeatable = false
        return try await http.send(call)
    }
}
