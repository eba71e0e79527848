import TestSupport
import Testing

@testable import KeyValue

/// Who may talk to Redis, and to whom one talks.
@Suite(
    .enabled(
        if: TestRedis.isInstalled && TestAuthority.isInstalled,
        Comment(rawValue: "\(TestRedis.absence); \(TestAuthority.absence)")))
struct RedisAccessTests {
    @Test func anAuthorityThatIsNotTrustedIsRefused() async throws {
        try await withTLSServer { server, _ in
            try await withFolder { folder in
                let other = try await TestAuthority(named: "other", in: folder)
                let url = "rediss://:secret@127.0.0.1:\(server.port)?ca=\(other.certificate.path)"
                let error = try await outage(url)
                #expect(error.code == .denied, "\(error)")
            }
        }
    }

    @Test(arguments: ["IP:127.0.0.2", "DNS:elsewhere.example"])
    func aCertificateForAnotherHostIsRefused(_ names: String) async throws {
        try await withTLSServer(names: names) { server, authority in
            for host in ["127.0.0.1", "localhost"] {
                let url = "rediss://:secret@\(host):\(server.port)?ca=\(authority.certificate.path)"
                let error = try await outage(url)
                #expect(error.code == .denied, "\(error)")
            }
        }
    }

    @Test func aHostIsVerifiedByItsName() async throws {
        try await withTLSServer(names: "DNS:localhost") { server, authority in
            let url = "rediss://default:secret@localhost:\(server.port)?ca=\(authority.certificate.path)"
            try await withClient(url) { client in
                try await RedisKeyValueStore(client).set("k", to: [1], expiry: nil)
            }
        }
    }

    @Test func aWrongPasswordIsRefusedAndNotTold() async throws {
        try await withTLSServer { server, authority in
            let error = try await outage("rediss://:hunter2@127.0.0.1:\(server.port)?ca=\(authority.certificate.path)")
            #expect(error.code == .denied, "\(error)")
            #expect(!error.description.contains("hunter2"))
        }
    }

    @Test func aFileOfAuthoritiesThatIsNotThereIsToldAtOnce() async throws {
        let error = await #expect(throws: KeyValueError.self) {
            try await withClient("rediss://127.0.0.1?ca=/nowhere/ca.pem") { _ in }
        }
        #expect(error?.code == .invalid)
    }

    @Test func aServerWithoutTLSIsNotSpokenToInTheClear() async throws {
        try await TestRedis.with { server in
            let error = try await outage("rediss://127.0.0.1:\(server.port)")
            #expect([.denied, .timeout].contains(error.code), "\(error)")
        }
    }

    @Test func aHangUnderTLSIsCutOffAndFoundAgain() async throws {
        try await withTLSServer { server, authority in
            let url = "rediss://:secret@127.0.0.1:\(server.port)?ca=\(authority.certificate.path)"
            try await withClient(url) { client in
                let store = RedisKeyValueStore(client)
                try await store.set("k", to: [1], expiry: nil)
                server.hang()
                let error = await #expect(throws: KeyValueError.self) { try await store.value(of: "k") }
                #expect(error?.code == .timeout)
                #expect(client.outage != nil)
                server.resume()
                try await TestRedis.wait(for: "the connection") { client.outage == nil ? () : nil }
                #expect(try await store.value(of: "k") == [1])
            }
        }
    }

    @Test func databasesAndPrefixesAreApart() async throws {
        try await TestRedis.with { server in
            try await withClient("redis://127.0.0.1:\(server.port)/1") { one in
                try await withClient("redis://127.0.0.1:\(server.port)/2") { two in
                    try await RedisKeyValueStore(one).set("k", to: [1], expiry: nil)
                    #expect(try await RedisKeyValueStore(two).value(of: "k") == nil)
                }
                let url = "redis://127.0.0.1:\(server.port)/1"
                try await withClient(url, change: { $0.keyPrefix = "other:" }) { other in
                    try await RedisKeyValueStore(other).remove("k")
                    #expect(try await RedisKeyValueStore(other).value(of: "k") == nil)
                }
                #expect(try await RedisKeyValueStore(one).value(of: "k") == [1])
            }
        }
    }

    /// The reason for which no connection is made.
    private func outage(_ url: String) async throws -> KeyValueError {
        try await withClient(url) { client in
            try await TestRedis.wait(for: "the reason") {
                _ = try? await RedisKeyValueStore(client).value(of: "k")
                return client.outage.flatMap { $0.message.hasPrefix("There is no connection") ? nil : $0 }
            }
        }
    }
}
