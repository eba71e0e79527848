import AIBoxAPI
import Synchronization

extension JobContext {
    private static let interval = Duration.seconds(1)

    /// Does `work`, which says now and then how far it is, and reports that each second.
    ///
    /// - Throws: what `work` throws; `CancellationError` when the job is to end, after `work` was cancelled and has ended.
    func reporting<Value: Sendable>(
        _ work: @escaping @Sendable (_ note: @escaping @Sendable (JobProgress) -> Void) async throws -> Value
    ) async throws -> Value {
        let latest = LatestProgress()
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await work { latest.progress = $0 } }
            group.addTask {
                while (try? await Task.sleep(for: Self.interval)) != nil { try await self.report(latest.progress) }
                return nil
            }
            defer { group.cancelAll() }
            for try await value in group {
                if let value { return value }
            }
            throw CancellationError()
        }
    }

    private final class LatestProgress: Sendable {
        private let value = Mutex<JobProgress?>(nil)

        var progress: JobProgress? {
            get { value.withLock { $0 } }
            set { value.withLock { $0 = newValue } }
        }
    }
}
