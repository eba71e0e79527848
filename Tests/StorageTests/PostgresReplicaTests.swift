import Foundation
import TestSupport
import Testing

@testable import Storage

@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.absence)"))
struct PostgresReplicaTests {
    /// Runs `body` on a primary with one streaming replica.
    private func withReplica(
        _ body: (PostgresDatabase, _ primary: TestPostgres, _ replica: TestPostgres) async throws -> Void
    ) async throws {
        let primary = try TestPostgres()
        defer { primary.remove() }
        let replica = try primary.makeReplica()
        defer { replica.remove() }
        var configuration = PostgresDatabase.Configuration(url: primary.url())
        configuration.replicas = [replica.url()]
        try await withDatabase(configuration) { try await body($0, primary, replica) }
    }

    private static func isFromReplica(_ database: PostgresDatabase, _ consistency: ReadConsistency) async throws -> Bool
    {
        try await database.read(consistency) { try $0.value("SELECT pg_is_in_recovery()", as: Bool.self) } ?? false
    }

    private static func count(_ database: PostgresDatabase, _ consistency: ReadConsistency) async throws -> Int? {
        try await database.read(consistency) { try $0.value("SELECT COUNT(*) FROM rows", as: Int.self) }
    }

    /// Until the replica has caught up.
    private static func awaitReplica(_ database: PostgresDatabase, _ bound: ReadConsistency) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while try await !isFromReplica(database, bound) { try #require(ContinuousClock.now < deadline) }
    }

    @Test func aReplicaAnswersOnceItHasWhatThisProcessWrote() async throws {
        try await withReplica { database, _, replica in
            let bound = ReadConsistency.bounded(.seconds(60))
            try await database.write { try $0.execute("CREATE TABLE rows (n BIGINT)") }
            try await Self.awaitReplica(database, bound)
            #expect(try await !Self.isFromReplica(database, .latest))

            try replica.psql("SELECT pg_wal_replay_pause()")
            while try replica.psql("SELECT pg_get_wal_replay_pause_state()") != "paused" {}
            try await database.write { try $0.execute("INSERT INTO rows VALUES (1)") }
            for _ in 0..<20 {
                #expect(try await Self.count(database, bound) == 1)
                #expect(try await !Self.isFromReplica(database, bound))
            }
            #expect(try replica.psql("SELECT COUNT(*) FROM rows") == "0")

            try replica.psql("SELECT pg_wal_replay_resume()")
            try await Self.awaitReplica(database, bound)
            #expect(try await Self.count(database, bound) == 1)
        }
    }

    @Test func theWritesOfOthersAreMissedForNoLongerThanTheBound() async throws {
        try await withReplica { database, primary, replica in
            let bound = ReadConsistency.bounded(.seconds(60))
            try await database.write { try $0.execute("CREATE TABLE rows (n BIGINT)") }
            try await Self.awaitReplica(database, bound)
            try replica.psql("SELECT pg_wal_replay_pause()")
            while try replica.psql("SELECT pg_get_wal_replay_pause_state()") != "paused" {}
            try primary.psql("INSERT INTO rows VALUES (1)")
            // Nothing younger than a minute need be there.
            try await Self.awaitReplica(database, bound)
            #expect(try await Self.count(database, bound) == 0)
            // What is as old as this has to be.
            #expect(try await Self.count(database, .bounded(.zero)) == 1)
            #expect(try await Self.count(database, .bounded(.microseconds(1))) == 1)
            #expect(try await Self.count(database, .latest) == 1)
        }
    }

    @Test func aReplicaThatIsAwayIsReplacedByThePrimaryAndFoundAgain() async throws {
        try await withReplica { database, _, replica in
            let bound = ReadConsistency.bounded(.seconds(60))
            try await database.write { try $0.execute("CREATE TABLE rows (n BIGINT)") }
            try await Self.awaitReplica(database, bound)
            replica.signal(SIGQUIT)
            for _ in 0..<20 { #expect(try await Self.count(database, bound) == 0) }
            #expect(await database.failure() == nil)
            try replica.start()
            try await Self.awaitReplica(database, bound)
        }
    }

    @Test func thePrimaryIsFoundBehindADeadHostAndAStandby() async throws {
        try await withReplica { database, primary, replica in
            let dead = try LoopbackPort.free()
            let hosts = "127.0.0.1:\(dead),127.0.0.1:\(replica.port),127.0.0.1:\(primary.port)"
            let url = "postgres://postgres@\(hosts)/postgres?target_session_attrs=read-write"
            try await withDatabase(PostgresDatabase.Configuration(url: url)) { other in
                try await other.write { try $0.execute("CREATE TABLE rows (n BIGINT)") }
                #expect(try await !Self.isFromReplica(other, .latest))
            }
            #expect(try await Self.count(database, .latest) == 0)
            let standbys = "postgres://postgres@127.0.0.1:\(dead),127.0.0.1:\(replica.port)/postgres"
            await expect(.unavailable) {
                let url = standbys + "?target_session_attrs=read-write"
                _ = try await PostgresDatabase.open(PostgresDatabase.Configuration(url: url))
            }
        }
    }

    /// A host that takes no packet, as behind a firewall: a listener whose queue is full.
    @Test func aSilentHostIsLeftForTheNextOne() async throws {
        let silent = try SilentHost()
        let port = try TestPostgres.shared().port
        let url = "postgres://postgres@127.0.0.1:\(silent.port),127.0.0.1:\(port)/postgres"
        var configuration = PostgresDatabase.Configuration(url: url)
        configuration.connectTimeout = .milliseconds(300)
        try await withDatabase(configuration) { try await #require($0.answers()) }
        configuration.url = "postgres://postgres@127.0.0.1:\(silent.port)/postgres"
        let error = await #expect(throws: StorageError.self) { try await PostgresDatabase.open(configuration) }
        #expect(error?.code == .unavailable)
    }
}

/// A port whose queue of connections is full, so that the kernel answers no further one.
private final class SilentHost {
    let port: UInt16
    private var sockets: [Int32] = []

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        sockets = [listener]
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        try #require(isBound && listen(listener, 0) == 0)
        for _ in 0..<4 {
            let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
            sockets.append(client)
            withUnsafePointer(to: address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = connect(client, $0, length) }
            }
        }
    }

    deinit { for socket in sockets { close(socket) } }
}
