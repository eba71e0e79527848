import Foundation
import Synchronization

/// Work that blocks for minutes: on a thread that is its own, so that no pool lacks one.
enum OwnThread {
    /// Runs `body`, which calls its argument now and then: that throws once the caller is cancelled.
    static func run<Value: Sendable>(
        _ name: String, _ body: @escaping @Sendable (_ check: () throws -> Void) throws -> Value
    ) async throws -> Value {
        let isCancelled = Flag()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let thread = Thread {
                    continuation.resume(
                        with: Result { try body { if isCancelled.isSet { throw CancellationError() } } })
                }
                thread.name = name
                thread.start()
            }
        } onCancel: {
            isCancelled.set()
        }
    }

    private final class Flag: Sendable {
        private let value = Atomic(false)
        var isSet: Bool { value.load(ordering: .acquiring) }
        func set() { value.store(true, ordering: .releasing) }
    }
}
