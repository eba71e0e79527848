import AIBoxAPI
import Hummingbird
import ServiceClients
import ServiceHTTP

/// `/auth`: log in, stay logged in, log out, who am I.
struct AuthRoutes: Sendable {
    private struct RefreshRequest: Decodable {
        var refreshToken: String

        enum CodingKeys: String, CodingKey {
            case refreshToken = "refresh_token"
        }
    }

    /// Bytes.
    static let longestPassword = 1024
    private static let longestName = 128
    private static let body = BodyReader(limit: 16_384)

    let data: any DataManaging
    let sessions: Sessions
    let hasher: PasswordHasher
    let throttle: LoginThrottle

    func add(to router: Router<GatewayContext>, _ authenticator: Authenticator) {
        router.post("/auth/login", use: login)
        router.post("/auth/refresh", use: refresh)
        let users = router.admitting(.viewer, authenticator)
        users.post("/auth/logout", use: logout)
        users.get("/auth/me", use: me)
    }

    private func login(_ request: Request, context: GatewayContext) async throws -> Response {
        let login = try await request.decodeJSON(LoginRequest.self, Self.body)
        guard (1...Self.longestName).contains(login.username.unicodeScalars.count) else {
            throw Problem.invalid("username", "must have 1 to \(Self.longestName) characters")
        }
        guard (1...Self.longestPassword).contains(login.password.utf8.count) else {
            throw Problem.invalid("password", "must have 1 to \(Self.longestPassword) bytes")
        }
        let address = context.remoteAddress ?? "local"
        try throttle.attempt(username: login.username, address: address)
        let stored = try await data.credential(username: login.username)
        let isRight = try await hasher.verify(login.password, against: stored?.passwordHash)
        guard let stored, isRight else { throw Problem.unauthorized("The user name or the password is wrong.") }
        throttle.succeed(username: login.username, address: address)
        return try .confidentialJSON(try await sessions.open(for: stored.user))
    }

    private func refresh(_ request: Request, context: GatewayContext) async throws -> Response {
        let token = try await request.decodeJSON(RefreshRequest.self, Self.body).refreshToken
        guard (1...1024).contains(token.utf8.count) else {
            throw Problem.invalid("refresh_token", "must have 1 to 1024 bytes")
        }
        return try .confidentialJSON(try await sessions.renew(token))
    }

    private func logout(_ request: Request, context: UserContext) async throws -> Response {
        try await sessions.close(context.identity.sessionID)
        return Response(status: .noContent)
    }

    private func me(_ request: Request, context: UserContext) async throws -> Response {
        guard let user = try await data.user(context.identity.userID) else {
            throw Problem.unauthorized("The user does not exist any more.")
        }
        return try .json(user)
    }
}

extension Response {
    /// JSON that no cache may keep.
    fileprivate static func confidentialJSON(_ value: some Encodable) throws -> Response {
        var response = try json(value)
        response.headers[.cacheControl] = "no-store"
        return response
    }
}

extension Request {
    /// The body as JSON. 415 when it says that it is something else: a form of another site must not pass as JSON.
    fileprivate func decodeJSON<Value: Decodable>(_ type: Value.Type, _ reader: BodyReader) async throws -> Value {
        if let contentType = headers[.contentType], HeaderValue(contentType).value != "application/json" {
            throw Problem.unsupported("Send JSON with Content-Type: application/json.")
        }
        return try JSONBytes.decode(type, from: try await reader.read(self))
    }
}
