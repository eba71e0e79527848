import Logging
import Storage

/// What the work of jobs is done with.
struct JobParts: Sendable {
    let database: any SQLDatabase
    let blobs: SealedBlobs
    let oldPictures: OldPictures?
    let backups: BackupFolder
    let metadata: InferenceMetadata
    let plates: PlateCipher?
    let logger: Logger

    /// All that this data manager can do as a job.
    func kinds(_ configuration: DataManager.Configuration) -> [JobKind] {
        let kinds: [JobKind] = [
            .databaseCheck(database, logger), .blobScrub(blobs, database, oldPictures, logger),
            .backup(database, backups, keys: configuration.folder + "/keys", clock: configuration.clock),
            .backupVerification(backups, logger), .retention(retention(configuration)),
        ]
        return kinds + (metadata.mongo.map { [.metadataScrub($0, database)] } ?? [])
    }

    func retention(_ configuration: DataManager.Configuration) -> DetectionRetention {
        DetectionRetention(
            database: database, blobs: blobs, metadata: metadata, plates: plates,
            age: configuration.detectionsRetention, clock: configuration.clock)
    }
}
