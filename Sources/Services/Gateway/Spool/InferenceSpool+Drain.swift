import AIBoxAPI
import Logging

extension InferenceSpool {
    /// Records that are stored at a time.
    private static let concurrency = 16
    /// Bytes of them, unless one record alone is larger.
    private static let batchBytes = 32 << 20
    /// Records after which the position is written.
    private static let positionInterval = 256

    /// Hands records to the data manager, oldest first, several at a time, until the task is cancelled.
    func drain() async {
        var sincePosition = 0
        var unwritten: SpoolFolder.Position?
        for await _ in wakeups {
            while let last = await deliverBatch() {
                sincePosition += last.count
                unwritten = last.position
                if sincePosition >= Self.positionInterval || index.status.records == 0 {
                    await finish(last.drained, unwritten)
                    (sincePosition, unwritten) = (0, nil)
                } else {
                    await finish(last.drained, nil)
                }
                if index.status.records == 0 { await writer.rest() }
            }
        }
        await finish([], unwritten)
    }

    /// What was delivered, and what follows for the files.
    private struct Delivered {
        var count: Int
        var position: SpoolFolder.Position
        /// Segments that nobody needs any more.
        var drained: [UUIDv7]
    }

    /// `nil` when nothing waits, or the task was cancelled.
    private func deliverBatch() async -> Delivered? {
        let batch = index.oldest(Self.concurrency, bytes: Self.batchBytes)
        guard let last = batch.last, await deliver(batch) else { return nil }
        let drained = index.removeOldest(batch.count)
        metrics.show(index.status)
        let position = SpoolFolder.Position(segment: last.segment, offset: last.range.upperBound)
        return Delivered(count: batch.count, position: position, drained: drained)
    }

    private func finish(_ drained: [UUIDv7], _ position: SpoolFolder.Position?) async {
        guard position != nil || !drained.isEmpty else { return }
        await delivery.onThread { [folder, logger] in
            if let position { folder.write(position) }
            do throws(FileFailure) {
                try folder.remove(drained)
            } catch {
                logger.warning("a drained segment of the spool cannot be deleted", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Tries for ever. Returns `true` once each entry is stored or set aside, `false` when cancelled before.
    private func deliver(_ entries: [SpoolIndex.Entry]) async -> Bool {
        var left = entries.map { SpoolDelivery.Pending(entry: $0) }
        var pause = BackOff()
        var isWaiting = false
        while !Task.isCancelled {
            let reason = await delivery.attempt(&left)
            if left.isEmpty {
                if isWaiting { logger.info("the spool drains again") }
                return true
            }
            if !isWaiting, let reason {
                isWaiting = true
                logger.warning(
                    "the spool waits until it can store",
                    metadata: ["error": "\(reason)", "spool.records": "\(index.status.records)"])
            }
            metrics.show(index.status)
            // A cancelled task ends the loop.
            try? await Task.sleep(for: pause.next())
        }
        return false
    }
}

/// Doubling pauses up to five seconds, each shortened by chance, so that many gateways do not come back together.
private struct BackOff {
    private var longest = Duration.milliseconds(50)

    mutating func next() -> Duration {
        defer { longest = min(longest * 2, .seconds(5)) }
        return longest * Double.random(in: 0.5...1)
    }
}
