import AIBoxAPI
import NIOPosix
import ServiceClients
import Storage

extension DataManager {
    public func backups() async throws -> [DatabaseBackup] {
        try await NIOThreadPool.singleton.runIfActive { [backupFolder] in backupFolder.backups() }
    }
}
