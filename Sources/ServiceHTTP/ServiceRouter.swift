import HTTPTypes
import Hummingbird

/// A router with what every service's HTTP side shares, outermost first: trace, access log and metrics, problems.
public func makeServiceRouter<Context: ServiceRequestContext>(context: Context.Type) -> Router<Context> {
    let router = Router(context: context, options: .autoGenerateHeadEndpoints)
    router.addMiddleware {
        TraceMiddleware()
        ObservationMiddleware()
        ProblemMiddleware()
    }
    return router
}

extension Router where Context: ServiceRequestContext {
    /// Answers 405 with `Allow` for the other methods of every registered path. Call it once, after all routes.
    public func refuseOtherMethods() {
        let known: [HTTPRequest.Method] = [.get, .post, .put, .patch, .delete]
        for (path, routes) in Dictionary(grouping: routes, by: { $0.path.description }) {
            let allowed = Set(routes.map(\.method))
            let allow = allowed.map(\.rawValue).sorted().joined(separator: ", ")
            for method in known where !allowed.contains(method) {
                on(RouterPath(path), method: method) { _, _ -> Response in
                    throw HTTPError(
                        .methodNotAllowed, headers: [.allow: allow], message: "This address takes \(allow).")
                }
            }
        }
    }
}
