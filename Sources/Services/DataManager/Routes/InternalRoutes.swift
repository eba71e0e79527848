import AIBoxAPI
import Hummingbird
import NIOCore
import ServiceClients
import ServiceHTTP

/// The internal API of the data manager, one route per call of `DataManaging`.
///
/// Bodies are JSON of the types that the calls take and return. Failures are thrown as `Problem`; 404 stands for `nil`.
/// The routes do not check who calls: put `InternalTokenMiddleware` before them.
///
/// | call | request | answer |
/// |---|---|---|
/// | `store` | `POST /internal/inferences`, framed as `InferenceFrame` says | 204 |
/// | `detections` | `GET /internal/detections?query=` JSON of the `DetectionQuery` | `Page<DetectionRecord>` |
/// | `detection` | `GET /internal/detections/{id}` | `DetectionRecord`, 404 |
/// | `inference` | `GET /internal/inferences/{id}` | `InferenceRecord`, 404 |
/// | `picture` | `GET /internal/inferences/{id}/picture` | the picture's bytes, 404 |
/// | `credential` | `GET /internal/credentials?username=` | `StoredCredential`, 404 |
/// | `user` | `GET /internal/users/{id}` | `User`, 404 |
/// | `createFirstUser` | `POST /internal/users/first` `StoredCredential` | `{"created":true}` |
/// | `setPassword` | `POST /internal/users/{id}/password` `{password_hash,must_change,keeping}` | `{"ended":[…]}`, 404 |
/// | `openSession` | `POST /internal/sessions` `StoredSession` | 204 |
/// | `rotateSession` | `POST /internal/sessions/rotate` `{refresh_hash,successor_hash,expires_at}` | `StoredSession`, 404 |
/// | `session` | `GET /internal/sessions/{id}` | `StoredSession`, 404 |
/// | `closeSession` | `DELETE /internal/sessions/{id}` | 204 |
public struct InternalRoutes<Context: RequestContext>: Sendable {
    private let manager: any DataManaging
    private let body = BodyReader(limit: 1 << 20)
    private let frames: BodyReader

    /// - Parameter maximumBody: bytes of a picture with its rows.
    public init(manager: any DataManaging, maximumBody: Int = 64 << 20) {
        self.manager = manager
        frames = BodyReader(limit: maximumBody)
    }

    public func add(to router: some RouterMethods<Context>) {
        router.group("internal/inferences")
            .post(use: store)
            .get(":id", use: inference)
            .get(":id/picture", use: picture)
        router.group("internal/detections")
            .get(use: detections)
            .get(":id", use: detection)
        router.get("internal/credentials", use: credential)
        router.group("internal/users")
            .post("first", use: createFirstUser)
            .get(":id", use: user)
            .post(":id/password", use: setPassword)
        router.group("internal/sessions")
            .post(use: openSession)
            .post("rotate", use: rotateSession)
            .get(":id", use: session)
            .delete(":id", use: closeSession)
    }

    private func store(_ request: Request, _ context: Context) async throws -> Response {
        let frame = try await InferenceFrame(request, frames)
        try await manager.store(frame.inference, picture: frame.picture)
        return Response(status: .noContent)
    }

    private func detections(_ request: Request, _ context: Context) async throws -> Response {
        let query = try request.uri.queryParameters.require("query")
        let filter = try JSONBytes.decode(DetectionQuery.self, from: ByteBuffer(string: query))
        return try .json(await manager.detections(filter))
    }

    private func detection(_ request: Request, _ context: Context) async throws -> Response {
        try found(await manager.detection(id(context)))
    }

    private func inference(_ request: Request, _ context: Context) async throws -> Response {
        try found(await manager.inference(id(context)))
    }

    private func picture(_ request: Request, _ context: Context) async throws -> Response {
        guard let picture = try await manager.picture(ofInference: id(context)) else { throw Problem.notFound }
        return Response(
            status: .ok, headers: [.contentType: "application/octet-stream"], body: .init(byteBuffer: picture))
    }

    private func credential(_ request: Request, _ context: Context) async throws -> Response {
        try found(await manager.credential(username: request.uri.queryParameters.require("username")))
    }

    private func user(_ request: Request, _ context: Context) async throws -> Response {
        try found(await manager.user(id(context)))
    }

    private func createFirstUser(_ request: Request, _ context: Context) async throws -> Response {
        let created = try await manager.createFirstUser(decode(StoredCredential.self, request))
        return try .json(["created": created])
    }

    private func setPassword(_ request: Request, _ context: Context) async throws -> Response {
        let setting = try await decode(PasswordSetting.self, request)
        let ended = try await manager.setPassword(
            setting.passwordHash, mustChange: setting.mustChange, ofUser: id(context), keeping: setting.keeping)
        return try .json(["ended": ended])
    }

    private func openSession(_ request: Request, _ context: Context) async throws -> Response {
        try await manager.openSession(decode(StoredSession.self, request))
        return Response(status: .noContent)
    }

    private func rotateSession(_ request: Request, _ context: Context) async throws -> Response {
        let rotation = try await decode(SessionRotation.self, request)
        return try found(
            await manager.rotateSession(
                refreshHash: rotation.refreshHash, successorHash: rotation.successorHash,
                expiresAt: rotation.expiresAt))
    }

    private func session(_ request: Request, _ context: Context) async throws -> Response {
        try found(await manager.session(id(context)))
    }

    private func closeSession(_ request: Request, _ context: Context) async throws -> Response {
        try await manager.closeSession(id(context))
        return Response(status: .noContent)
    }

    private func id(_ context: Context) throws -> UUIDv7 {
        guard let id = context.parameters.get("id").flatMap({ UUIDv7($0) }) else { throw Problem.notFound }
        return id
    }

    private func found(_ value: (some Encodable)?) throws -> Response {
        guard let value else { throw Problem.notFound }
        return try .json(value)
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ request: Request) async throws -> Value {
        try JSONBytes.decode(type, from: await body.read(request))
    }
}

/// The body of `POST /internal/users/{id}/password`.
private struct PasswordSetting: Decodable {
    let passwordHash: String
    let mustChange: Bool
    let keeping: UUIDv7?

    enum CodingKeys: String, CodingKey {
        case keeping
        case passwordHash = "password_hash"
        case mustChange = "must_change"
    }
}

/// The body of `POST /internal/sessions/rotate`.
private struct SessionRotation: Decodable {
    let refreshHash: String
    let successorHash: String
    let expiresAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case refreshHash = "refresh_hash"
        case successorHash = "successor_hash"
        case expiresAt = "expires_at"
    }
}
