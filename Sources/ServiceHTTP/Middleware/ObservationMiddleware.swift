import AIBoxAPI
import HTTPTypes
import Hummingbird
import Logging
import Metrics
import Synchronization

/// One log line and two metrics per request. Health and metrics requests, which come every few seconds, are logged
/// at debug.
struct ObservationMiddleware<Context: ServiceRequestContext>: RouterMiddleware {
    private let meters = RequestMeters()

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let response = try await next(request, context)
        let elapsed = context.journal.elapsed
        meters.record(
            RequestMeters.Key(
                route: context.endpointPath ?? "unmatched", method: request.method, status: response.status.code),
            elapsed)
        let level: Logger.Level = request.uri.path.isProbe ? .debug : .info
        if context.logger.logLevel <= level {
            context.logger.log(
                level: level, "request", metadata: metadata(request, context, response.status.code, elapsed))
        }
        return response
    }

    private func metadata(
        _ request: Request, _ context: Context, _ status: Int, _ elapsed: Duration
    ) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "http.method": .string(request.method.rawValue), "http.path": .string(request.uri.path),
            "http.status": .stringConvertible(status), "duration_ms": .stringConvertible(elapsed.milliseconds.rounded3),
        ]
        guard let timing = context.journal.timing else { return metadata }
        for (stage, milliseconds) in timing.stages {
            metadata["stage.\(stage)_ms"] = .stringConvertible(milliseconds.rounded3)
        }
        return metadata
    }
}

extension StageTiming {
    /// The stages by name, in the order in which they happen.
    public var stages: [(name: String, milliseconds: Double)] {
        [
            ("decode", decodeMS), ("preprocess", preprocessMS), ("queue", queueMS), ("inference", inferenceMS),
            ("postprocess", postprocessMS), ("store", storeMS),
        ]
    }
}

extension String {
    fileprivate var isProbe: Bool { hasPrefix("/health") || self == "/metrics" }
}

extension Double {
    fileprivate var rounded3: Double { (self * 1000).rounded() / 1000 }
}

/// The request metrics by route pattern, method and status: never by raw path, which a client could choose at will.
private final class RequestMeters: Sendable {
    struct Key: Hashable {
        var route: String
        var method: String
        var status: Int

        init(route: String, method: HTTPRequest.Method, status: Int) {
            self.route = route == "NotFound" ? "unmatched" : route
            self.method = Self.methods.contains(method) ? method.rawValue : "OTHER"
            self.status = status
        }

        private static let methods: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .patch, .delete, .options]
    }

    private struct Pair {
        var requests: Counter
        var seconds: Metrics.Timer
    }

    private let pairs = Mutex<[Key: Pair]>([:])

    func record(_ key: Key, _ elapsed: Duration) {
        let pair = pairs.withLock { pairs in
            if let pair = pairs[key] { return pair }
            let pair = Self.make(key)
            pairs[key] = pair
            return pair
        }
        pair.requests.increment()
        pair.seconds.recordNanoseconds(Int64(elapsed.milliseconds * 1e6))
    }

    private static func make(_ key: Key) -> Pair {
        let dimensions = [("route", key.route), ("method", key.method), ("status", String(key.status))]
        return Pair(
            requests: Counter(label: "aibox_http_requests_total", dimensions: dimensions),
            seconds: Metrics.Timer(label: "aibox_http_request_seconds", dimensions: dimensions))
    }
}
