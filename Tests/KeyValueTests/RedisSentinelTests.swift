import TestSupport
import Testing

@testable import KeyValue

@Suite(.enabled(if: TestRedis.isInstalled, Comment(rawValue: TestRedis.absence)))
struct RedisSentinelTests {
    @Test func whenTheMasterDiesWritesGoOnAtTheNewOne() async throws {
        try await withFolder { folder in
            try await TestRedis.withSentinel(in: folder) { sentinel, master, replica in
                try await untilReplicated(sentinel)
                let nobody = try LoopbackPort.free()
                let url = "redis-sentinel://127.0.0.1:\(nobody),127.0.0.1:\(sentinel.port)/mymaster"
                try await withClient(url) { client in
                    let store = RedisKeyValueStore(client)
                    try await store.set("before", to: [1], expiry: nil)
                    _ = try await client.call(RESPCommand("WAIT", "1", "200"), isIdempotent: true)
                    let killed = ContinuousClock.now
                    await master.kill()
                    try await TestRedis.wait(for: "a write") { try? await store.set("after", to: [2], expiry: nil) }
                    print("figures: a write at the new master \(ContinuousClock.now - killed) after kill -9")
                    #expect(try await store.value(of: "before") == [1])
                    #expect(try await role(of: replica) == "master")
                }
            }
        }
    }

    @Test func aMasterThatBecomesAReplicaIsLeft() async throws {
        try await withFolder { folder in
            try await TestRedis.withSentinel(in: folder) { sentinel, master, replica in
                try await untilReplicated(sentinel)
                try await withClient("redis-sentinel://127.0.0.1:\(sentinel.port)/mymaster") { client in
                    let store = RedisKeyValueStore(client)
                    try await store.set("k", to: [1], expiry: nil)
                    try await withClient("redis://127.0.0.1:\(sentinel.port)") { asking in
                        _ = try await asking.call(RESPCommand("SENTINEL", "FAILOVER", "mymaster"), isIdempotent: true)
                    }
                    try await TestRedis.wait(for: "the old master to follow") {
                        try await role(of: master) == "slave" ? () : nil
                    }
                    try await TestRedis.wait(for: "a write") { try? await store.set("k", to: [2], expiry: nil) }
                    #expect(try await role(of: replica) == "master")
                    #expect(try await store.value(of: "k") == [2])
                }
            }
        }
    }

    @Test func aNameThatNoSentinelKnowsIsAnOutage() async throws {
        try await withFolder { folder in
            try await TestRedis.withSentinel(in: folder) { sentinel, _, _ in
                try await withClient("redis-sentinel://127.0.0.1:\(sentinel.port)/another") { client in
                    let error = await #expect(throws: KeyValueError.self) {
                        try await RedisKeyValueStore(client).value(of: "k")
                    }
                    #expect(error?.code == .unavailable)
                    #expect(error?.message.contains("no such master") == true)
                }
            }
        }
    }

    private func untilReplicated(_ sentinel: TestRedis) async throws {
        try await withClient("redis://127.0.0.1:\(sentinel.port)") { client in
            try await TestRedis.wait(for: "the sentinel to know a replica in step") {
                let reply = try await client.call(RESPCommand("SENTINEL", "REPLICAS", "mymaster"), isIdempotent: true)
                let fields = reply.array?.first?.array?.compactMap(\.text) ?? []
                let link = fields.firstIndex(of: "master-link-status").map { fields[$0 + 1] }
                return link == "ok" ? () : nil
            }
        }
    }

    private func role(of server: TestRedis) async throws -> String? {
        try await withClient("redis://127.0.0.1:\(server.port)") { client in
            try await client.call(RESPCommand("ROLE"), isIdempotent: true).array?.first?.text
        }
    }
}
