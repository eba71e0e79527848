import TestSupport
import Testing

@testable import KeyValue

/// A shared store that a test can take away: an in-process one behind a switch. What a real Redis does when it is away
/// is `RedisOutageTests`' and `sessionsAndLimitsOutliveARealOutage`'s business.
@Suite struct FallbackKeyValueStoreTests {
    private let clock = ManualClock()
    private let limit = RateLimit(10, per: .seconds(60))

    @Test func anInstanceNeverLetsMoreThanTheLimitPassBeforeDuringAndAfterAnOutage() async throws {
        let shared = SwitchableStore(clock: clock)
        let store = makeStore(shared)
        var passed = try await admitted(by: store, 6)
        shared.isAway = true
        passed += try await admitted(by: store, 20)
        #expect(await store.health().condition == .degraded)
        shared.isAway = false
        passed += try await admitted(by: store, 20)
        #expect(passed == 10)
        #expect(await store.health() == KeyValueHealth(.ok))
        clock.advance(by: .seconds(60))
        #expect(try await admitted(by: store, 20) == 10)
    }

    @Test func twoInstancesTogetherLetTheLimitPassAndInAnOutageTwiceAtMost() async throws {
        let shared = SwitchableStore(clock: clock)
        let stores = [makeStore(shared), makeStore(shared)]
        var passed = 0
        for store in stores { passed += try await admitted(by: store, 8) }
        #expect(passed == 10)
        shared.isAway = true
        for store in stores { passed += try await admitted(by: store, 50) }
        #expect(passed == 20)
    }

    @Test func whatTheSharedStoreRefusesCountsNowhere() async throws {
        let shared = SwitchableStore(clock: clock)
        #expect(try await shared.admit("user", cost: 10, under: limit).isAllowed)
        let store = makeStore(shared)
        #expect(try await admitted(by: store, 30) == 0)
        shared.isAway = true
        #expect(try await admitted(by: store, 30) == 10)
    }

    @Test func memoryIsBoundedHoweverManyKeysComeInAnOutage() async throws {
        let shared = SwitchableStore(clock: clock)
        shared.isAway = true
        let store = makeStore(shared)
        try await store.set("revoked:s", to: [1], expiry: .seconds(900))
        for number in 0..<200_000 { _ = try await store.admit("\(number)", under: limit) }
        #expect(store.localCount <= 5001)
        #expect(try await store.value(of: "revoked:s") == [1])
    }

    @Test func aRevocationStaysAndReachesTheSharedStoreAfterTheOutage() async throws {
        let shared = SwitchableStore(clock: clock)
        let store = makeStore(shared)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await store.run() }
            try await store.set("revoked:before", to: [1], expiry: .seconds(900))
            try await shared.set("revoked:elsewhere", to: [1], expiry: .seconds(900))
            #expect(try await store.value(of: "revoked:elsewhere") == [1])
            shared.isAway = true
            try await store.set("revoked:during", to: [1], expiry: .seconds(900))
            for key in ["revoked:before", "revoked:elsewhere", "revoked:during"] {
                #expect(try await store.value(of: key) == [1])
            }
            // Whether others revoked it is not known.
            let error = await #expect(throws: KeyValueError.self) { try await store.value(of: "revoked:unseen") }
            #expect(error?.code == .unavailable)
            shared.isAway = false
            #expect(try await store.value(of: "revoked:unseen") == nil)
            try await TestRedis.wait(for: "the revocation to be passed on") {
                try await shared.value(of: "revoked:during") == [1] ? () : nil
            }
            group.cancelAll()
        }
    }

    @Test func whatCanBeComputedAgainIsServedLocallyAndForgottenAfterwards() async throws {
        let shared = SwitchableStore(clock: clock)
        let store = makeStore(shared)
        try await store.set("cache:a", to: [1], expiry: .seconds(60))
        shared.isAway = true
        #expect(try await store.value(of: "cache:a") == nil)
        try await store.set("cache:a", to: [2], expiry: .seconds(60))
        #expect(try await store.value(of: "cache:a") == [2])
        #expect(try await store.increment("cache:n", by: 1, expiry: nil) == 1)
        shared.isAway = false
        #expect(try await store.value(of: "cache:a") == [1])
        shared.isAway = true
        #expect(try await store.value(of: "cache:a") == nil)
    }

    @Test func whatAllMustAgreeOnFailsWhileTheyCannot() async throws {
        let shared = SwitchableStore(clock: clock)
        let store = makeStore(shared)
        shared.isAway = true
        let error = await #expect(throws: KeyValueError.self) {
            try await store.setIfAbsent("token", to: [1], expiry: nil)
        }
        #expect(error?.code == .unavailable)
        await #expect(throws: KeyValueError.self) { try await store.value(of: "token") }
    }

    @Test(.enabled(if: TestRedis.isInstalled, Comment(rawValue: TestRedis.absence)))
    func sessionsAndLimitsOutliveARealOutage() async throws {
        try await TestRedis.with { server in
            try await withClient("redis://127.0.0.1:\(server.port)") { client in
                let store = makeStore(RedisKeyValueStore(client))
                try await store.set("revoked:s", to: [1], expiry: .seconds(900))
                var passed = try await admitted(by: store, 4)
                server.hang()
                passed += try await admitted(by: store, 100)
                #expect(try await store.value(of: "revoked:s") == [1])
                #expect(await store.health().condition == .degraded)
                server.resume()
                try await TestRedis.wait(for: "recovery") { await store.health().condition == .ok ? () : nil }
                await server.kill()
                passed += try await admitted(by: store, 100)
                #expect(try await store.value(of: "revoked:s") == [1])
                try await server.start()
                try await TestRedis.wait(for: "recovery") { await store.health().condition == .ok ? () : nil }
                // Redis came back empty; this process has not forgotten.
                #expect(try await store.value(of: "revoked:s") == [1])
                passed += try await admitted(by: store, 100)
                #expect(passed == 10)
            }
        }
    }

    private func makeStore(_ shared: any KeyValueStore) -> FallbackKeyValueStore {
        let clock = clock
        let bounds = InProcessKeyValueStore.Bounds(values: 1000, windows: 5000)
        return FallbackKeyValueStore(shared, bounds: bounds, clock: { clock.now }, logger: quiet) { key in
            key.hasPrefix("revoked:") ? .retained : key.hasPrefix("cache:") ? .local : .shared
        }
    }

    private func admitted(by store: FallbackKeyValueStore, _ attempts: Int) async throws -> Int {
        var passed = 0
        for _ in 0..<attempts where try await store.admit("user", under: limit).isAllowed { passed += 1 }
        return passed
    }
}
