import KeyValue
import TestSupport
import Testing

/// What every store does, and does alike.
@Suite struct KeyValueStoreContractTests {
    @Test(arguments: StoreKind.available)
    func valuesAreKeptReplacedAndRemoved(_ kind: StoreKind) async throws {
        try await kind.with { store in
            #expect(try await store.value(of: "a") == nil)
            try await store.set("a", to: [0, 13, 10, 255], expiry: nil)
            try await store.set("empty", to: [], expiry: .seconds(60))
            #expect(try await store.value(of: "a") == [0, 13, 10, 255])
            #expect(try await store.value(of: "empty") == [])
            try await store.set("a", to: [2], expiry: .seconds(60))
            #expect(try await store.values(of: ["b", "a", "empty", "a"]) == [nil, [2], [], [2]])
            #expect(try await store.values(of: []) == [])
            try await store.remove("a")
            try await store.remove("a")
            #expect(try await store.value(of: "a") == nil)
        }
    }

    @Test(arguments: StoreKind.available)
    func manyKeysComeBackInTheirOrder(_ kind: StoreKind) async throws {
        try await kind.with { store in
            let keys = (0..<1000).map { "key-\($0)" }
            for key in keys where key.hasSuffix("7") { try await store.set(key, to: [UInt8](key), expiry: nil) }
            let values = try await store.values(of: keys)
            #expect(values == keys.map { $0.hasSuffix("7") ? [UInt8]($0) : nil })
        }
    }

    @Test(arguments: StoreKind.available)
    func valuesExpireAndSettingAnewLetsThemLive(_ kind: StoreKind) async throws {
        try await kind.with { store in
            try await store.set("short", to: [1], expiry: .milliseconds(30))
            try await store.set("kept", to: [1], expiry: .milliseconds(30))
            try await store.set("kept", to: [2], expiry: nil)
            try await TestRedis.wait(for: "expiry") { try await store.value(of: "short") == nil ? () : nil }
            #expect(try await store.value(of: "kept") == [2])
            #expect(try await store.setIfAbsent("short", to: [3], expiry: nil))
        }
    }

    @Test(arguments: StoreKind.available)
    func aValueChangesOnlyIfItIsAsExpected(_ kind: StoreKind) async throws {
        try await kind.with { store in
            try await store.remove("k")
            #expect(try await store.compareAndSet("k", expected: [1], to: [2], expiry: nil) == false)
            #expect(try await store.setIfAbsent("k", to: [1], expiry: .seconds(60)))
            #expect(try await store.setIfAbsent("k", to: [9], expiry: nil) == false)
            #expect(try await store.compareAndSet("k", expected: [9], to: [2], expiry: nil) == false)
            #expect(try await store.compareAndSet("k", expected: [1], to: [2], expiry: .seconds(60)))
            #expect(try await store.value(of: "k") == [2])
            #expect(try await store.compareAndSet("k", expected: [1], to: nil, expiry: nil) == false)
            #expect(try await store.compareAndSet("k", expected: [2], to: nil, expiry: nil))
            #expect(try await store.value(of: "k") == nil)
            #expect(try await store.compareAndSet("k", expected: nil, to: nil, expiry: nil))
        }
    }

    @Test(arguments: StoreKind.available)
    func ofManyWhoExchangeAValueOneSucceeds(_ kind: StoreKind) async throws {
        try await kind.with { store in
            try await store.set("token", to: [0], expiry: nil)
            let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 1...50 {
                    group.addTask {
                        try await store.compareAndSet("token", expected: [0], to: [UInt8(number)], expiry: nil)
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(winners == 1)
        }
    }

    @Test(arguments: StoreKind.available)
    func incrementsAddUpAndExpireFromTheFirst(_ kind: StoreKind) async throws {
        try await kind.with { store in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<100 { group.addTask { _ = try await store.increment("n", by: 3, expiry: nil) } }
                try await group.waitForAll()
            }
            #expect(try await store.value(of: "n") == [UInt8]("300"))
            #expect(try await store.increment("n", by: -301, expiry: nil) == -1)
            _ = try await store.increment("short", by: 1, expiry: .milliseconds(40))
            try await TestRedis.wait(for: "the number to begin anew") {
                try await store.increment("short", by: 1, expiry: .seconds(60)) == 1 ? () : nil
            }
        }
    }

    @Test(arguments: StoreKind.available)
    func whatIsNoNumberIsNotCounted(_ kind: StoreKind) async throws {
        try await kind.with { store in
            try await store.set("text", to: [UInt8]("abc"), expiry: nil)
            try await store.set("top", to: [UInt8]("\(Int.max)"), expiry: nil)
            for key in ["text", "top"] {
                let error = await #expect(throws: KeyValueError.self) {
                    try await store.increment(key, by: 1, expiry: nil)
                }
                #expect(error?.code == .invalid)
            }
        }
    }

