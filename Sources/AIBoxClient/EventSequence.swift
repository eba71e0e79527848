import AIBoxAPI
import AsyncHTTPClient
import Foundation
import NIOCore

/// The events of a box as they happen, in order and without a gap: after a broken connection it goes on where it was.
///
/// It ends when the task is cancelled, and throws `Problem` when the gateway refuses. Events that are no longer kept
/// when it comes back are missed; ``AsyncIterator/position`` jumps then.
public struct EventSequence: AsyncSequence, Sendable {
    public typealias Element = Event

    let client: AIBoxClient
    let query: EventQuery

    public struct AsyncIterator: AsyncIteratorProtocol {
        private static let retryMS = 3000

        private let client: AIBoxClient
        private let types: [EventType]
        /// The sequence of the last event that was seen, to go on from later; `nil` before the first.
        public private(set) var position: Int64?
        private var parser = EventStreamParser()
        private var body: HTTPClientResponse.Body.AsyncIterator?
        private var waiting: ArraySlice<EventStreamParser.Message> = []

        init(_ client: AIBoxClient, _ query: EventQuery) {
            (self.client, position, types) = (client, query.after, query.types)
        }

        public mutating func next() async throws -> Event? {
            while !Task.isCancelled {
                while let message = waiting.popFirst() {
                    position = Int64(message.id) ?? position
                    if message.name != "reset" {
                        return try JSONDecoder().decode(Event.self, from: Data(message.data.utf8))
                    }
                }
                try await read()
            }
            return nil
        }

        /// Reads some bytes, from a new connection when there is none.
        private mutating func read() async throws {
            do {
                if body == nil { try await connect() }
                guard let bytes = try await body?.next() else { return await pause() }
                waiting = try parser.messages(in: bytes)[...]
                position = Int64(parser.lastID) ?? position
            } catch let problem as Problem where ![502, 503, 504].contains(problem.status) {
                throw problem
            } catch is CancellationError {
                return
            } catch {
                await pause()
            }
        }

        private mutating func connect() async throws {
            var call = AIBoxClient.Call(.GET, "/system/events")
            if !types.isEmpty { call.query = [("type", types.map(\.rawValue).joined(separator: ","))] }
            if let position { call.headers.add(name: "Last-Event-ID", value: String(position)) }
            parser = EventStreamParser()
            body = try await client.open(call).makeAsyncIterator()
        }

        private mutating func pause() async {
            body = nil
            try? await Task.sleep(for: .milliseconds(parser.retryMS ?? Self.retryMS))
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(client, query) }
}
