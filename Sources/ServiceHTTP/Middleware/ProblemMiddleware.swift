import AIBoxAPI
import Hummingbird
import Logging

/// Turns whatever a handler throws into an `application/problem+json` answer. What nobody foresaw is logged with
/// the request's identifier and answered as a plain 500, since its text may tell too much.
struct ProblemMiddleware<Context: ServiceRequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let headers = (error as? HTTPError)?.headers ?? [:]
            var problem = Problem(answering: error)
            if problem == .unexpected {
                context.logger.error("request failed", metadata: ["error": .string(String(reflecting: error))])
            }
            problem.instance = request.uri.path
            problem.requestID = context.requestID
            return .problem(problem, headers: headers)
        }
    }
}
