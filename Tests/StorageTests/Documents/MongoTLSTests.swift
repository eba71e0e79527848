import TestSupport
import Testing

@testable import Storage

@Suite(.enabled(if: TestMongo.canRun, Comment(rawValue: TestMongo.absence)))
struct MongoTLSTests {
    @Test func onlyTheServerOfTheNamedAuthorityAndHostIsTrusted() async throws {
        try await withTemporaryFolder { folder in
            let ca = try await TestAuthority(named: "ca", in: folder)
            let other = try await TestAuthority(named: "other", in: folder)
            let identity = try await ca.issue("DNS:localhost")
            let arguments = ["--certificate", identity.certificate.path, "--key", identity.key.path]
            try await TestMongo.with(arguments) { server in
                func failure(host: String, _ options: String) async throws -> StorageError.Code? {
                    let url = "mongodb://\(host):\(server.port)/box?serverSelectionTimeoutMS=1500&\(options)"
                    let store = try MongoDocumentStore(.init(url: url))
                    let failure = await store.failure()
                    await store.close()
                    return failure?.code
                }
                let authority = "tls=true&tlsCAFile="
                let table: [(host: String, options: String, expected: StorageError.Code?)] = [
                    ("localhost", authority + ca.certificate.path, nil),
                    ("127.0.0.1", authority + ca.certificate.path, .denied),
                    ("localhost", authority + other.certificate.path, .denied),
                    ("localhost", "tls=true", .denied),
                    ("localhost", "tls=false", .unavailable),
                ]
                for (host, options, expected) in table {
                    let code = try await failure(host: host, options)
                    #expect(code == expected, "\(host) \(options)")
                }
            }
        }
    }
}
