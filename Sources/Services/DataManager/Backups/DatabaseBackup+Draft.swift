import AIBoxAPI
import Storage

extension DatabaseBackup {
    /// The manifest of a backup that begins now, as far as it is known before.
    ///
    /// - Parameter keys: the folder of the persons' keys; its ledger is read beside the process that has it open.
    init(
        draft id: UUIDv7, of database: any SQLDatabase, in file: BackupFile, keys: String, at time: Timestamp
    ) async throws {
        let (schema, mark) = try await database.read { db -> (String, [UInt8]?) in
            let last = "SELECT identifier FROM schema_migrations ORDER BY number DESC LIMIT 1"
            return (try db.value(last) ?? "", try KeyStoreMark.stored(db))
        }
        self.init(
            id: id, file: file.name, form: Form(database.dialect), createdAt: time, bytes: 0, sha256: "",
            schema: schema,
            keyStore: mark.map { $0.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() },
            erasures: mark == nil ? nil : try SubjectKeys.erasures(in: keys))
    }
}
