import AIBoxAPI
import NIOCore

/// Sent down a connection's pipeline to `ConnectionGuard`: call `onGone` when the client goes away before the answer
/// to the present request has been written.
struct ClientWatch: Sendable {
    let onGone: @Sendable () -> Void
}

extension ServiceRequestContext {
    /// Runs `work` and cancels it when the client goes away. Call it with the body already read: a connection is
    /// noticed to be closed only once what came before has been consumed.
    ///
    /// - Throws: what `work` throws, or `CancellationError` when the client has gone.
    public func cancellingWhenClientLeaves<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let (gone, source) = AsyncStream.makeStream(of: Never.self)
        channel.triggerUserOutboundEvent(ClientWatch { source.finish() }, promise: nil)
        return try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await work() }
            group.addTask {
                for await _ in gone {}
                throw CancellationError()
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }
}
