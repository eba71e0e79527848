import AIBoxAPI
import ServiceClients
import Testing

@testable import DataManager

@Suite struct SessionTests {
    @Test func ofTwoExchangesAtOnceAtMostOneSucceedsAndTheSessionIsClosed() async throws {
        try await withManagerAndUser { manager, user in
            for round in 0..<50 {
                let session = StoredSession.example(of: user, "first-\(round)")
                try await manager.openSession(session)
                let exchange: @Sendable (String) async throws -> StoredSession? = {
                    try await manager.rotateSession(
                        refreshHash: "first-\(round)", successorHash: "\($0)-\(round)", expiresAt: .now + 60_000)
                }
                async let left = exchange("left")
                async let right = exchange("right")
                #expect(try await [left, right].compactMap { $0 }.count == 1)
                #expect(try await manager.session(session.id) == nil)
            }
        }
    }

    @Test func aChainOfExchangesStaysOneSession() async throws {
        try await withManagerAndUser { manager, user in
            let session = StoredSession.example(of: user, "0")
            try await manager.openSession(session)
            for step in 0..<20 {
                let next = try await manager.rotateSession(
                    refreshHash: "\(step)", successorHash: "\(step + 1)", expiresAt: .now + 60_000)
                #expect(next?.id == session.id)
            }
            #expect(try await manager.session(session.id)?.refreshHash == "20")
        }
    }

    @Test func aLoginClearsExpiredSessionsAway() async throws {
        try await withManagerAndUser { manager, user in
            for index in 0..<5 { try await manager.openSession(.example(of: user, "old-\(index)", lifetime: -1)) }
            try await manager.openSession(.example(of: user, "new"))
            let left = try await manager.read { db in
                try ["sessions", "refresh_tokens"].map { try db.value("SELECT count(*) FROM \($0)", as: Int.self) }
            }
            #expect(left == [1, 1])
        }
    }

    @Test(arguments: TestRows.here) func aSessionOfNobodyIsRefused(_ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, _ in
            #expect(await problem { try await manager.openSession(.example(of: UUIDv7(), "x")) }?.status == 409)
        }
    }

    @Test(arguments: TestRows.here) func ofManyFirstUsersOneIsCreated(_ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, _ in
            let created = try await withThrowingTaskGroup(of: Bool.self) { group in
                for index in 0..<20 { group.addTask { try await manager.createFirstUser(.example("user-\(index)")) } }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(created == 1)
        }
    }

    private func withManagerAndUser(_ body: (DataManager, UUIDv7) async throws -> Void) async throws {
        try await withDataManager { manager, _ in
            let credential = StoredCredential.example()
            #expect(try await manager.createFirstUser(credential))
            try await body(manager, credential.user.id)
        }
    }
}
