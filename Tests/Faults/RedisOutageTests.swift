import AIBoxAPI
import Foundation
import Synchronization
import TestSupport
import Testing

extension Faults {
    /// Field report BL-10: two gateways on one Redis, which hangs and then dies, below users, somebody who tries
    /// passwords, and a flood of tokens of which no two are of the same session.
    @Suite(
        .enabled(if: Places.hasBinary, Comment(rawValue: Places.noBinary)),
        .enabled(if: TestRedis.isInstalled, Comment(rawValue: TestRedis.absence)), .timeLimit(.minutes(20)))
    struct RedisOutageTests {
        /// Wrong passwords of one user from one address that a gateway looks at in a minute.
        private static let limit = 10
        /// What one gateway may hold of a hundred thousand sessions, and of what its clients make it allocate.
        private static let growth = 96 << 20

        @Test func gatewaysServeAndHoldTheirLimitsWhileRedisHangsAndIsDead() async throws {
            try await withTemporaryFolder { folder in
                try await TestRedis.with { redis in
                    let address = ["AIBOX_REDIS_URL": "redis://127.0.0.1:\(redis.port)"]
                    try await EmbeddedWorld(folder: folder).withBox { box in
                        try await PublicBox.with(before: box, address, in: folder.appending(path: "one")) { one in
                            try await PublicBox.with(before: box, address, in: folder.appending(path: "two")) { two in
                                try await breakRedis(redis, [one, two])
                            }
                        }
                    }
                }
            }
        }

        private func breakRedis(_ redis: TestRedis, _ gateways: [PublicBox]) async throws {
            let (one, two) = (gateways[0], gateways[1])
            let visitor = Visitor(ended: try await one.login(), kept: try await one.login())
            for gateway in gateways { #expect(try await gateway.status(visitor.ended) == 200) }
            #expect(try await one.logout(visitor.ended) == 204)
            let (start, minute) = (ContinuousClock.now, Self.minute)
            try await withLoad(on: one.child, clients: 1, { await visitor.visit(one) }) {
                try await withLoad(on: two.child, clients: 1, { await visitor.visit(two) }) {
                    // The key is over its limit before Redis goes.
                    try await wait(for: "the limit") { visitor.refusedPasswords >= 10 ? () : nil }
                    #expect(visitor.triedPasswords <= Self.limit * (Self.minute - minute + 1))
                    try await outage("hangs", gateways, visitor) {
                        redis.hang()
                    } end: {
                        redis.resume()
                    }
                    try await outage("is dead", gateways, visitor) {
                        await redis.kill()
                    } end: {
                        try await redis.start()
                    }
                }
            }
            let minutes = Int((ContinuousClock.now - start) / .seconds(60)) + 1
            #expect(visitor.triedPasswords <= Self.limit * gateways.count * minutes)
            #expect(visitor.unexpected.isEmpty, "\(visitor.unexpected.prefix(5))")
            // What one gateway ends the other refuses at once, as before.
            #expect(try await two.logout(visitor.kept) == 204)
            #expect(try await one.status(visitor.kept) == 401)
        }

        /// Of the clock, by which the gateways count together.
        private static var minute: Int { Int(Timestamp.now.milliseconds / 60_000) }

        /// One outage, at the end of which both gateways are as they were, by themselves.
        private func outage(
            _ name: String, _ gateways: [PublicBox], _ visitor: Visitor, begin: () async throws -> Void,
            end: () async throws -> Void
        ) async throws {
            let before = try gateways.map { try $0.child.residentBytes() }
            let flood = Flood(gateways)
            visitor.measure()
            try await begin()
            for gateway in gateways { try await until(.degraded, gateway) }
            let over = ContinuousClock.now + Faults.span(.seconds(5), full: .seconds(60))
            try await withLoad(on: gateways[0].child, clients: 4, { await flood.send() }) {
                try await wait(for: "the end of the outage", within: .seconds(600)) {
                    .now >= over && flood.count >= Faults.count(2000, full: 100_000) ? () : nil
                }
            }
            let during = try await gateways[1].login()
            #expect(try await gateways[0].status(during) == 200)
            #expect(try await gateways[0].logout(during) == 204)
            let delays = visitor.measure()
            try await end()
            for gateway in gateways { try await until(.healthy, gateway) }
            for gateway in gateways {
                for token in [visitor.ended, during] { #expect(try await gateway.status(token) == 401) }
            }
            #expect(flood.unexpected.isEmpty, "\(flood.unexpected)")
            // Redis is waited for once, 250 ms, and not by each call. (Both cores are busy with the flood.)
            #expect(delays.count > 20 && delays.slowShare < 0.05, "Redis \(name): \(delays)")
            let growth = try zip(gateways, before).map { try $0.child.residentBytes() - $1 }
            #expect(growth.allSatisfy { $0 < Self.growth }, "\(growth)")
            print(
                "Redis \(name): \(delays); \(flood.count) distinct sessions, memory of the gateways + "
                    + growth.map { "\($0 >> 20) MB" }.joined(separator: ", "))
        }

        /// What is said of the sessions; there is no model server here, so that the whole is never healthy.
        private func until(_ status: ServiceHealth.Status, _ gateway: PublicBox) async throws {
            try await wait(for: "a gateway that is \(status)", within: Faults.recovery) {
                let check = try await gateway.health().checks["sessions"]
                return (check == "ok") == (status == .healthy) ? () : nil
            }
        }
    }
}

/// A user's calls, an ended session's, and wrong passwords, one after the other.
private final class Visitor: Sendable {
    /// How long the user's calls took.
    struct Delays: CustomStringConvertible {
        fileprivate var milliseconds: [Double] = []
        var count: Int { milliseconds.count }
        /// Of calls that took more than 300 ms.
        var slowShare: Double { Double(milliseconds.count { $0 > 300 }) / Double(max(1, count)) }

