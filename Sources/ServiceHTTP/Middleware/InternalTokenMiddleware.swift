import AIBoxAPI
import Hummingbird
import ServiceClients

/// Lets only other services in: every request must carry the internal credential.
public struct InternalTokenMiddleware<Context: ServiceRequestContext>: RouterMiddleware {
    private let credential: InternalCredential

    public init(_ credential: InternalCredential) {
        self.credential = credential
    }

    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard let token = request.bearerToken else {
            throw Problem.unauthorized("This port takes calls of AI Box services only; use the gateway.")
        }
        try await credential.verify(token)
        return try await next(request, context)
    }
}

extension Request {
    /// The token of `Authorization: Bearer`; the scheme's name is matched in any case.
    public var bearerToken: String? {
        guard let value = headers[.authorization], value.utf8.count <= 8192 else { return nil }
        let parts = value.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}
