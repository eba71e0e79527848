import AIBoxAPI
import Foundation
import ServiceClients
import Synchronization
import TestSupport
import Testing

extension Faults {
    /// The system's clock is set an hour forward or back while the box works.
    @Suite(
        .enabled(if: Places.hasBinary, Comment(rawValue: Places.noBinary)),
        .enabled(if: Shims.fakeTime != nil, "libfaketime is absent: apt install faketime"), .timeLimit(.minutes(5)))
    struct ClockTests {
        @Test func writesGoOnAndNothingIsLostWhenTheClockIsSet() async throws {
            try await withTemporaryFolder { folder in
                let clock = try SettableClock(in: folder)
                let world = try EmbeddedWorld(folder: folder)
                let journal = Journal(seed: 11)
                try await world.withBox(clock.environment) { box in
                    defer { clock.removeTraces(of: box.child) }
                    // Both sides of a call share the machine and its clock.
                    let client = try await Box.client(of: box.port, seconds: clock.seconds)
                    let box = Box(child: box.child, port: box.port, manager: client, readyAfter: box.readyAfter)
                    try await box.underLoad(journal) {
                        for hours in [1, -1, 0, 2, 0] {
                            try clock.set(hours: hours)
                            let goal = journal.acknowledgedCount + 50
                            try await wait(for: "acknowledgements at \(hours) h", within: Faults.recovery) {
                                journal.acknowledgedCount >= goal ? () : nil
                            }
                        }
                    }
                    // A token that was signed just before the clock was set may have been on its way.
                    #expect(journal.refusedStatuses.isSubset(of: [401]), "\(journal.refusedStatuses)")
                    await journal.repeatUnacknowledged(to: client)
                    let after = await journal.comparison(with: client)
                    #expect(after.isWhole && journal.unacknowledged.isEmpty, "\(after)")
                }
                try await world.withBox { box in
                    let after = await journal.comparison(with: box.manager)
                    #expect(after.isWhole, "after a restart: \(after)")
                }
            }
        }

        @Test func sessionsEndByTheClockAndNewOnesWorkAfterEachJump() async throws {
            try await withTemporaryFolder { folder in
                let clock = try SettableClock(in: folder)
                try await EmbeddedWorld(folder: folder).withBox(clock.environment) { box in
                    defer { clock.removeTraces(of: box.child) }
                    let client = try await Box.client(of: box.port, seconds: clock.seconds)
                    let user = User(
                        id: UUIDv7(), username: "admin", role: .admin, email: nil, fullName: nil,
                        mustChangePassword: false, createdAt: .now)
                    #expect(try await client.createFirstUser(StoredCredential(user: user, passwordHash: "$argon2id$")))
                    for (number, hours) in [0, 1, -1, 0].enumerated() {
                        try clock.set(hours: hours)
                        let session = StoredSession(
                            id: UUIDv7(), userID: user.id, refreshHash: "hash \(number)",
                            expiresAt: clock.now(plusMinutes: 30))
                        try await client.openSession(session)
                        #expect(try await client.session(session.id) != nil, "\(hours) h")
                        try clock.set(hours: hours + 1)
                        #expect(try await client.session(session.id) == nil, "\(hours) h and one more")
                        let rotated = try await client.rotateSession(
                            refreshHash: session.refreshHash, successorHash: "next \(number)",
                            expiresAt: clock.now(plusMinutes: 30))
                        #expect(rotated == nil)
                    }
                }
            }
        }

        @Test func identifiersStayUniqueAndInOrderAndOldTokensEnd() async throws {
            try await withTemporaryFolder { folder in
                let clock = try SettableClock(in: folder)
                try await EmbeddedWorld(folder: folder).withBox(clock.environment) { box in
                    defer { clock.removeTraces(of: box.child) }
                    let gateway = try await PublicBox.start(before: box, clock.environment, in: folder)
                    defer { clock.removeTraces(of: gateway.child) }
                    do {
                        try await createPersons(gateway, clock)
                    } catch {
                        try await gateway.child.kill()
                        throw error
                    }
                    try await gateway.child.kill()
                }
            }
        }

        private func createPersons(_ gateway: PublicBox, _ clock: SettableClock) async throws {
            var persons: [Person] = []
            let first = try await gateway.login()
            for hours in [0, 1, -1, 0] {
                try clock.set(hours: hours)
                let token = try await gateway.login()
                for _ in 0..<20 {
                    let answer = try await create(gateway, token)
                    guard answer.status == 201 else { throw Failure("at \(hours) h: \(answer.text)") }
                    persons.append(try JSONDecoder().decode(Person.self, from: answer.body))
                }
                // The access token of a quarter of an hour is over an hour later.
                let old = try await create(gateway, first)
                #expect(old.status == (hours == 1 ? 401 : 201), "at \(hours) h: \(old.text)")
            }
            #expect(Set(persons.map(\.id)).count == persons.count)
            #expect(persons.map(\.id) == persons.map(\.id).sorted())
        }

        private func create(_ gateway: PublicBox, _ token: String) async throws -> Answer {
            try await send(
                .POST, port: gateway.port, "/human-analysis/persons", token: token,
                headers: ["Content-Type": "application/json"], Data(#"{"name":"An"}"#.utf8))
        }
    }
}

/// The clock of processes that run under libfaketime; that of this process stays.
private final class SettableClock: Sendable {
    private let file: URL
    private let offset = Mutex(0)

    init(in folder: URL) throws {
        file = folder.appending(path: "clock")
        try set(hours: 0)
    }

    var environment: [String: String] {
        [
            "LD_PRELOAD": Shims.fakeTime?.path ?? "", "FAKETIME_TIMESTAMP_FILE": file.path, "FAKETIME_NO_CACHE": "1",
            // Setting the time does not move the monotonic clock.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1",
        ]
    }

    /// Seconds since 1970.
    var seconds: @Sendable () -> Int {
        { Int(Timestamp.now.milliseconds / 1000) + self.offset.withLock { $0 } }
    }

    func now(plusMinutes minutes: Int) -> Timestamp {
        Timestamp(milliseconds: Int64(seconds() + minutes * 60) * 1000)
    }

    /// libfaketime leaves these behind when its process is killed.
    func removeTraces(of child: Child) {
        unlink("/dev/shm/faketime_shm_\(child.pid)")
        unlink("/dev/shm/sem.faketime_sem_\(child.pid)")
    }

    func set(hours: Int) throws {
        try Data("\(hours < 0 ? "-" : "+")\(abs(hours) * 3600)\n".utf8).write(to: file, options: .atomic)
        offset.withLock { $0 = hours * 3600 }
    }
}
