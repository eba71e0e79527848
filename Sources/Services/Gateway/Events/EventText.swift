import AIBoxAPI
import NIOCore
import ServiceHTTP

/// Server-Sent Events as the WHATWG's HTML standard has them (`text/event-stream`).
enum EventText {
    /// What a stream begins with: a client that lost its connection comes back after 3 seconds.
    static let opening = ByteBuffer(string: "retry: 3000\n\n")

    /// Keeps proxies and clients from taking the connection for dead, and tells clients how far they have come: an
    /// identifier without data is no event, but is sent back as `Last-Event-ID`.
    static func heartbeat(at sequence: Int64?) -> ByteBuffer {
        ByteBuffer(string: sequence.map { ": still here\nid: \($0)\n\n" } ?? ": still here\n\n")
    }

    static func ending(_ reason: String) -> ByteBuffer { ByteBuffer(string: ": \(reason)\n\n") }

    /// The events of one piece; before them `reset` when some were missed.
    static func text(_ batch: EventBatch) throws -> ByteBuffer {
        var text = ByteBuffer()
        if batch.hasGap {
            let start = (batch.events.first?.sequence).map { $0 - 1 } ?? batch.next
            text.writeString("id: \(start)\nevent: reset\ndata: {\"sequence\":\(start)}\n\n")
        }
        for event in batch.events {
            text.writeString("id: \(event.sequence ?? batch.next)\nevent: \(event.type)\ndata: ")
            // One line: the encoder escapes line breaks.
            text.writeImmutableBuffer(try JSONBytes.encode(event))
            text.writeString("\n\n")
        }
        return text
    }
}
