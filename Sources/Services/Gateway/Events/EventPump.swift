import AIBoxAPI
import Hummingbird
import NIOCore
import ServiceClients
import ServiceLifecycle

/// Writes events to one client until it leaves, its access token is over, or the gateway stops.
struct EventPump: Sendable {
    /// Longest time without a byte; the data manager waits as long for an event.
    private static let heartbeat = Duration.seconds(15)
    /// Events in memory for one client.
    private static let batchLimit = 100

    let data: any DataManaging
    let channel: any Channel
    /// A client that takes longer for a piece of events is dropped.
    let patience: Duration
    /// Throws when the client may no longer read.
    let admit: @Sendable () async throws -> Void
    var query: EventQuery

    func run(_ writer: inout any ResponseBodyWriter) async throws {
        var query = query
        (query.limit, query.waitMS) = (Self.batchLimit, Int(Self.heartbeat / .milliseconds(1)))
        try await write(EventText.opening, to: &writer)
        while true {
            do {
                try await admit()
                let batch = try await next(query)
                query.after = batch.next
                let isIdle = batch.events.isEmpty && !batch.hasGap
                try await write(
                    isIdle ? EventText.heartbeat(at: batch.next) : EventText.text(batch), to: &writer)
            } catch let problem as Problem where problem.status == 401 {
                try await write(EventText.ending("the access token is no longer good"), to: &writer)
                break
            } catch let problem as Problem where [502, 503, 504].contains(problem.status) {
                // The data manager is away; the client keeps its place meanwhile.
                try await write(EventText.heartbeat(at: query.after), to: &writer)
                guard await isPatient() else { break }
            } catch is CancellationError {
                break
            }
        }
        try await writer.finish(nil)
    }

    /// - Throws: `CancellationError` when the gateway stops.
    private func next(_ query: EventQuery) async throws -> EventBatch {
        try await cancelWhenGracefulShutdown { try await data.events(query) }
    }

    /// Waits a second; `false` when the gateway stops meanwhile.
    private func isPatient() async -> Bool {
        do {
            try await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(1)) }
            return true
        } catch {
            return false
        }
    }

    /// Returns when the client has taken nearly all of it: what is written is bounded by the socket's buffers.
    private func write(_ bytes: ByteBuffer, to writer: inout any ResponseBodyWriter) async throws {
        let channel = channel
        let alarm = channel.eventLoop.scheduleTask(in: TimeAmount(patience)) { channel.close(promise: nil) }
        defer { alarm.cancel() }
        try await writer.write(bytes)
    }
}
