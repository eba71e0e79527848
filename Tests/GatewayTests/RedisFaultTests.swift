import AIBoxAPI
import Foundation
import TestSupport
import Testing

@testable import Gateway
@testable import KeyValue

/// Redis hangs, dies, forgets and dawdles below two gateways that serve logins, logouts and calls.
@Suite(
    .enabled(if: TestRedis.isInstalled, Comment(rawValue: TestRedis.absence)), .serialized, .timeLimit(.minutes(5)))
struct RedisFaultTests {
    enum Fault: String, CaseIterable, Sendable {
        case hangs, isKilled, isSlow

        func begin(_ boxes: TwoGateways) async throws {
            switch self {
            case .hangs: boxes.redis.hang()
            case .isKilled: await boxes.redis.kill()
            case .isSlow:
                // Longer than a call waits and a connection greets: it answers in the end, but never in time.
                let client = boxes.stores[0].client
                _ = try? await client.call(RESPCommand("DEBUG", "SLEEP", "5"), isIdempotent: false)
            }
        }

        func end(_ boxes: TwoGateways) async throws {
            switch self {
            case .hangs: boxes.redis.resume()
            case .isKilled: try await boxes.redis.start()
            case .isSlow: break
            }
        }
    }

    @Test(arguments: Fault.allCases)
    func gatewaysServeAndNoEndedSessionComesBack(whileRedis fault: Fault) async throws {
        try await withTwoGateways { boxes in
            let (first, second) = (boxes.first, boxes.second)
            let (ended, kept) = (try await first.session(), try await first.session())
            for box in boxes.both { #expect(try await box.status(ended) == 200) }
            #expect(try await first.logout(ended) == 204)

            try await fault.begin(boxes)
            try await boxes.untilHealth(.degraded)
            for box in boxes.both {
                let state = try await box.health().checks["sessions"]
                #expect(state?.hasPrefix("degraded (Redis away since 2") == true, "\(state ?? "none")")
            }
            let start = ContinuousClock.now
            for _ in 0..<50 {
                #expect(try await first.status(ended) == 401)
                #expect(try await second.status(ended) == 401)
                #expect(try await second.status(kept) == 200)
            }
            // Redis is waited for once, not with each of the 150 calls.
            #expect(ContinuousClock.now - start < .seconds(20))
            let during = try await second.session()
            #expect(try await first.status(during) == 200)
            #expect(try await first.logout(during) == 204)
            for box in boxes.both { #expect(try await box.status(during) == 401) }

            try await fault.end(boxes)
            try await boxes.untilHealth(.healthy)
            #expect(try await first.health().checks["sessions"] == "ok")
            for box in boxes.both {
                for token in [ended, during] { #expect(try await box.status(token) == 401) }
                #expect(try await box.status(kept) == 200)
            }
            // And Redis serves again: what one gateway ends, the other refuses at once.
            #expect(try await second.logout(kept) == 204)
            #expect(try await first.status(kept) == 401)
        }
    }

    @Test(arguments: Fault.allCases)
    func callsUnderWayWhenTheFaultBeginsAreAnswered(redis fault: Fault) async throws {
        try await withTwoGateways { boxes in
            let token = try await boxes.first.session()
            let answers = try await withThrowingTaskGroup(of: [Int].self) { group in
                for number in 0..<8 {
                    group.addTask {
                        var statuses: [Int] = []
                        for _ in 0..<40 { statuses.append(try await boxes.both[number % 2].status(token)) }
                        return statuses
                    }
                }
                for box in boxes.both {
                    group.addTask {
                        let token = try await box.session()
                        return [try await box.status(token), try await box.logout(token) == 204 ? 200 : 0]
                    }
                }
                group.addTask {
                    try await fault.begin(boxes)
                    return []
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(answers.count == 324 && answers.allSatisfy { $0 == 200 }, "\(Set(answers))")
            try await fault.end(boxes)
            try await boxes.untilHealth(.healthy)
        }
    }

    @Test func aRedisThatForgetsEverythingOpensNoEndedSession() async throws {
        try await withTwoGateways { boxes in
            let (ended, kept) = (try await boxes.first.session(), try await boxes.first.session())
            for box in boxes.both { #expect(try await box.status(ended) == 200) }
            #expect(try await boxes.first.logout(ended) == 204)
            #expect(try await boxes.second.status(ended) == 401)
            _ = try await boxes.stores[0].client.call(RESPCommand("FLUSHALL"), isIdempotent: true)
            for box in boxes.both {
                #expect(try await box.status(ended) == 401)
                #expect(try await box.status(kept) == 200)
            }
            #expect(try await boxes.second.logout(kept) == 204)
            #expect(try await boxes.first.status(kept) == 401)
        }
    }
}
