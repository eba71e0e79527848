import Foundation

/// Damage in the write-ahead log of a process that did not end well. SQLite would leave out all that lies behind it, and
/// then overwrite it; here the journal is kept beside the database first, and its presence says that writes are lost.
enum JournalDamage {
    private static let suffix = "-wal.damaged-"

    /// Looks at the journal before SQLite does, and copies it to `PATH-wal.damaged-TIME` when acknowledged writes in it
    /// cannot be recovered. Call it before this process has the database open: it opens and closes a file on which
    /// SQLite holds locks.
    ///
    /// - Throws: `.damaged` when the journal cannot be kept.
    static func keepJournal(of path: String, at time: Date = Date()) throws(StorageError) {
        do {
            let lost = try lostFrames(path + "-wal")
            // A journal that is being written is torn for whoever looks.
            guard lost > 0, !isOpen(path) else { return }
            let stamp = time.formatted(Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted))
            try FileManager.default.copyItem(atPath: path + "-wal", toPath: path + suffix + stamp)
        } catch {
            throw StorageError(.damaged, "the journal is damaged or cannot be read, and could not be kept: \(error)")
        }
    }

    /// The kept journals, by name, until somebody moves them away.
    static func keptJournals(of path: String) -> [String] {
        let url = URL(fileURLWithPath: path)
        let names = try? FileManager.default.contentsOfDirectory(atPath: url.deletingLastPathComponent().path)
        return (names ?? []).filter { $0.hasPrefix(url.lastPathComponent + suffix) }.sorted()
    }

    private static func lostFrames(_ journal: String) throws -> Int {
        guard let file = FileHandle(forReadingAtPath: journal) else { return 0 }
        defer { try? file.close() }
        guard let header = try file.read(upToCount: JournalScan.headerSize), header.count == JournalScan.headerSize
        else { return 0 }
        var scan = JournalScan(header: Array(header))
        while let frame = try file.read(upToCount: scan.frameSize), frame.count == scan.frameSize {
            scan.add(Array(frame))
        }
        return scan.lostFrames
    }

    /// Whether another process has the database open: each holds a lock on this byte of the `-shm` file for as long.
    private static func isOpen(_ path: String) -> Bool {
        let file = open(path + "-shm", O_RDWR | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = 128
        lock.l_len = 1
        return fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != Int16(F_UNLCK)
    }
}
