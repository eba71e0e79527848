import AIBoxAPI
import Foundation
import Storage

/// The folder that the backups of a schedule are kept in. All calls block for a few files.
///
/// The name of a backup follows from its identifier: `aibox-20261125T221530Z-<id>.sqlite`, or `.dump` of PostgreSQL.
struct BackupFolder: Sendable {
    let path: String
    /// How many backups are kept.
    let count: Int

    /// The backups that are whole, newest first.
    func backups() -> [DatabaseBackup] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { $0.hasSuffix(".json") }
            .compactMap { try? BackupFile("\(path)/\($0.dropLast(".json".count))").manifest() }
            .sorted { $0.id > $1.id }
    }

    /// Where a backup is or will be.
    func file(_ id: UUIDv7, _ form: DatabaseBackup.Form) -> BackupFile {
        let date = Date(timeIntervalSince1970: Double(id.milliseconds / 1000))
        let time = date.formatted(Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted))
        return BackupFile("\(path)/aibox-\(time)-\(id).\(form.fileExtension)")
    }

    /// The backup of this identifier, if it is whole.
    func find(_ id: UUIDv7) -> (file: BackupFile, manifest: DatabaseBackup)? {
        for form in DatabaseBackup.Form.allCases {
            let file = file(id, form)
            if let manifest = try? file.manifest() { return (file, manifest) }
        }
        return nil
    }

    /// Makes the folder, and removes what backups that were killed have left.
    ///
    /// - Throws: `StorageError`.
    func prepare() throws {
        do {
            try DurableFolder.make(path)
            for name in try FileManager.default.contentsOfDirectory(atPath: path) where name.hasSuffix(".part") {
                _ = try BackupFile("\(path)/\(name.dropLast(".part".count))").removeUnfinished()
            }
        } catch let error as StorageError {
            throw error
        } catch {
            throw StorageError(.inputOutput, "\(path) cannot be read: \(error.localizedDescription)")
        }
    }

    /// Removes all but the newest ones. Returns how many.
    func prune() throws -> Int {
        let surplus = backups().dropFirst(count)
        for backup in surplus { try file(backup.id, backup.form).remove() }
        return surplus.count
    }
}

extension DatabaseBackup.Form {
    var fileExtension: String {
        switch self {
        case .sqlite: "sqlite"
        case .postgres: "dump"
        }
    }

    init(_ dialect: SQLDialect) {
        self =
            switch dialect {
            case .sqlite: .sqlite
            case .postgres: .postgres
            }
    }
}
