import GRDB

/// The tables, as a list of numbered migrations. A released migration is never changed; a new one is appended.
///
/// Identifiers are 16-byte blobs: less than half of the 36 characters, in every index, and they sort by time as the
/// text does. `hex(id)` shows them in a shell. Times are milliseconds since 1970.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("0001-detections", migrate: createDetections)
        migrator.registerMigration("0002-identity", migrate: createIdentity)
        migrator.registerMigration("0003-gallery", migrate: createGallery)
        migrator.registerMigration("0004-known-plates", migrate: createKnownPlates)
        return migrator
    }

    /// Brings the database to the present version; refuses one that a later aibox has migrated further.
    static func migrate(_ pool: DatabasePool) throws {
        if try pool.read(migrator.hasBeenSuperseded) {
            let latest = try pool.read { try migrator.appliedIdentifiers($0).max() ?? "" }
            throw DataManagerError(
                code: .newer, message: "\(pool.path) was written by a later version of aibox (it has \(latest))",
                remedy: "Start that version, or restore a backup made before the upgrade")
        }
        try migrator.migrate(pool)
    }
}