        var description: String {
            let sorted = milliseconds.sorted()
            guard let longest = sorted.last else { return "no calls" }
            let figures = [0.5, 0.99].map { "\(Int(sorted[Int(Double(count - 1) * $0)]))" }
            return "\(count) calls, p50 \(figures[0]) ms, p99 \(figures[1]) ms, at most \(Int(longest)) ms, "
                + "\(milliseconds.count { $0 > 300 }) over 300 ms"
        }
    }

    private struct State {
        var delays = Delays()
        var visits = 0
        var tried = 0
        var refused = 0
        var unexpected: [String] = []
    }

    let ended: String
    let kept: String
    private let state = Mutex(State())

    init(ended: String, kept: String) { (self.ended, self.kept) = (ended, kept) }

    var triedPasswords: Int { state.withLock { $0.tried } }
    var refusedPasswords: Int { state.withLock { $0.refused } }
    /// Answers that no fault excuses.
    var unexpected: [String] { state.withLock { $0.unexpected } }

    /// Begins to measure anew; returns what was measured.
    @discardableResult
    func measure() -> Delays {
        state.withLock { state in
            defer { state.delays = Delays() }
            return state.delays
        }
    }

    func visit(_ gateway: PublicBox) async {
        do {
            let start = ContinuousClock.now
            let status = try await gateway.status(kept)
            let time = (ContinuousClock.now - start) / .milliseconds(1)
            let old = try await gateway.status(ended)
            let password = try await gateway.attempt("mallory", "a guess").status
            state.withLock { state in
                state.delays.milliseconds.append(time)
                state.visits += 1
                if password == 401 { state.tried += 1 } else { state.refused += 1 }
                if status != 200 { state.unexpected.append("a user: \(status)") }
                if old != 401 { state.unexpected.append("an ended session: \(old)") }
                if ![401, 429].contains(password) { state.unexpected.append("a wrong password: \(password)") }
            }
        } catch {
            state.withLock { $0.unexpected.append("\(error)") }
        }
    }
}

/// Calls with tokens of sessions that never were, to both gateways in turn.
private final class Flood: Sendable {
    private let gateways: [PublicBox]
    private let forgery = Forgery()
    private let state = Mutex((count: 0, unexpected: [String: Int]()))

    init(_ gateways: [PublicBox]) { self.gateways = gateways }

    var count: Int { state.withLock { $0.count } }
    var unexpected: [String: Int] { state.withLock { $0.unexpected } }

    func send() async {
        let number = state.withLock { state in
            state.count += 1
            return state.count
        }
        let outcome: String
        do {
            outcome = "\(try await gateways[number % gateways.count].status(try forgery.token()))"
        } catch {
            outcome = "\(error)"
        }
        if outcome != "401" { state.withLock { $0.unexpected[outcome, default: 0] += 1 } }
    }
}
