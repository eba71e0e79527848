import Foundation
import TestSupport
import Testing

@testable import Storage

@Suite(
    .enabled(if: TestPostgres.isInstalled, "\(TestPostgres.absence)"),
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl"), "openssl is absent"))
struct PostgresTLSTests {
    /// A certificate that signs itself, with its key, for a host's name.
    private static func makeCertificate(for name: String, in folder: URL) throws -> (certificate: URL, key: URL) {
        let certificate = folder.appending(path: "\(name).crt")
        let key = folder.appending(path: "\(name).key")
        let subject = ["-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:\(name)"]
        let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        let files = ["-out", certificate.path, "-keyout", key.path]
        try TestPostgres.run("/usr/bin/openssl", ["req", "-x509"] + curve + subject + files)
        return (certificate, key)
    }

    @Test func onlyTheRightCertificateForTheRightNameIsTrusted() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "aibox-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let right = try Self.makeCertificate(for: "localhost", in: folder)
        let other = try Self.makeCertificate(for: "other.example", in: folder)
        let server = try TestPostgres(
            settings: ["ssl": "on", "ssl_cert_file": "server.crt", "ssl_key_file": "server.key"],
            files: ["server.crt": Data(contentsOf: right.certificate), "server.key": Data(contentsOf: right.key)])
        defer { server.remove() }

        func open(_ host: String, _ certificate: URL) async throws {
            let parameters = "sslmode=verify-full&sslrootcert=\(certificate.path)&hostaddr=127.0.0.1"
            let url = "postgres://postgres@\(host):\(server.port)/postgres?\(parameters)"
            try await withDatabase(PostgresDatabase.Configuration(url: url)) { database in
                let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
                let isEncrypted = try await database.read { try $0.value(sql, as: Bool.self) }
                #expect(isEncrypted == true)
            }
        }
        try await open("localhost", right.certificate)
        await expect(.denied) { try await open("localhost", other.certificate) }
        await expect(.denied) { try await open("other.example", right.certificate) }
        await expect(.denied) { try await open("localhost", folder.appending(path: "absent.crt")) }
        // A server without TLS is refused as well.
        await expect(.denied) {
            let plain = try TestPostgres.shared().port
            let parameters = "sslmode=verify-full&sslrootcert=\(right.certificate.path)"
            let url = "postgres://postgres@localhost:\(plain)/postgres?\(parameters)&hostaddr=127.0.0.1"
            try await withDatabase(PostgresDatabase.Configuration(url: url)) { _ in }
        }
    }
}
