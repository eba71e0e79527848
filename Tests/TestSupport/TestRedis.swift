import Foundation
import Glibc
import Synchronization

/// A redis-server, or with `--sentinel` a redis-sentinel, of a test's own: a child process on a free port of loopback.
public final class TestRedis: Sendable {
    public static let isInstalled = program != nil
    public static let absence = "redis-server is absent: apt-get install redis-server"

    private static let program = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"]
        .map { URL(filePath: "\($0)/redis-server") }
        .first { FileManager.default.isExecutableFile(atPath: $0.path) }

    public let port: Int
    private let arguments: [String]
    private let child = Mutex<(process: Process, folder: URL)?>(nil)

    /// - Parameter arguments: what replaces the defaults (no persistence, `port`, loopback only).
    public init(port: Int, arguments: [String]) {
        self.port = port
        self.arguments = arguments
    }

    /// Runs `body` with servers that start and end with it.
    public static func with<Result>(
        _ arguments: [String] = [], _ body: (TestRedis) async throws -> Result
    ) async throws -> Result {
        let port = try LoopbackPort.free()
        let options = ["--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--enable-debug-command", "yes"]
        let server = TestRedis(port: port, arguments: options + arguments)
        return try await server.running { try await body(server) }
    }

    /// Starts this server, runs `body`, and kills the server.
    public func running<Result>(_ body: () async throws -> Result) async throws -> Result {
        try await start()
        do {
            let result = try await body()
            await kill()
            return result
        } catch {
            await kill()
            throw error
        }
    }

    /// Starts the process in a folder of its own and waits until it takes connections.
    public func start() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "aibox-redis-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = Self.program
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        child.withLock { $0 = (process, folder) }
        let port = port
        try await Self.wait(for: "redis-server on port \(port)") { Self.connects(to: port) ? () : nil }
    }

    /// Kills it with SIGKILL, stopped or not, and reaps it. What it had is gone.
    public func kill() async {
        guard let child = child.withLock({ $0.take() }) else { return }
        _ = Glibc.kill(child.process.processIdentifier, SIGKILL)
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                child.process.waitUntilExit()
                continuation.resume()
            }
        }
        try? FileManager.default.removeItem(at: child.folder)
    }

    /// It neither answers nor closes its connections until it is resumed.
    public func hang() { signal(SIGSTOP) }

    public func resume() { signal(SIGCONT) }

    private func signal(_ number: Int32) {
        guard let pid = child.withLock({ $0?.process.processIdentifier }) else { return }
        _ = Glibc.kill(pid, number)
    }

    private static func connects(to port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = loopback(port: port)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return address
    }

    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// Looks again and again until `look` finds something, for at most `deadline`.
    @discardableResult
    public static func wait<Value>(
        for what: String, within deadline: Duration = .seconds(30), _ look: () async throws -> Value?
    ) async throws -> Value {
        let start = ContinuousClock.now
        while ContinuousClock.now - start < deadline {
            if let found = try await look() { return found }
            try await Task.sleep(for: .milliseconds(10))  // stalls: between two looks, bounded by the deadline
        }
        throw Failure(description: "\(what): not within \(deadline)")
    }
}

extension TestRedis {
    /// Runs `body` with a master, a replica of it and a sentinel that watches both under the name `mymaster` and calls
    /// a master dead after half a second.
    public static func withSentinel<Result>(
        in folder: URL,
        _ body: (_ sentinel: TestRedis, _ master: TestRedis, _ replica: TestRedis) async throws -> Result
    ) async throws -> Result {
        try await with { master in
            try await with(["--replicaof", "127.0.0.1", "\(master.port)"]) { replica in
                let port = try LoopbackPort.free()
                let file = folder.appending(path: "sentinel-\(port).conf")
                try """
                port \(port)
                bind 127.0.0.1
                sentinel monitor mymaster 127.0.0.1 \(master.port) 1
                sentinel down-after-milliseconds mymaster 500
                sentinel failover-timeout mymaster 2000
                """.write(to: file, atomically: true, encoding: .utf8)
                let sentinel = TestRedis(port: port, arguments: [file.path, "--sentinel"])
                return try await sentinel.running { try await body(sentinel, master, replica) }
            }
        }
    }
}
