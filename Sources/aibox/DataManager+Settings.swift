import DataManager
import ServiceHTTP
import Settings
import Storage

extension KeySource {
    /// Where the settings say that the keys are; `nil`: nothing is encrypted.
    init?(_ settings: Settings) {
        if let keys = settings.encryptionKey {
            self = .value(keys.value, name: Setting.Name.encryptionKey.rawValue)
        } else if let command = settings.encryptionKeyCommand {
            self = .command(command)
        } else {
            return nil
        }
    }
}

extension DataManager.Configuration {
    /// The data folder and the database as the settings say.
    /// - Throws: `Problem` for a network in `webhook_allow` or a `time_zone` that is none.
    init(_ settings: Settings) throws {
        self.init(folder: settings.dataDirectory)
        webhooks.allowed = try AddressList(settings.webhookAllow)
        let replicas = settings.databaseReplicas?.value.split(separator: " ").map(String.init) ?? []
        database = Database(url: settings.databaseURL.value, replicas: replicas) ?? database
        (maxFileBytes, fileQuotaBytes) = (settings.maxFileBytes, settings.fileQuotaBytes)
        mongodbURL = settings.mongodbURL?.value
        metadataIndexes = settings.metadataIndexes
        timeZone = try SiteZone(settings.timeZone)
        (backupFolder, backupsKept) = (settings.backupDirectory, settings.backupKeep)
        (backupSchedule, detectionsRetention) = (settings.backupSchedule, settings.detectionsRetention)
        keys = KeySource(settings)
        requiresSealed = settings.encryptionRequireSealed
    }
}
