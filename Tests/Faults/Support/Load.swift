import Synchronization
import TestSupport

/// Eight clients call `write` again and again, each without a pause, while `body` runs and `server` is there: clients of
/// one that was killed would do nothing but be refused, thousands of times a second.
@discardableResult
func withLoad<Value: Sendable>(
    on server: Child, clients: Int = Faults.writers, _ write: @escaping @Sendable () async -> Void,
    while body: () async throws -> Value
) async throws -> Value {
    let isOver = Flag()
    let writers = Task {
        await withTaskGroup(of: Void.self) { writers in
            for _ in 0..<clients {
                writers.addTask {
                    while !isOver.isSet, server.isRunning { await write() }
                }
            }
        }
    }
    let result: Result<Value, any Error>
    do { result = .success(try await body()) } catch { result = .failure(error) }
    isOver.set()
    await writers.value
    return try result.get()
}

/// Ends the writers between two requests: a cancelled one would not know how it went.
private final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}
