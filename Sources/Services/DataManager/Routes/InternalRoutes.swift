import AIBoxAPI
import Hummingbird
import NIOCore
import ServiceClients
import ServiceHTTP

/// The internal API of the data manager, one route per call of `DataManaging`.
///
/// Bodies are JSON of the types that the calls take and return. Failures are thrown as `Problem`; 404 stands for `nil`.
/// The gallery and the known plates are served by `GalleryRoutes`, devices by `DeviceRoutes`, jobs by `JobRoutes`,
/// files by `FileRoutes`, events and webhooks by `EventRoutes`.
/// The routes do not check who calls: put `InternalTokenMiddleware` before them.
///
/// | call | request | answer |
/// |---|---|---|
/// | `store` | `POST /internal/inferences`, framed as `FramedBody` says | 204 |
/// | `detections` | `GET /internal/detections?query=` JSON of the `DetectionQuery` | `Page<DetectionRecord>` |
/// | `summary` | `GET /internal/summary?query=` JSON of the `SummaryQuery` | `DetectionSummary` |
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
        router.get("internal/summary", use: summary)
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
        GalleryRoutes(gallery: manager, body: body, frames: frames).add(to: router)
        DeviceRoutes(devices: manager, body: body).add(to: router)
        JobRoutes(jobs: manager, body: body).add(to: router)
        FileRoutes(files: manager).add(to: router)
        EventRoutes(events: manager, body: body).add(to: router)
    }

    private func store(_ request: Request, _ context: Context) async throws -> Response {
        let frame = try await FramedBody<InferenceRecord>(request, frames)
        try await manager.store(frame.head, picture: frame.picture)
        return Response(status: .noContent)
    }

    private func detections(_ request: Request, _ context: Context) async throws -> Response {
        try .json(await manager.detections(request.query(DetectionQuery.self)))
    }

    private func summary(_ request: Request, _ context: Context) async throws -> Response {
        try .json(await manager.summary(request.query(SummaryQuery.self)))
    }

    private func detection(_ request: Request, _ context: Context) async throws -> Response {
        try .found(await manager.detection(context.id()))
    }

    private func inference(_ request: Request, _ context: Context) async throws -> Response {
        try .found(await manager.inference(context.id()))
    }

    private func picture(_ request: Request, _ context: Context) async throws -> Response {
        guard let picture = try await manager.picture(ofInference: context.id()) else { throw Problem.notFound }
        return .bytes(picture)
    }

    private func credential(_ request: Request, _ context: Context) async throws -> Response {
        try .found(await manager.credential(username: request.uri.queryParameters.require("username")))
    }

    private func user(_ request: Request, _ context: Context) async throws -> Response {
        try .found(await manager.user(context.id()))
    }

    private func createFirstUser(_ request: Request, _ context: Context) async throws -> Response {
        let created = try await manager.createFirstUser(body.decode(StoredCredential.self, request))
        return try .json(["created": created])
    }

    private func setPassword(_ request: Request, _ context: Context) async throws -> Response {
        let setting = try await body.decode(PasswordSetting.self, request)
        let ended = try await manager.setPassword(
            setting.passwordHash, mustChange: setting.mustChange, ofUser: context.id(), keeping: setting.keeping)
        return try .json(["ended": ended])
    }

    private func openSession(_ request: Request, _ context: Context) async throws -> Response {
        try await manager.openSession(body.decode(StoredSession.self, request))
        return Response(status: .noContent)
    }

    private func rotateSession(_ request: Request, _ context: Context) async throws -> Response {
        let rotation = try await body.decode(SessionRotation.self, request)
        return try .found(
            await manager.rotateSession(
                refreshHash: rotation.refreshHash, successorHash: rotation.successorHash,
                expiresAt: rotation.expiresAt))
    }

    private func session(_ request: Request, _ context: Context) async throws -> Response {
        try .found(await manager.session(context.id()))
    }

    private func closeSession(_ request: Request, _ context: Context) async throws -> Response {
        try await manager.closeSession(context.id())
        return Response(status: .noContent)
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
