import AIBoxAPI
import Hummingbird
import ServiceClients
import ServiceHTTP

/// `/auth`: log in, stay logged in, log out, another password, who am I.
struct AuthRoutes: Sendable {
    private struct RefreshRequest: Decodable {
        var refreshToken: String

        enum CodingKeys: String, CodingKey {
            case refreshToken = "refresh_token"
        }
    }

    /// Bytes.
    static let longestPassword = 1024
    /// Bytes, of one that is set by its user.
    private static let shortestPassword = 8
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
        users.post("/auth/password", use: changePassword)
        users.get("/auth/me", use: me)
    }

    private func login(_ request: Request, context: GatewayContext) async throws -> Response {
        let login = try await request.decodeJSON(LoginRequest.self, Self.body)
        guard (1...Self.longestName).contains(login.username.unicodeScalars.count) else {
            throw Problem.invalid("username", "must have 1 to \(Self.longestName) characters")
        }
        try Self.check(login.password, "password", isNew: false)
        guard let user = try await verified(login.username, login.password, context) else {
            throw Problem.unauthorized("The user name or the password is wrong.")
        }
        return try .confidentialJSON(try await sessions.open(for: user))
    }

    private func changePassword(_ request: Request, context: UserContext) async throws -> Response {
        let change = try await request.decodeJSON(PasswordChange.self, Self.body)
        try Self.check(change.currentPassword, "current_password", isNew: false)
        try Self.check(change.newPassword, "new_password", isNew: true)
        guard change.newPassword != change.currentPassword else {
            throw Problem.invalid("new_password", "is the current one; choose another")
        }
        guard try await verified(context.identity.username, change.currentPassword, context) != nil else {
            throw Problem.forbidden("The current password is wrong.")
        }
        try await sessions.changePassword(of: context.identity, hash: try await hasher.hash(change.newPassword))
        return Response(status: .noContent)
    }

    /// The user whose name and password these are; `nil` for wrong ones, which are counted.
    private func verified(
        _ username: String, _ password: String, _ context: some ServiceRequestContext
    ) async throws -> User? {
        let address = context.remoteAddress ?? "local"
        let attempt = try await throttle.attempt(username: username, address: address)
        let stored = try await data.credential(username: username)
        guard try await hasher.verify(password, against: stored?.passwordHash) else { return nil }
        await throttle.succeed(attempt)
        return stored?.user
    }

    private static func check(_ password: String, _ field: String, isNew: Bool) throws(Problem) {
        let shortest = isNew ? shortestPassword : 1
        guard (shortest...longestPassword).contains(password.utf8.count) else {
            throw .invalid(field, "must have \(shortest) to \(longestPassword) bytes")
        }
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
