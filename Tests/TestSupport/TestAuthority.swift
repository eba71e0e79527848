import Foundation

/// A certificate authority of a test's own, whose files lie in a folder of the test.
public struct TestAuthority: Sendable {
    public static let isInstalled = FileManager.default.isExecutableFile(atPath: program)
    public static let absence = "openssl is absent: apt-get install openssl"

    private static let program = "/usr/bin/openssl"

    /// A certificate and its key, as PEM files.
    public struct Identity: Sendable {
        public let certificate: URL
        public let key: URL
    }

    /// What clients trust, as a PEM file.
    public let certificate: URL
    private let key: URL
    private let folder: URL

    public init(named name: String, in folder: URL) async throws {
        self.folder = folder
        certificate = folder.appending(path: "\(name).pem")
        key = folder.appending(path: "\(name).key")
        try await Self.openssl(
            Self.request("/CN=\(name)", key, certificate) + ["-addext", "keyUsage=critical,keyCertSign"])
    }

    /// - Parameter names: subject alternative names: `DNS:localhost`, `IP:127.0.0.1`.
    public func issue(_ names: String...) async throws -> Identity {
        let name = UUID().uuidString
        let identity = Identity(
            certificate: folder.appending(path: "\(name).pem"), key: folder.appending(path: "\(name).key"))
        try await Self.openssl(
            Self.request("/CN=server", identity.key, identity.certificate)
                + [
                    "-CA", certificate.path, "-CAkey", key.path, "-addext", "basicConstraints=critical,CA:FALSE",
                    "-addext", "subjectAltName=\(names.joined(separator: ","))",
                ])
        return identity
    }

    private static func request(_ subject: String, _ key: URL, _ certificate: URL) -> [String] {
        [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", subject, "-keyout", key.path, "-out", certificate.path,
        ]
    }

    private static func openssl(_ arguments: [String]) async throws {
        let status = try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<Int32, any Error>) in
            let child = Process()
            child.executableURL = URL(filePath: program)
            child.arguments = arguments
            child.standardError = FileHandle.nullDevice
            child.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                try child.run()
            } catch {
                child.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        guard status == 0 else { throw Failure("openssl ended with \(status)") }
    }
}
