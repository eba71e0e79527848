import AIBoxAPI
import Foundation
import ServiceClients
import TestSupport
import Testing

extension Faults {
    /// Others have taken every connection that there is.
    @Suite(.enabled(if: Places.hasBinary, Comment(rawValue: Places.noBinary)), .timeLimit(.minutes(10)))
    struct ConnectionTests {
        private static let maximum = 12

        @Test(.enabled(if: PostgresWorld.isSupported, PostgresWorld.absence))
        func writesAreRefusedAndNotLostWhileOthersHaveEveryConnectionOfPostgreSQL() async throws {
            try await withTemporaryFolder { folder in
                let world = try await PostgresWorld(folder: folder, maximumConnections: Self.maximum)
                let journal = Journal(seed: 41)
                try await world.withBox { box in
                    for _ in 0..<Faults.count(1, full: 5) { try await occupy(world, box, journal, folder) }
                    #expect(
                        journal.refusals.allSatisfy { $0.status == 503 && $0.retryAfter != nil },
                        "\(journal.refusals.first.map { "\($0)" } ?? "")")
                    await journal.repeatUnacknowledged(to: box.manager)
                    let after = await journal.comparison(with: box.manager)
                    #expect(after.isWhole && journal.unacknowledged.isEmpty, "\(after)")
                }
                print(
                    "no connection to PostgreSQL: \(journal.acknowledgedCount) acknowledged, "
                        + "\(journal.refusals.count) refused")
            }
        }

        /// From an idle box to one that has no connection, is asked for everything, and gets its connections back.
        private func occupy(_ world: PostgresWorld, _ box: Box, _ journal: Journal, _ folder: URL) async throws {
            await journal.send(journal.next(), to: box.manager)
            let others = try await OccupiedPostgres(world, Self.maximum, in: folder)
            let before = (journal.acknowledgedCount, journal.refusals.count)
            try await box.underLoad(journal) {
                do {
                    // What waits for a connection is refused in the end.
                    try await wait(for: "refusals") { journal.refusals.count > before.1 ? () : nil }
                    #expect(others.isComplete && journal.acknowledgedCount == before.0)
                    let problem = await #expect(throws: Problem.self) {
                        try await box.manager.detections(DetectionQuery())
                    }
                    #expect(problem?.status == 503 && problem?.retryAfter != nil, "\(String(describing: problem))")
                    let health = try await box.manager.health()
                    #expect(health.status != .healthy && health.checks["database"] != "ok", "\(health)")
                } catch {
                    try await others.free()
                    throw error
                }
                try await others.free()
                try await wait(for: "an acknowledgement", within: Faults.recovery) {
                    journal.acknowledgedCount > before.0 ? () : nil
                }
                try await wait(for: "health", within: Faults.recovery) {
                    try await box.manager.health().checks["database"] == "ok" ? () : nil
                }
            }
        }

        /// However many ask at once, the box takes a few connections and no more.
        @Test(.enabled(if: PostgresWorld.isSupported, PostgresWorld.absence))
        func theBoxItselfNeverTakesMoreThanItsFewConnections() async throws {
            try await withTemporaryFolder { folder in
                let world = try await PostgresWorld(folder: folder, maximumConnections: Self.maximum)
                let journal = Journal(seed: 42)
                try await world.withBox { box in
                    let count = try await withLoad(
                        on: box.child, clients: 64,
                        {
                            await journal.send(journal.next(), to: box.manager)
                            _ = try? await box.manager.detections(DetectionQuery())
                        },
                        while: {
                            try await wait(for: "acknowledgements") { journal.acknowledgedCount >= 500 ? () : nil }
                            return try await world.query(
                                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'aibox'")
                        })
                    let number = Int(count.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
                    #expect((2...8).contains(number), "\(count)")
                    #expect(journal.refusals.isEmpty)
                }
            }
        }

        @Test(.enabled(if: TestRedis.isInstalled, Comment(rawValue: TestRedis.absence)))
        func aRedisWithoutAFreeConnectionIsARedisThatIsAway() async throws {
            try await withTemporaryFolder { folder in
                try await TestRedis.with(["--maxclients", "\(Self.maximum)"]) { redis in
                    let address = ["AIBOX_REDIS_URL": "redis://127.0.0.1:\(redis.port)"]
                    try await EmbeddedWorld(folder: folder).withBox { box in
                        try await PublicBox.with(before: box, address, in: folder) { gateway in
                            let (ended, kept) = (try await gateway.login(), try await gateway.login())
                            #expect(try await gateway.status(ended) == 200)
                            #expect(try await gateway.logout(ended) == 204)
                            let others = try Self.occupy(redis)
                            try await wait(for: "the gateway to notice", within: Faults.recovery) {
                                #expect(try await gateway.status(kept) == 200)
                                #expect(try await gateway.status(ended) == 401)
                                return try await gateway.health().checks["sessions"] != "ok" ? () : nil
                            }
                            let another = try await gateway.login()
                            #expect(try await gateway.logout(another) == 204)
                            #expect(try await gateway.status(another) == 401)
                            others.closeAll()
                            try await wait(for: "Redis", within: Faults.recovery) {
                                try await gateway.health().checks["sessions"] == "ok" ? () : nil
                            }
                            for token in [ended, another] { #expect(try await gateway.status(token) == 401) }
                            #expect(try await gateway.status(kept) == 200)
                        }
                    }
                }
            }
        }

        /// Takes every connection; the first of them has those of the gateway ended.
        private static func occupy(_ redis: TestRedis) throws -> OpenConnections {
            let others = OpenConnections(to: redis.port)
            while others.count < maximum {
                try others.open()
                guard others.ask("CLIENT SETNAME other\r\n").hasPrefix("+OK") else {
                    others.closeLast()
                    let list = others.ask("CLIENT LIST\r\n", on: 0).split(separator: "\n")
                    for line in list where line.contains(" name= ") {
                        let id = line.split(separator: " ").first { $0.hasPrefix("id=") }?.dropFirst(3) ?? ""
                        _ = others.ask("CLIENT KILL ID \(id)\r\n", on: 0)
                    }
                    continue
                }
            }
            return others
        }

        /// Connections that wait, and heads that come a byte at a time, are more than the gateway takes.
        @Test func usersAreServedWhileOthersHoldMoreConnectionsThanThereAre() async throws {
            try await withTemporaryFolder { folder in
                try await EmbeddedWorld(folder: folder).withBox { box in
                    try await PublicBox.with(before: box, in: folder) { gateway in
                        let token = try await gateway.login()
                        let others = OpenConnections(to: gateway.port)
                        for number in 1...Faults.count(1200, full: 5000) {
                            try others.open(sending: number.isMultiple(of: 2) ? "" : "GET /models HTTP/1.1\r\nX-A: ")
                            guard number.isMultiple(of: 100) else { continue }
                            for index in 0..<others.count { others.send("a", on: index) }
                            // On a connection of its own each, as new users come.
                            let user = OpenConnections(to: gateway.port)
                            try user.open()
                            let answer = user.ask(
                                "GET /auth/me HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n\r\n")
                            #expect(answer.hasPrefix("HTTP/1.1 200"), "beside \(number): \(answer.prefix(100))")
                            #expect(try await gateway.status(token) == 200)
                        }
                        let memory = try gateway.child.residentBytes()
                        #expect(memory < 600 << 20)
                    }
                }
            }
        }
    }
}
