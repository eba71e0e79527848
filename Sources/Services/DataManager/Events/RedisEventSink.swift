import AIBoxAPI
import Foundation
import KeyValue

/// Appends events to a stream in Redis, each with its `id`, its type as `kind`, and the CloudEvents JSON as `payload`.
public struct RedisEventSink: Sendable {
    /// The key is `aibox:events`.
    public static let streamName = "events"

    private let stream: RedisStream

    public init(_ client: RedisClient) { stream = RedisStream(Self.streamName, client: client) }

    /// Returns when Redis has the events; see `EventSink`.
    ///
    /// - Throws: `KeyValueError` when some or all of them may not be there.
    public func publish(_ events: [Event]) async throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try await stream.append(
            events.map { event in
                StreamEvent(id: event.id.description, kind: event.type, payload: Array(try encoder.encode(event)))
            })
    }
}
