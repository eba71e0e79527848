import AIBoxAPI
import HTTPTypes
import Hummingbird
import ServiceClients
import ServiceHTTP

/// `/system/events`: what happens, as Server-Sent Events.
struct EventStreamRoutes: Sendable {
    let data: any DataManaging
    let authenticator: Authenticator
    let streams: EventStreams
    let patience: Duration

    func add(to users: RouterGroup<UserContext>) {
        users.get("/system/events", use: stream)
    }

    private func stream(_ request: Request, context: UserContext) async throws -> Response {
        let query = try Self.query(request)
        let place = try streams.take()
        let (authenticator, token) = (authenticator, request.bearerToken ?? "")
        let pump = EventPump(
            data: data, channel: context.channel, patience: patience,
            admit: { _ = try await authenticator.identity(for: token) },
            query: query)
        let headers: HTTPFields = [
            .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store", .accelBuffering: "no",
        ]
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                defer { withExtendedLifetime(place) {} }
                try await pump.run(&writer)
            })
    }

    /// The header goes before the option: a browser sends it when it comes back to the address of the first time.
    private static func query(_ request: Request) throws(Problem) -> EventQuery {
        var options = Options(known: ["type", "last_event_id"])
        options.insertQuery(of: request)
        var query = EventQuery()
        query.types = options.choices("type", of: EventType.self) ?? []
        query.after = options.integer("last_event_id", in: 0...Int.max).map(Int64.init)
        if let header = request.headers[.lastEventID], !header.isEmpty {
            query.after = Int64(header)
            if query.after ?? -1 < 0 { options.report("Last-Event-ID", "must be an id of this stream") }
        }
        try options.check()
        return query
    }
}

extension HTTPField.Name {
    fileprivate static let accelBuffering = HTTPField.Name("X-Accel-Buffering") ?? .cacheControl
    fileprivate static let lastEventID = HTTPField.Name("Last-Event-ID") ?? .cacheControl
}