    @Test(arguments: StoreKind.available)
    func noMoreThanTheLimitPassHoweverManyComeAtOnce(_ kind: StoreKind) async throws {
        try await kind.with { store in
            let limit = RateLimit(10, per: .seconds(60))
            let passed = try await withThrowingTaskGroup(of: RateDecision.self) { group in
                for _ in 0..<100 { group.addTask { try await store.admit("user", under: limit) } }
                return try await group.reduce(0) { $0 + ($1.isAllowed ? 1 : 0) }
            }
            #expect(passed == 10)
            let refused = try await store.admit("user", under: limit)
            #expect(!refused.isAllowed && refused.remaining == 0)
            #expect(refused.retryAfter > .seconds(30) && refused.retryAfter <= .seconds(60))
            let other = try await store.admit("other", cost: 4, under: limit)
            #expect(other == RateDecision(isAllowed: true, remaining: 6, retryAfter: .zero))
            #expect(try await store.admit("other", cost: 7, under: limit).isAllowed == false)
            #expect(try await store.value(of: "user") == nil)
        }
    }

    @Test(arguments: StoreKind.available)
    func aWindowOpensAgain(_ kind: StoreKind) async throws {
        try await kind.with { store in
            let limit = RateLimit(1, per: .milliseconds(80))
            #expect(try await store.admit("k", under: limit).isAllowed)
            #expect(try await store.admit("k", under: RateLimit(1, per: .seconds(60))).isAllowed == false)
            try await TestRedis.wait(for: "the window") {
                try await store.admit("k", under: limit).isAllowed ? () : nil
            }
        }
    }

    @Test(arguments: StoreKind.available)
    func limitsAreExplicit(_ kind: StoreKind) async throws {
        try await kind.with { store in
            let longest = String(repeating: "k", count: 512)
            let largest = [UInt8](repeating: 7, count: 1 << 20)
            try await store.set(longest, to: largest, expiry: .seconds(60))
            #expect(try await store.value(of: longest) == largest)
            await expect(.tooLarge) { _ = try await store.value(of: longest + "k") }
            await expect(.tooLarge) { try await store.set("k", to: largest + [7], expiry: nil) }
            await expect(.tooLarge) { _ = try await store.values(of: Array(repeating: "k", count: 1025)) }
            await expect(.invalid) { _ = try await store.value(of: "") }
            await expect(.invalid) { try await store.set("k", to: [], expiry: .zero) }
            await expect(.invalid) { try await store.set("k", to: [], expiry: .seconds(401 * 86_400)) }
            await expect(.invalid) { _ = try await store.admit("k", cost: 0, under: RateLimit(1, per: .seconds(1))) }
            await expect(.invalid) { _ = try await store.admit("k", under: RateLimit(1, per: .zero)) }
        }
    }

    @Test(arguments: StoreKind.available)
    func aClosedStoreSaysSo(_ kind: StoreKind) async throws {
        try await kind.with { store in
            try await store.set("k", to: [1], expiry: nil)
            #expect(await store.health() == KeyValueHealth(.ok))
            await store.close()
            await expect(.closed) { _ = try await store.value(of: "k") }
            #expect(await store.health().condition != .ok)
        }
    }

    private func expect(
        _ code: KeyValueError.Code, sourceLocation: SourceLocation = #_sourceLocation, _ call: () async throws -> Void
    ) async {
        let error = await #expect(throws: KeyValueError.self, sourceLocation: sourceLocation) { try await call() }
        #expect(error?.code == code, sourceLocation: sourceLocation)
    }
}
