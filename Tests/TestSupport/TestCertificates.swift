import Foundation

/// Certificates made by `openssl` in a temporary folder: a CA, one that signed nothing, and a server's for `localhost`.
public struct TestCertificates: Sendable {
    public struct Failure: Error, CustomStringConvertible {
        public let description = "openssl made no certificates"
    }

    public let folder: URL
    public var authority: String { folder.appending(path: "ca.pem").path }
    public var otherAuthority: String { folder.appending(path: "other.pem").path }
    public var server: String { folder.appending(path: "server.pem").path }
    public var serverKey: String { folder.appending(path: "server.key").path }

    /// Makes them, and removes them after `body`.
    public static func with<Value>(_ body: (TestCertificates) async throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "certificates-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-ec", script]
        process.currentDirectoryURL = folder
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure() }
        return try await body(TestCertificates(folder: folder))
    }

    private static let script = """
        for name in ca other; do
          openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$name" \
            -keyout $name.key -out $name.pem
        done
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost \
          -keyout server.key -out server.csr
        echo subjectAltName=DNS:localhost >names
        openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.pem
        """
}
