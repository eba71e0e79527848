import CChecksumVFS
import Foundation
import GRDB

/// The checksums at the end of each page, by SQLite's cksumvfs (https://www.sqlite.org/cksumvfs.html): a page that the
/// disk returns otherwise than it was written is an error, never another answer.
enum PageChecksums {
    private static let reservedBytes: UInt8 = 8
    private static let registration = aibox_checksum_register()

    /// For `Configuration.prepareDatabase`: what the connection reads is verified, and a database that it makes has
    /// checksums.
    static func prepare(_ db: Database) throws {
        try verifyHeader(db)
        try check(aibox_checksum_reserve(connection(db)), "page checksums cannot be asked for")
    }

    /// Call before a connection is opened; once is enough for the process.
    static func register() throws(StorageError) {
        try check(registration, "SQLite's page checksums cannot be set up")
    }

    /// Whether the pages of the file have checksums.
    static func areKept(_ db: Database) throws(StorageError) -> Bool { try header(db)?.reserved == reservedBytes }

    /// Gives a file that was made without checksums some, once, by writing it anew (VACUUM). It stays as it is when
    /// another process has it open, when its disk has not room for it twice more, or when its content cannot be read.
    static func add(path: String) throws {
        var configuration = GRDB.Configuration()
        configuration.label = "aibox.checksums"
        configuration.prepareDatabase { try prepare($0) }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        defer { try? queue.close() }
        try queue.writeWithoutTransaction { db in
            guard try header(db)?.reserved == 0, hasRoom(path) else { return }
            do {
                // Waits for nobody: fails at once while another connection is open.
                guard try String.fetchOne(db, sql: "PRAGMA journal_mode = DELETE") == "delete" else { return }
                try check(aibox_checksum_begin(connection(db)), "page checksums cannot be begun")
                try db.execute(sql: "VACUUM")
            } catch is DatabaseError {
                // Rolled back; `areKept` and the check say that it has none.
            }
        }
    }

    /// The rollback journal and the new pages.
    private static func hasRoom(_ path: String) -> Bool {
        let folder = (path as NSString).deletingLastPathComponent
        let free = try? FileManager.default.attributesOfFileSystem(forPath: folder.isEmpty ? "." : folder)
        let file = try? FileManager.default.attributesOfItem(atPath: path)
        guard let free = free?[.systemFreeSize] as? Int, let size = file?[.size] as? Int else { return false }
        return free / 2 > size
    }

    /// The byte of the header that says whether there are checksums is the one that they cannot protect: when it says
    /// no, and the first page would be right if it said yes, it is wrong.
    private static func verifyHeader(_ db: Database) throws(StorageError) {
        guard let header = try header(db), header.reserved != reservedBytes else { return }
        var page = [UInt8](repeating: 0, count: header.pageSize)
        guard aibox_checksum_read_start(connection(db), &page, Int32(page.count)) == 0 else { return }
        page[Header.reservedOffset] = reservedBytes
        if isRight(&page) {
            throw StorageError(.damaged, "the header says that there are no page checksums, and there are")
        }
    }

    /// Whether a whole page ends with the checksum of what is before.
    static func isRight(_ page: inout [UInt8]) -> Bool {
        var checksum = [UInt8](repeating: 0, count: Int(reservedBytes))
        aibox_checksum_compute(&page, Int32(page.count), &checksum)
        return page.suffix(checksum.count).elementsEqual(checksum)
    }

    /// https://www.sqlite.org/fileformat2.html#the_database_header
    private struct Header {
        static let length = 100
        static let reservedOffset = 20
        let pageSize: Int
        let reserved: UInt8
    }

    /// `nil` for a file without pages, or that is no database: SQLite itself will say so.
    private static func header(_ db: Database) throws(StorageError) -> Header? {
        var bytes = [UInt8](repeating: 0, count: Header.length)
        // A file that is shorter reads as an error, with zeros.
        _ = aibox_checksum_read_start(connection(db), &bytes, Int32(bytes.count))
        guard bytes.starts(with: Array("SQLite format 3\0".utf8)) else { return nil }
        let size = Int(bytes[16]) << 8 | Int(bytes[17])
        let pageSize = size == 1 ? 65_536 : size
        guard (512...65_536).contains(pageSize), pageSize & (pageSize - 1) == 0 else { return nil }
        return Header(pageSize: pageSize, reserved: bytes[Header.reservedOffset])
    }

    private static func connection(_ db: Database) -> UnsafeMutableRawPointer? {
        db.sqliteConnection.map(UnsafeMutableRawPointer.init)
    }

    private static func check(_ result: Int32, _ failure: String) throws(StorageError) {
        if result != 0 { throw StorageError(.unavailable, "\(failure): SQLite \(result)") }
    }
}
