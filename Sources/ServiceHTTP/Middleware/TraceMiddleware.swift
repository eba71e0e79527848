import AIBoxAPI
import HTTPTypes
import Hummingbird
import ServiceClients

/// Names the request: takes over a sane `X-Request-ID` or makes one, honours `traceparent`, puts both on every log
/// line and on outgoing calls, and returns the identifier.
struct TraceMiddleware<Context: ServiceRequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var context = context
        let trace = RequestTrace(request.headers)
        context.trace = trace
        context.logger[metadataKey: "hb.request.id"] = nil
        context.logger[metadataKey: "request.id"] = .string(trace.requestID)
        if let parent = trace.parent { context.logger[metadataKey: "trace.id"] = .string(parent.traceID) }
        var response = try await RequestTrace.$current.withValue(trace) { try await next(request, context) }
        response.headers[.requestID] = trace.requestID
        return response
    }
}

extension RequestTrace {
    /// Up to 128 visible ASCII characters are taken over as the request's identifier.
    init(_ headers: HTTPFields) {
        let sent = headers[.requestID].flatMap { $0.isRequestID ? $0 : nil }
        self.init(
            requestID: sent ?? UUIDv7().description, parent: headers[.traceParent].flatMap { TraceParent($0) })
    }
}

extension String {
    fileprivate var isRequestID: Bool {
        (1...128).contains(utf8.count) && utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}
