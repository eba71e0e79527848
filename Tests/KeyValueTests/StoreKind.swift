import Foundation
import KeyValue
import Logging
import NIOPosix
import TestSupport
import Testing

/// Every implementation of `KeyValueStore`, with what it needs.
enum StoreKind: String, CaseIterable, CustomTestStringConvertible {
    case inProcess = "in process"
    case redis = "Redis"
    case redisOverTLS = "Redis over TLS"
    case fallback = "fallback, with Redis up"

    static let available = TestRedis.isInstalled && TestAuthority.isInstalled ? allCases : [.inProcess]

    var testDescription: String { rawValue }

    func with(_ body: (any KeyValueStore) async throws -> Void) async throws {
        switch self {
        case .inProcess: try await body(InProcessKeyValueStore())
        case .redis:
            try await TestRedis.with { server in
                try await withClient("redis://127.0.0.1:\(server.port)") { try await body(RedisKeyValueStore($0)) }
            }
        case .redisOverTLS:
            try await withTLSServer { server, authority in
                let url = "rediss://:secret@127.0.0.1:\(server.port)/3?ca=\(authority.certificate.path)"
                try await withClient(url) { try await body(RedisKeyValueStore($0)) }
            }
        case .fallback:
            try await TestRedis.with { server in
                try await withClient("redis://127.0.0.1:\(server.port)") { client in
                    try await body(
                        FallbackKeyValueStore(RedisKeyValueStore(client), logger: quiet) { _ in .shared })
                }
            }
        }
    }
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Runs `body` with a client that is kept connected meanwhile.
func withClient<Result: Sendable>(
    _ url: String, change: (inout RedisConfiguration) -> Void = { _ in },
    _ body: (RedisClient) async throws -> Result
) async throws -> Result {
    var configuration = try RedisConfiguration(url: url)
    change(&configuration)
    let client = try RedisClient(configuration, group: MultiThreadedEventLoopGroup.singleton, logger: quiet)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await client.run() }
        defer { group.cancelAll() }
        return try await body(client)
    }
}

/// Runs `body` with a Redis that speaks TLS only, wants a password, and is certified for `names`.
func withTLSServer<Result>(
    names: String = "IP:127.0.0.1", _ body: (TestRedis, TestAuthority) async throws -> Result
) async throws -> Result {
    try await withFolder { folder in
        let authority = try await TestAuthority(named: "authority", in: folder)
        let identity = try await authority.issue(names)
        let port = try LoopbackPort.free()
        let server = TestRedis(
            port: port,
            arguments: [
                "--port", "0", "--tls-port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--requirepass", "secret",
                "--tls-cert-file", identity.certificate.path, "--tls-key-file", identity.key.path,
                "--tls-ca-cert-file", authority.certificate.path, "--tls-auth-clients", "no",
            ])
        return try await server.running { try await body(server, authority) }
    }
}

/// Runs `body` with a folder of its own, removed afterwards.
func withFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "aibox-keyvalue-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
}

extension [UInt8] {
    init(_ text: String) { self = Array(text.utf8) }
}
