import TestSupport
import Testing

@testable import KeyValue

@Suite struct SlidingWindowTests {
    @Test func aBurstIsForgottenExactlyAWindowLater() {
        var window = SlidingWindow()
        for _ in 0..<5 { #expect(window.admit(cost: 1, limit: 5, window: 1000, now: 10).isAllowed) }
        let refused = window.admit(cost: 1, limit: 5, window: 1000, now: 400)
        #expect(refused == RateDecision(isAllowed: false, remaining: 0, retryAfter: .milliseconds(610)))
        #expect(!window.admit(cost: 1, limit: 5, window: 1000, now: 1009).isAllowed)
        #expect(window.admit(cost: 5, limit: 5, window: 1000, now: 1010).isAllowed)
    }

    @Test func aRefusalSaysWhenTheSameRequestWouldPass() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<200 {
            var window = SlidingWindow()
            var now: Int64 = 0
            for _ in 0..<50 {
                now += Int64.random(in: 0...60, using: &random)
                let cost = Int.random(in: 1...4, using: &random)
                let decision = window.admit(cost: cost, limit: 8, window: 500, now: now)
                guard !decision.isAllowed else { continue }
                let wait = Int64(decision.retryAfter / .milliseconds(1))
                var early = window
                #expect(!early.admit(cost: cost, limit: 8, window: 500, now: now + wait - 1).isAllowed)
                #expect(window.admit(cost: cost, limit: 8, window: 500, now: now + wait).isAllowed)
                now += wait
            }
        }
    }

    @Test func neverMoreThanTheLimitPassInAnySpanAndAlmostAllThatAnExactLogLetsPassDo() {
        var random = SeededGenerator(seed: 5)
        var passedInAll = 0
        var exactInAll = 0
        for _ in 0..<30 {
            var window = SlidingWindow()
            var passed: [Int64] = []
            var exact: [Int64] = []
            var now: Int64 = 0
            for _ in 0..<2000 {
                now += Int64.random(in: 0...Int64.random(in: 0...60, using: &random), using: &random)
                if window.admit(cost: 1, limit: 20, window: 1000, now: now).isAllowed { passed.append(now) }
                if exact.count(where: { $0 + 1000 > now }) < 20 { exact.append(now) }
                #expect(passed.count(where: { $0 + 1000 > now }) <= 20)
                #expect(window.entries.count <= 34)
            }
            passedInAll += passed.count
            exactInAll += exact.count
        }
        #expect(Double(passedInAll) > Double(exactInAll) * 0.96)
    }

    @Test func aClockThatStepsBackOpensNothing() {
        var window = SlidingWindow()
        #expect(window.admit(cost: 1, limit: 1, window: 1000, now: 5000).isAllowed)
        #expect(!window.admit(cost: 1, limit: 1, window: 1000, now: 100).isAllowed)
        #expect(window.admit(cost: 1, limit: 1, window: 1000, now: 6000).isAllowed)
    }

    @Test func whatWasTakenBackMayPassAgain() {
        var window = SlidingWindow()
        #expect(window.admit(cost: 2, limit: 3, window: 1000, now: 0).isAllowed)
        #expect(window.admit(cost: 1, limit: 3, window: 1000, now: 500).isAllowed)
        window.takeBack(cost: 1)
        #expect(window.admit(cost: 1, limit: 3, window: 1000, now: 500).isAllowed)
        #expect(!window.admit(cost: 1, limit: 3, window: 1000, now: 500).isAllowed)
    }

    @Test func whatCostsMoreThanTheLimitNeverPasses() {
        var window = SlidingWindow()
        let decision = window.admit(cost: 4, limit: 3, window: 1000, now: 0)
        #expect(decision == RateDecision(isAllowed: false, remaining: 3, retryAfter: .seconds(1)))
    }

    @Test(.enabled(if: TestRedis.isInstalled, Comment(rawValue: TestRedis.absence)))
    func theScriptDecidesAsTheCodeDoes() async throws {
        try await TestRedis.with { server in
            try await withClient("redis://127.0.0.1:\(server.port)") { client in
                let store = RedisKeyValueStore(client)
                var random = SeededGenerator(seed: 9)
                for round in 0..<20 {
                    var window = SlidingWindow()
                    var now: Int64 = 1_764_000_000_000
                    let span = Int64.random(in: 1000...90_000, using: &random)
                    let limit = RateLimit(Int.random(in: 0...30, using: &random), per: .milliseconds(span))
                    for _ in 0..<150 {
                        now += Int64.random(in: -5...(span / 20), using: &random)
                        let cost = Int.random(in: 1...3, using: &random)
                        let expected = window.admit(cost: cost, limit: limit.count, window: span, now: now)
                        let decision = try await store.admit("round-\(round)", cost: cost, under: limit, now: now)
                        #expect(decision == expected)
                    }
                }
            }
        }
    }
}
