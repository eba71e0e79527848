/// How slowly a request body may arrive. Only time in which the server waits for the client counts.
public struct BodyPace: Sendable {
    /// How often a body that is under way is looked at.
    public var tick: Duration = .seconds(1)
    /// Longest silence, and the time for which no rate is demanded.
    public var grace: Duration = .seconds(15)
    /// Bytes per second, on average since the head.
    public var minimumRate = 1024
    /// Longest time for the whole body, unless it comes at `fileRate`.
    public var total: Duration = .seconds(120)
    /// Bytes per second, on average: a body that comes so fast may take as long as it needs, as a large file does.
    public var fileRate = 250_000

    public init() {}
}

/// A request body that is being received, as seen on the connection. Pure: `ConnectionGuard` feeds it.
struct BodyProgress {
    /// Of `Content-Length`; `nil` for a chunked body.
    let declared: Int?
    private(set) var received = 0
    private var waited = Duration.zero
    private var silent = Duration.zero
    private var receivedAtTick = 0

    init(declared: Int?) {
        self.declared = declared
    }

    /// Bytes that are still to come; `nil` when nobody knows.
    var remaining: Int? { declared.map { max(0, $0 - received) } }

    mutating func receive(_ count: Int) {
        received += count
    }

    /// Whether the body has become too slow, asked once per `pace.tick`.
    /// - Parameter isDemanded: whether the server is waiting for bytes; time in which it is busy does not count.
    mutating func isTooSlow(_ pace: BodyPace, isDemanded: Bool) -> Bool {
        let hasProgress = received > receivedAtTick
        receivedAtTick = received
        guard isDemanded || hasProgress else { return false }
        waited += pace.tick
        silent = hasProgress ? .zero : silent + pace.tick
        guard waited > pace.grace else { return false }
        let rate = waited > pace.total ? pace.fileRate : pace.minimumRate
        return silent > pace.grace || Double(received) < Double(rate) * waited.milliseconds / 1000
    }
}

/// Thrown out of a request's body when the client sends it too slowly; answered with 408.
struct SlowRequestBody: Error {}
