import AIBoxAPI
import Hummingbird
import ServiceHTTP

/// Who calls, as proven by an access token.
struct Identity: Sendable, Hashable {
    var userID: UUIDv7
    var username: String
    var role: Role
    var sessionID: UUIDv7
}

extension Role {
    /// Whether this role may do what `other` may.
    func includes(_ other: Role) -> Bool { rank <= other.rank }

    private var rank: Int {
        switch self {
        case .admin: 0
        case .operator: 1
        case .analyst: 2
        case .viewer: 3
        }
    }
}

enum Admission {
    static let noCredential = Problem.unauthorized(
        "This needs a credential: Authorization: Bearer with the access_token of POST /auth/login.")
}

/// Lets a request through whose access token is good and whose role is high enough: 401, then 403.
struct AdmissionMiddleware: RouterMiddleware {
    let authenticator: Authenticator
    let role: Role

    func handle(
        _ request: Request, context: GatewayContext, next: (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        guard let token = request.bearerToken else { throw Admission.noCredential }
        let identity = try await authenticator.identity(for: token)
        guard identity.role.includes(role) else {
            throw Problem.forbidden(
                "This takes the role \(role.rawValue) or a higher one; yours is \(identity.role.rawValue).")
        }
        var context = context
        context.identity = identity
        context.logger[metadataKey: "user.id"] = .stringConvertible(identity.userID)
        return try await next(request, context)
    }
}

extension Router where Context == GatewayContext {
    /// A group of routes for users of `role` and higher.
    func admitting(_ role: Role, _ authenticator: Authenticator) -> RouterGroup<UserContext> {
        group()
            .add(middleware: AdmissionMiddleware(authenticator: authenticator, role: role))
            .group(context: UserContext.self)
    }
}
