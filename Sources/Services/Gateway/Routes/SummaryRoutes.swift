import AIBoxAPI
import Hummingbird
import ServiceClients
import ServiceHTTP

/// `/analytics/summary`: how much was stored, and when. Unlike what was stored, everybody may know it.
struct SummaryRoutes: Sendable {
    let data: any DataManaging

    func add(to users: RouterGroup<UserContext>) {
        users.get("/analytics/summary", use: summary)
    }

    private func summary(_ request: Request, context: UserContext) async throws -> Response {
        try .json(try await data.summary(try SummaryQuery(request)))
    }
}

extension SummaryQuery {
    private static let names = [
        "bucket", "from", "to", "time_zone", "task", "label", "camera_id", "device_id",
    ]

    /// - Throws: `Problem` 422 naming every parameter that is wrong.
    fileprivate init(_ request: Request) throws {
        var options = Options(known: Self.names)
        options.insertQuery(of: request)
        self.init()
        bucket = options.choice("bucket") ?? .hour
        from = options.timestamp("from")
        to = options.timestamp("to")
        timeZone = options.text("time_zone", limit: 64).map(Self.repairedOffset)
        task = options.choice("task")
        label = options.text("label")
        cameraID = options.text("camera_id")
        deviceID = options.text("device_id")
        try options.check()
    }

    /// The plus sign of `+07:00`, which a form has turned into a space.
    private static func repairedOffset(_ zone: String) -> String { zone.first == " " ? "+" + zone.dropFirst() : zone }
}
