import TestSupport
import Testing

@testable import KeyValue

/// A real Redis that hangs, dies, comes back, forgets and dawdles.
@Suite(.enabled(if: TestRedis.isInstalled, Comment(rawValue: TestRedis.absence)), .serialized)
struct RedisOutageTests {
    @Test func aHangCostsCallersOnceAndEndsByItself() async throws {
        try await withStore { server, client, store in
            server.hang()
            let start = ContinuousClock.now
            let first = await failure { _ = try await store.value(of: "k") }
            let delay = ContinuousClock.now - start
            #expect(first?.code == .timeout)
            #expect(client.outage != nil)
            // With the breaker open calls do not even reach a connection, however many there are.
            for _ in 0..<1000 { #expect(await failure { _ = try await store.value(of: "k") }?.code == .unavailable) }
            print(
                "figures: Redis hangs: \(delay) for the first call, \(ContinuousClock.now - start - delay) for 1000 more"
            )
            #expect(await store.health().condition == .unavailable)
            server.resume()
            try await untilBack(client)
            #expect(try await store.value(of: "k") == [1])
        }
    }

    @Test func aHangFailsEveryCallUnderWayAndLeavesNoneWaiting() async throws {
        try await withStore { server, _, store in
            server.hang()
            let codes = await withTaskGroup(of: KeyValueError.Code?.self) { group in
                for _ in 0..<500 { group.addTask { await self.failure { _ = try await store.value(of: "k") }?.code } }
                return await group.reduce(into: Set<KeyValueError.Code?>()) { $0.insert($1) }
            }
            #expect(codes.isSubset(of: [.timeout, .unavailable, .outcomeUnknown]))
            server.resume()
        }
    }

    @Test func aRestartIsSurvivedWithoutAFailingRead() async throws {
        try await withStore(change: { $0.connectPatience = .seconds(20) }) { server, _, store in
            await server.kill()
            async let value = store.value(of: "k")
            try await server.start()
            // Redis kept nothing: what matters is that the read waited and was answered.
            #expect(try await value == nil)
            try await store.set("k", to: [2], expiry: nil)
            #expect(try await store.value(of: "k") == [2])
        }
    }

    @Test func whileRedisIsRefusedCallsFailAndItsReturnIsNoticed() async throws {
        try await withStore { server, client, store in
            await server.kill()
            let codes = await [
                failure { _ = try await store.value(of: "k") }?.code,
                failure { try await store.set("k", to: [1], expiry: nil) }?.code,
            ]
            #expect(codes == [.unavailable, .unavailable])
            #expect(client.outage != nil)
            try await server.start()
            try await untilBack(client)
            try await store.set("k", to: [3], expiry: nil)
        }
    }

    @Test func aCallThatMayHaveBeenExecutedIsNotRepeated() async throws {
        try await withStore { server, client, store in
            server.hang()
            #expect(await failure { _ = try await store.increment("n", by: 1, expiry: nil) }?.code == .timeout)
            server.resume()
            try await untilBack(client)
            // The hung server may have read it after all, but once at most.
            let value = try await store.value(of: "n").map { String(decoding: $0, as: UTF8.self) }
            #expect(value == nil || value == "1")
        }
    }

    @Test func whenTheConnectionBreaksOnlyWhatDoesNoHarmIsRepeated() async throws {
        let change = { (configuration: inout RedisConfiguration) in
            configuration.callTimeout = .seconds(20)
            configuration.connectPatience = .seconds(20)
        }
        try await withStore(change: change) { server, client, store in
            server.hang()
            async let read = store.value(of: "k")
            async let count = failure { _ = try await store.increment("n", by: 1, expiry: nil) }
            try await TestRedis.wait(for: "both calls under way") { client.underWay == 2 ? () : nil }
            await server.kill()
            #expect(await count?.code == .outcomeUnknown)
            try await server.start()
            #expect(try await read == nil)
            #expect(try await store.value(of: "n") == nil)
        }
    }

    @Test func callsThatWaitForAConnectionAreBounded() async throws {
        let port = try LoopbackPort.free()
        let change = { (configuration: inout RedisConfiguration) in configuration.waitingLimit = 10 }
        try await withClient("redis://127.0.0.1:\(port)", change: change) { client in
            let store = RedisKeyValueStore(client)
            let codes = await withTaskGroup(of: KeyValueError.Code?.self) { group in
                for _ in 0..<30 { group.addTask { await self.failure { _ = try await store.value(of: "k") }?.code } }
                return await group.reduce(into: [KeyValueError.Code?: Int]()) { $0[$1, default: 0] += 1 }
            }
            #expect(codes == [.unavailable: 10, .busy: 20])
        }
    }

    @Test func aSlowRedisIsCutOffAndFoundAgain() async throws {
        try await withStore { server, client, store in
            try await withClient("redis://127.0.0.1:\(server.port)", change: { $0.callTimeout = .seconds(10) }) {
                other in
                async let sleep = other.call(RESPCommand("DEBUG", "SLEEP", "1.5"), isIdempotent: false)
                try await TestRedis.wait(for: "the breaker") {
                    _ = try? await store.value(of: "k")
                    return client.outage == nil ? nil : ()
                }
                _ = try await sleep
                try await untilBack(client)
                #expect(try await store.value(of: "k") == [1])
            }
        }
    }

    @Test func aServerThatForgotItsScriptsGetsThemAgain() async throws {
        try await withStore { _, client, store in
            let limit = RateLimit(2, per: .seconds(60))
            #expect(try await store.admit("user", under: limit).remaining == 1)
            _ = try await client.call(RESPCommand("SCRIPT", "FLUSH"), isIdempotent: true)
            #expect(try await store.admit("user", under: limit).remaining == 0)
            #expect(try await store.increment("n", by: 2, expiry: .seconds(9)) == 2)
        }
    }

    @Test func aServerThatForgotEverythingStartsAnew() async throws {
        try await withStore { _, client, store in
            let limit = RateLimit(1, per: .seconds(60))
            #expect(try await store.admit("user", under: limit).isAllowed)
            _ = try await client.call(RESPCommand("FLUSHALL"), isIdempotent: true)
            #expect(try await store.value(of: "k") == nil)
            #expect(try await store.admit("user", under: limit).isAllowed)
        }
    }

    @Test func callsUnderWayAreBounded() async throws {
        try await withStore(change: { $0.callTimeout = .seconds(20) }) { server, client, store in
            server.hang()
            let codes = await withTaskGroup(of: KeyValueError.Code?.self) { group in
                for _ in 0..<200 {
                    group.addTask {
                        await self.failure {
                            try await store.set("k", to: .init(repeating: 1, count: 1 << 20), expiry: nil)
                        }?
                        .code
                    }
                }
                try? await TestRedis.wait(for: "64 MB on each of two connections") { client.underWay >= 120 ? () : nil }
                server.resume()
                return await group.reduce(into: [KeyValueError.Code?: Int]()) { $0[$1, default: 0] += 1 }
            }
            #expect(codes.keys.allSatisfy { $0 == nil || $0 == .busy })
            #expect((codes[.busy] ?? 0) > 0 && (codes[nil] ?? 0) >= 120)
        }
    }

    private func withStore(
        change: (inout RedisConfiguration) -> Void = { _ in },
        _ body: (TestRedis, RedisClient, RedisKeyValueStore) async throws -> Void
    ) async throws {
        try await TestRedis.with { server in
            try await withClient("redis://127.0.0.1:\(server.port)", change: change) { client in
                let store = RedisKeyValueStore(client)
                try await store.set("k", to: [1], expiry: nil)
                try await body(server, client, store)
            }
        }
    }

    private func untilBack(_ client: RedisClient) async throws {
        try await TestRedis.wait(for: "the connection") { client.outage == nil ? () : nil }
    }

    private func failure(_ call: () async throws -> Void) async -> KeyValueError? {
        do {
            try await call()
            return nil
        } catch {
            return error as? KeyValueError
        }
    }
}
