import AIBoxAPI
import Synchronization

/// Which records wait, oldest first, and where each lies. Kept in memory; the segments hold the truth.
final class SpoolIndex: Sendable {
    struct Entry: Sendable {
        let id: UUIDv7
        let segment: UUIDv7
        /// Bytes of the segment.
        let range: Range<Int>
    }

    /// How the spool is, at one moment.
    struct Status: Sendable {
        var records = 0
        var bytes = 0
        /// Records that wait for the disk.
        var writing = 0
        var oldest: UUIDv7?
        var isFull = false
    }

    private struct Segment {
        /// Records that are not stored yet.
        var left = 0
        /// Whether nothing more is appended to it.
        var isClosed = false
    }

    private struct State {
        /// What waits begins at `first`; what lies before it is cut off now and then.
        var entries: [Entry] = []
        var first = 0
        var bytes = 0
        /// What is being written.
        var reserved = (records: 0, bytes: 0)
        var segments: [UUIDv7: Segment] = [:]
        var isFull = false

        var records: Int { entries.count - first }
    }

    private let maximumBytes: Int
    private let maximumRecords: Int
    private let state = Mutex(State())

    init(maximumBytes: Int, maximumRecords: Int) {
        self.maximumBytes = maximumBytes
        self.maximumRecords = maximumRecords
    }

    var status: Status {
        state.withLock {
            let oldest = $0.records > 0 ? $0.entries[$0.first].id : nil
            return Status(
                records: $0.records, bytes: $0.bytes, writing: $0.reserved.records, oldest: oldest, isFull: $0.isFull)
        }
    }

    /// Keeps room for a record that is about to be written.
    ///
    /// - Returns: `false` when there is none.
    func reserve(bytes: Int) -> Bool {
        state.withLock {
            let records = $0.records + $0.reserved.records + 1
            $0.isFull = records > maximumRecords || $0.bytes + $0.reserved.bytes + bytes > maximumBytes
            guard !$0.isFull else { return false }
            $0.reserved.records += 1
            $0.reserved.bytes += bytes
            return true
        }
    }

    /// Gives back the room of records that could not be written.
    func release(records: Int, bytes: Int) {
        state.withLock {
            $0.reserved.records -= records
            $0.reserved.bytes -= bytes
        }
    }

    /// Adds records that lie on the disk; their room was reserved before.
    func add(written entries: [Entry]) {
        release(records: entries.count, bytes: entries.reduce(0) { $0 + $1.range.count })
        add(entries)
    }

    /// Adds records that were found on the disk.
    func add(_ entries: [Entry]) {
        state.withLock {
            $0.entries += entries
            for entry in entries {
                $0.bytes += entry.range.count
                $0.segments[entry.segment, default: Segment()].left += 1
            }
        }
    }

    /// The oldest entries: at most `count`, and no more than `bytes` unless the first alone is larger.
    func oldest(_ count: Int, bytes limit: Int) -> [Entry] {
        state.withLock {
            var bytes = 0
            return Array(
                $0.entries[$0.first...].prefix(count).prefix { entry in
                    bytes += entry.range.count
                    return bytes <= limit || bytes == entry.range.count
                })
        }
    }

    /// Forgets the oldest `count` entries, which are stored.
    ///
    /// - Returns: the segments that nobody needs any more.
    func removeOldest(_ count: Int) -> [UUIDv7] {
        state.withLock {
            var drained: [UUIDv7] = []
            for entry in $0.entries[$0.first..<$0.first + count] {
                $0.bytes -= entry.range.count
                $0.segments[entry.segment]?.left -= 1
                if let segment = $0.segments[entry.segment], segment.left == 0, segment.isClosed {
                    $0.segments[entry.segment] = nil
                    drained.append(entry.segment)
                }
            }
            $0.first += count
            $0.isFull = false
            if $0.first > 1024, $0.first > $0.entries.count / 2 || $0.records == 0 {
                $0.entries.removeFirst($0.first)
                $0.first = 0
            }
            return drained
        }
    }

    /// Says that nothing more is appended to `segment`.
    ///
    /// - Returns: whether nobody needs it any more.
    func close(_ segment: UUIDv7) -> Bool {
        state.withLock {
            guard let left = $0.segments[segment]?.left, left > 0 else {
                $0.segments[segment] = nil
                return true
            }
            $0.segments[segment]?.isClosed = true
            return false
        }
    }
}
