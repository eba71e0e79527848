import Foundation

extension PostgresDatabase {
    /// Asks a replica how far behind its primary it is, in seconds; `nil`: the server is none. One that has replayed all
    /// that it was sent is not behind, however long ago that was.
    ///
    /// - Throws: `StorageError` when it does not answer.
    public static func secondsBehind(replica url: String) async throws -> Double? {
        let configuration = Configuration(url: url)
        return try await OwnThread.run("aibox.replica") { _ in
            let select = """
                SELECT pg_is_in_recovery(), CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
                    ELSE EXTRACT(EPOCH FROM now() - pg_last_xact_replay_timestamp()) END
                """
            do throws(PostgresFailure) {
                let connection = try PostgresConnection.open(options(configuration, reading: url))
                connection.beginTransaction()
                var (isReplica, behind) = (false, 0.0)
                try connection.command(select) {
                    isReplica = $0.text(0, 0) == "t"
                    behind = $0.text(0, 1).flatMap(Double.init) ?? 0
                }
                try connection.synchronise()
                try connection.drain()
                if let failure = connection.failure { throw failure }
                return isReplica ? max(0, behind) : nil
            } catch {
                throw error.error
            }
        }
    }

    private static func options(
        _ configuration: Configuration, reading url: String
    ) throws(PostgresFailure) -> PostgresConnection.Options {
        do throws(StorageError) {
            var options = try options(configuration, url: url)
            options.isReadOnly = true
            return options
        } catch {
            throw PostgresFailure(error)
        }
    }
}
