import AIBoxAPI
import Dispatch
import NIOCore
import Synchronization

/// Appends records on a thread of its own; those that come while one fsync runs share the next (group commit).
final class SpoolWriter: Sendable {
    struct Append: Sendable {
        let id: UUIDv7
        let body: ByteBuffer
        let done: @Sendable (Result<Void, FileFailure>) -> Void

        var recordBytes: Int { SpoolRecord.headBytes + body.readableBytes }
    }

    private struct State {
        var waiting: [Append] = []
        var isScheduled = false
    }

    /// Bytes that share one fsync at most, unless one record alone is larger.
    private static let batchBytes = 16 << 20
    /// A drained segment of this size is not kept for further records: what was stored is not to lie here for long.
    private static let restingBytes = 1 << 20

    private let folder: SpoolFolder
    private let index: SpoolIndex
    private let segmentBytes: Int
    private let synchronize: @Sendable (CInt) -> CInt
    private let onWritten: @Sendable (_ records: Int, _ sync: Duration) -> Void
    private let thread = DispatchQueue(label: "aibox.spool.write")
    private let state = Mutex(State())
    /// Touched on `thread` alone.
    private let segment = Mutex<SpoolSegment?>(nil)

    /// - Parameters:
    ///   - segmentBytes: length from which on another segment is begun.
    ///   - onWritten: called after each fsync that succeeded, before the callers go on.
    init(
        folder: SpoolFolder, index: SpoolIndex, segmentBytes: Int,
        synchronize: @escaping @Sendable (CInt) -> CInt,
        onWritten: @escaping @Sendable (_ records: Int, _ sync: Duration) -> Void
    ) {
        self.folder = folder
        self.index = index
        self.segmentBytes = segmentBytes
        self.synchronize = synchronize
        self.onWritten = onWritten
    }

    deinit { segment.withLock { $0?.close() } }

    /// `done` is called once the record is in the index and on the disk, or neither. Its room must be reserved.
    func append(_ append: Append) {
        let isFirst = state.withLock { state in
            defer { state.isScheduled = true }
            state.waiting.append(append)
            return !state.isScheduled
        }
        if isFirst { thread.async { self.writeBatch() } }
    }

    /// Lets go of a segment of which everything is stored, unless it is small. Returns after what waits is written.
    func rest(keeping bytes: Int = SpoolWriter.restingBytes) async {
        await withCheckedContinuation { continuation in
            thread.async {
                if self.index.status.records == 0, self.length > bytes { self.closeSegment() }
                continuation.resume()
            }
        }
    }

    private var length: Int { segment.withLock { $0?.length ?? 0 } }

    private func writeBatch() {
        let batch = takeBatch()
        let bytes = batch.reduce(0) { $0 + $1.recordBytes }
        do throws(FileFailure) {
            let start = ContinuousClock.now
            let entries = try write(batch, bytes)
            index.add(written: entries)
            onWritten(batch.count, ContinuousClock.now - start)
            for append in batch { append.done(.success(())) }
        } catch {
            segment.withLock { $0?.takeBack() }
            closeSegment()
            index.release(records: batch.count, bytes: bytes)
            for append in batch { append.done(.failure(error)) }
        }
        let isMore = state.withLock {
            $0.isScheduled = !$0.waiting.isEmpty
            return $0.isScheduled
        }
        if isMore { thread.async { self.writeBatch() } }
    }

    private func takeBatch() -> [Append] {
        state.withLock {
            var bytes = 0
            let batch = Array(
                $0.waiting.prefix { append in
                    defer { bytes += append.recordBytes }
                    return bytes == 0 || bytes + append.recordBytes <= Self.batchBytes
                })
            $0.waiting.removeFirst(batch.count)
            return batch
        }
    }

    private func write(_ batch: [Append], _ count: Int) throws(FileFailure) -> [SpoolIndex.Entry] {
        if length >= segmentBytes { closeSegment() }
        var current = try openSegment()
        var bytes = ByteBufferAllocator().buffer(capacity: count)
        var entries: [SpoolIndex.Entry] = []
        for append in batch {
            let start = current.length + bytes.writerIndex
            SpoolRecord.write(append.body, id: append.id, segment: current.id, to: &bytes)
            let range = start..<current.length + bytes.writerIndex
            entries.append(SpoolIndex.Entry(id: append.id, segment: current.id, range: range))
        }
        try current.append(bytes)
        segment.withLock { $0 = current }
        return entries
    }

    private func openSegment() throws(FileFailure) -> SpoolSegment {
        if let open = segment.withLock({ $0 }) { return open }
        let new = try SpoolSegment(in: folder, synchronize: synchronize)
        segment.withLock { $0 = new }
        return new
    }

    private func closeSegment() {
        guard let ended = segment.withLock({ $0.take() }) else { return }
        ended.close()
        // A file that cannot be deleted is found again at the next start, and stored again, which changes nothing.
        if index.close(ended.id) { try? folder.remove([ended.id]) }
    }
}
