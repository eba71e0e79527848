import AIBoxAPI
import Synchronization

extension DataManager {
    /// What is done for as long as the service runs.
    var chores: [Chore] {
        let chores = [
            Chore(name: "silent devices", interval: .seconds(5)) { try await self.sweepDevices() },
            Chore(name: "old device metrics", interval: .seconds(60), body: metricPruning()),
            Chore(name: "lost jobs", interval: .seconds(5)) { try await self.jobs.queue.tidy() },
            Chore(name: "counts of detections", interval: .seconds(10)) { try await self.countDetections() },
            Chore(name: "job schedules", interval: .seconds(5)) { try await self.enqueueScheduledJobs() },
        ]
        guard metadata.mongo != nil else { return chores }
        return chores + [
            Chore(name: "indexes of the metadata", interval: .seconds(5)) { try await self.metadata.ensureIndexes() }
        ]
    }

    private static let prunedAtOnce = 50

    /// Looks at some devices each time, and at all of them in turn.
    private func metricPruning() -> @Sendable () async throws -> Void {
        let position = Position()
        return {
            let (last, now) = (position.last, self.clock())
            position.last = try await self.write {
                try DeviceMetricRows.prune(Self.prunedAtOnce, after: last, at: now, $0)
            }
        }
    }

    private final class Position: Sendable {
        private let id = Mutex<UUIDv7?>(nil)

        var last: UUIDv7? {
            get { id.withLock { $0 } }
            set { id.withLock { $0 = newValue } }
        }
    }
}
