import AIBoxAPI
import Foundation
import Logging
import Storage

extension DataManager.Configuration {
    private var keyFolder: String { folder + "/keys" }

    /// Makes a backup, also beside a running server, without its jobs.
    ///
    /// - Parameters:
    ///   - place: the file, or a folder that is there; `nil`: the folder of the backups.
    ///   - progress: called now and then on another thread, with the bytes done and, where it is known, in all.
    /// - Returns: the file, and its manifest.
    /// - Throws: `DataManagerError` when the database cannot be opened, `StorageError`.
    public func backUp(
        to place: String?, _ progress: @escaping @Sendable (_ done: Int64, _ total: Int64?) -> Void
    ) async throws -> (file: BackupFile, manifest: DatabaseBackup) {
        if case .sqlite(let path) = database, access(path ?? folder + "/aibox.sqlite", F_OK) != 0 {
            throw StorageError(.notFound, "\(name): there is no database")
        }
        let database = try await open()
        do {
            let id = UUIDv7()
            let file = try backupFile(place, id, .init(database.dialect))
            let draft = try await DatabaseBackup(draft: id, of: database, in: file, keys: keyFolder, at: clock())
            let manifest = try await database.backUp(to: file, as: draft, progress)
            await database.close()
            return (file, manifest)
        } catch {
            await database.close()
            throw error
        }
    }

    private func backupFile(_ place: String?, _ id: UUIDv7, _ form: DatabaseBackup.Form) throws -> BackupFile {
        let backups = BackupFolder(path: place ?? backupFolder ?? folder + "/backups", count: backupsKept)
        var isFolder: ObjCBool = false
        let isThere = FileManager.default.fileExists(atPath: backups.path, isDirectory: &isFolder)
        if let place, !isThere || !isFolder.boolValue { return BackupFile(place) }
        try backups.prepare()
        return backups.file(id, form)
    }

    /// What a restoration has done.
    public struct Restoration: Sendable {
        public let backup: DatabaseBackup
        /// Persons who were in the backup, had been erased since, and were deleted from it again.
        public let personsErasedAgain: Int
    }

    /// Puts a backup into this place, which must hold no database, and opens it once as a server would: migrations are
    /// applied, and erased persons are erased again. The folder of keys must be there already if the backup needs it.
    ///
    /// - Throws: `StorageError` `.damaged` for a backup that is not as it was written, `.conflict` for a place that is not
    ///   empty, `.invalid` for one of the other kind of database, `.denied` when the ledger of erased persons is older than
    ///   the backup; `DataManagerError` when the restored database cannot be opened.
    public func restore(_ backup: BackupFile, logger: Logger) async throws -> Restoration {
        let lock = try FolderLock(folder: folder)
        let manifest = try await backup.verify()
        if let known = manifest.erasures { try requireLedger(of: known) }
        switch (manifest.form, database) {
        case (.sqlite, .sqlite(let path)):
            try await backup.restore(toSQLite: path ?? folder + "/aibox.sqlite")
        case (.postgres, .postgres(let url, _)):
            try await backup.restore(toPostgres: url)
        case (.sqlite, .postgres):
            throw StorageError(
                .invalid,
                "\(backup.path) is of SQLite: restore it into a folder, then use 'aibox db copy --to postgres://…'")
        case (.postgres, .sqlite):
            throw StorageError(.invalid, "\(backup.path) is of PostgreSQL: restore it with --into postgres://…")
        }
        lock.release()
        var configuration = self
        // Nothing is to be due before the server starts.
        (configuration.backupSchedule, configuration.detectionsRetention) = (nil, nil)
        let manager = try await DataManager(configuration, logger: logger)
        await manager.close()
        return Restoration(backup: manifest, personsErasedAgain: manager.personsErasedAgain)
    }

    private func requireLedger(of known: DatabaseBackup.Erasures) throws {
        let here = try SubjectKeys.erasures(in: keyFolder)
        guard let here, here.count >= known.count else {
            let what =
                here.map { "has \($0.count) entries, and had \(known.count) when the backup was made" } ?? "is missing"
            throw StorageError(
                .denied,
                "the ledger of erased persons in \(keyFolder) \(what): put the newest copy of the folder there first, or "
                    + "erased people come back")
        }
    }
}
