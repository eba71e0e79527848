import Foundation
import TestSupport
import Testing

@testable import Storage

@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.absence)"))
struct PostgresConnectionTests {
    private static func configuration(_ url: String) -> PostgresDatabase.Configuration {
        var configuration = PostgresDatabase.Configuration(url: url)
        configuration.connectTimeout = .seconds(2)
        configuration.reconnectTimeout = .seconds(5)
        return configuration
    }

    private func refusal(_ url: String, sourceLocation: SourceLocation = #_sourceLocation) async -> StorageError? {
        await #expect(throws: StorageError.self, sourceLocation: sourceLocation) {
            try await PostgresDatabase.open(Self.configuration(url))
        }
    }

    @Test func aServerThatIsAwayIsNamed() async throws {
        let port = try LoopbackPort.free()
        let error = await refusal("postgres://someone:swordfish@127.0.0.1:\(port)/things")
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("127.0.0.1:\(port)/things") == true)
        #expect(error?.message.contains("Connection refused") == true)
        #expect(error?.message.contains("swordfish") == false)
    }

    @Test(arguments: [
        "postgres://user:swordfish@[host/db", "swordfish", "postgres://u:sword%zzfish@h/", "host=\0",
    ])
    func aURLThatIsNoneIsInvalidAndNotRepeated(_ url: String) async {
        let error = await refusal(url)
        #expect(error?.code == .invalid)
        #expect(error?.message.contains("fish") == false)
    }

    @Test func aWrongPasswordIsDeniedAndNotTold() async throws {
        let server = try TestPostgres(password: "open sesame")
        defer { server.remove() }
        let wrong = await refusal(server.url(password: "swordfish"))
        #expect(wrong?.code == .denied)
        #expect(wrong?.message.contains("28P01") == true)
        #expect(wrong?.message.contains("swordfish") == false)
        #expect(await refusal(server.url())?.code == .denied)
        let absent = await refusal(server.url("absent", password: "open%20sesame"))
        #expect(absent?.code == .notFound)
        #expect(absent?.message.contains("sesame") == false)
        try await withDatabase(Self.configuration(server.url(password: "open%20sesame"))) { database in
            try await #require(database.answers())
        }
    }

    @Test func aServerThatStartsIsWaitedFor() async throws {
        let server = try TestPostgres()
        defer { server.remove() }
        // Recovery from a crash makes it refuse connections for a while (57P03).
        try server.psql("CREATE TABLE filling AS SELECT repeat(md5(n::text), 20) FROM generate_series(1, 50000) n")
        server.signal(SIGKILL)
        try server.start(isAwaited: false)
        var isOpen = false
        while !isOpen {
            do {
                try await withDatabase(Self.configuration(server.url())) { _ in isOpen = true }
            } catch let error as StorageError {
                // Before it listens it is away.
                try #require(error.message.contains("Connection refused"), "\(error)")
            }
        }
    }

    @Test func whenConnectionsAreExhaustedReadsFailAndRecover() async throws {
        let server = try TestPostgres(settings: ["max_connections": "4", "superuser_reserved_connections": "0"])
        defer { server.remove() }
        let first = try await PostgresDatabase.open(Self.configuration(server.url()))
        var others: [PostgresDatabase] = []
        // Each holds one connection for writing.
        while let other = try? await PostgresDatabase.open(Self.configuration(server.url())) { others.append(other) }
        #expect(others.count == 3)
        #expect(await refusal(server.url())?.message.contains("53300") == true)
        await expect(.unavailable) { _ = try await first.read { try $0.rows("SELECT 1") } }
        let failure = await first.failure()
        #expect(failure?.code == .unavailable)
        try await first.write { try $0.execute("SELECT 1") }
        for other in others { await other.close() }
        // The server may need a moment to take note of those that left.
        while await first.failure() != nil {}
        try await #require(first.answers())
        await first.close()
    }

    @Test func aReadThatWaitsTooLongIsRefused() async throws {
        try await withPostgres({
            $0.readConnections = 1
            $0.readQueueLimit = 1
            $0.readWaitLimit = .milliseconds(200)
        }) { database in
            let (begun, end) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            async let long = database.read { session in
                begun.signal()
                end.wait()
                return try session.value("SELECT 1", as: Int.self)
            }
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    begun.wait()
                    continuation.resume()
                }
            }
            // One waits until its time is over, the other finds no room.
            let codes = await withTaskGroup(of: StorageError.Code?.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        do {
                            _ = try await database.read { try $0.rows("SELECT 1") }
                            return nil
                        } catch { return (error as? StorageError)?.code }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes == [.busy, .busy])
            end.signal()
            let answer = try await long
            #expect(answer == 1)
            try await #require(database.answers())
        }
    }

    @Test(arguments: [
        ("23505", StorageError.Code.conflict), ("23503", .conflict), ("23514", .conflict), ("23502", .conflict),
        ("22P05", .invalid), ("22021", .invalid), ("22003", .invalid), ("22P02", .invalid), ("53100", .full),
        ("53300", .unavailable), ("57P01", .unavailable), ("57P03", .unavailable), ("08006", .unavailable),
        ("28P01", .denied), ("28000", .denied), ("42501", .denied), ("57014", .timeout), ("54000", .tooLarge),
        ("XX001", .damaged), ("XX002", .damaged), ("42P01", .statement), ("42601", .statement), ("55P03", .busy),
        ("25006", .statement), ("0A000", .statement),
    ])
    func eachSQLSTATEHasItsMeaning(_ state: String, _ code: StorageError.Code) {
        #expect(StorageError.Code(sqlState: state) == code)
    }
}
