import Foundation
import Synchronization

/// A PostgreSQL server of the tests: a cluster in a temporary folder, on a free port of the loopback, as a child process
/// that is reaped. Writes reach the disk (`fsync=on`).
public final class TestPostgres: Sendable {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    private static let programs: String? = ["17", "16", "15", "14", "13"].map { "/usr/lib/postgresql/\($0)/bin" }
        .first { FileManager.default.isExecutableFile(atPath: $0 + "/postgres") }

    public static let isInstalled = programs != nil
    public static let absence = "PostgreSQL's server programs are absent: apt install postgresql"

    /// A new cluster, made once and copied for each server.
    private static let template = Result { try makeTemplate() }
    private static let servers = Mutex<[TestPostgres]>([])

    /// One server for the tests that do nothing to it but use a database of their own.
    public static func shared() throws -> TestPostgres { try sharedServer.get() }
    private static let sharedServer = Result { try TestPostgres() }

    public let port: Int
    public let folder: URL
    private let password: String?
    private let settings: [String: String]
    private let process = Mutex<Process?>(nil)
    private let databases = Atomic<Int>(0)

    /// Starts a server on a new cluster.
    ///
    /// - Parameters:
    ///   - settings: of postgresql.conf.
    ///   - password: what the user `postgres` has to show (SCRAM); without one everybody is trusted.
    ///   - files: put into the cluster's folder before it starts, readable by the server alone.
    public convenience init(
        settings: [String: String] = [:], password: String? = nil, files: [String: Data] = [:]
    ) throws {
        let folder = try Self.newFolder()
        try Self.run("/bin/cp", ["-a", Self.template.get().path + "/.", folder.path])
        for (name, data) in files { try data.write(to: folder.appending(path: name)) }
        for name in files.keys {
            try Self.run("/bin/chmod", ["600", folder.appending(path: name).path])
            if getuid() == 0 { try Self.run("/bin/chown", ["postgres:", folder.appending(path: name).path]) }
        }
        try self.init(folder: folder, settings: settings, password: nil)
        if let password {
            try psql("ALTER USER postgres PASSWORD '\(password)'")
            let rules = "host all all 127.0.0.1/32 scram-sha-256\nhost replication all 127.0.0.1/32 scram-sha-256\n"
            try Data(rules.utf8).write(to: folder.appending(path: "pg_hba.conf"))
            try psql("SELECT pg_reload_conf()")
        }
    }

    private init(folder: URL, settings: [String: String], password: String?) throws {
        port = try LoopbackPort.free()
        self.folder = folder
        self.settings = settings
        self.password = password
        Self.servers.withLock { servers in
            if servers.isEmpty { atexit { TestPostgres.removeAll() } }
            servers.append(self)
        }
        try start()
    }

    /// A streaming replica of this server, made by pg_basebackup.
    public func makeReplica() throws -> TestPostgres {
        let folder = try Self.newFolder()
        let place = ["-h", "127.0.0.1", "-p", "\(port)", "-U", "postgres"]
        try Self.runAsServer("pg_basebackup", place + ["-D", folder.path, "-R", "-X", "stream", "-c", "fast"])
        return try TestPostgres(folder: folder, settings: settings, password: nil)
    }

    public func url(_ database: String = "postgres", password: String? = nil, parameters: String = "") -> String {
        let user = password.map { "postgres:\($0)" } ?? "postgres"
        return "postgres://\(user)@127.0.0.1:\(port)/\(database)" + (parameters.isEmpty ? "" : "?" + parameters)
    }

    /// The URL of a new, empty database.
    public func newDatabase() throws -> String {
        let name = "test\(databases.wrappingAdd(1, ordering: .relaxed).newValue)"
        try psql("CREATE DATABASE \(name)")
        return url(name)
    }

    /// Runs SQL through psql, apart from the code under test; returns the rows, columns divided by `|`.
    @discardableResult
    public func psql(_ sql: String, url: String? = nil) throws -> String {
        try Self.run("\(Self.folder())/psql", ["-X", "-A", "-t", "-q", "-c", sql, url ?? self.url()])
    }

    /// What pg_dump writes of a database.
    public func dump(_ url: String) throws -> String { try Self.run("\(Self.folder())/pg_dump", ["--inserts", url]) }

    /// Starts the server again after `stop` or `signal`, on the same port. Returns when it takes connections, unless told
    /// not to wait.
    public func start(isAwaited: Bool = true) throws {
        let process = Process()
        var options = settings
        options.merge([
            "listen_addresses": "127.0.0.1", "port": "\(port)", "unix_socket_directories": "", "fsync": "on",
            "shared_buffers": "32MB", "logging_collector": "off", "lc_messages": "C",
        ]) { given, _ in given }
        let arguments = ["-D", folder.path] + options.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0)=\($1)"] }
        (process.executableURL, process.arguments) = try Self.asServer("postgres", arguments)
        process.currentDirectoryURL = URL(filePath: "/")
        let log = folder.appending(path: "server.log")
        if !FileManager.default.fileExists(atPath: log.path) { try Data().write(to: log) }
        let output = try FileHandle(forWritingTo: log)
        try output.seekToEnd()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        self.process.withLock { $0 = process }
        if isAwaited { try awaitReadiness() }
    }

    /// Waits until the server takes connections.
    public func awaitReadiness() throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while (try? Self.run("\(Self.folder())/pg_isready", ["-q", "-h", "127.0.0.1", "-p", "\(port)"])) == nil {
            guard ContinuousClock.now < deadline, isRunning else {
                let log = try String(contentsOf: folder.appending(path: "server.log"), encoding: .utf8)
                throw Failure(description: "the server does not start: \(log.suffix(2000))")
            }
        }
    }

    public var isRunning: Bool { process.withLock { $0?.isRunning ?? false } }

    /// Ends the server at once, its connections broken (SIGINT), and waits for its end.
    public func stop() { signal(SIGINT) }

    /// Sends a signal that ends the server, and waits for its end.
    public func signal(_ signal: Int32) {
        guard let process = process.withLock({ $0 }) else { return }
        if process.isRunning { kill(process.processIdentifier, signal) }
        process.waitUntilExit()
    }

    /// Stops the server and removes its folder.
    public func remove() {
        signal(SIGQUIT)
        try? FileManager.default.removeItem(at: folder)
        Self.servers.withLock { servers in servers.removeAll { $0 === self } }
    }

    private static func removeAll() {
        for server in servers.withLock({ $0 }) { server.remove() }
        if case .success(let template) = template { try? FileManager.default.removeItem(at: template) }
    }

    private static func makeTemplate() throws -> URL {
        let folder = try newFolder()
        let arguments = ["-D", folder.path, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync"]
        try runAsServer("initdb", arguments + ["--wal-segsize=1", "--no-instructions"])
        return folder
    }

    private static func newFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "aibox-postgres-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try run("/bin/chmod", ["700", folder.path])
        if getuid() == 0 { try run("/bin/chown", ["postgres:", folder.path]) }
        return folder
    }

    private static func folder() throws -> String {
        guard let programs else { throw Failure(description: absence) }
        return programs
    }

    /// The server refuses to run as root.
    private static func asServer(_ program: String, _ arguments: [String]) throws -> (URL, [String]) {
        let path = try "\(folder())/\(program)"
        guard getuid() == 0 else { return (URL(filePath: path), arguments) }
        let identity = ["--reuid=postgres", "--regid=postgres", "--init-groups", path]
        return (URL(filePath: "/usr/bin/setpriv"), identity + arguments)
    }

    private static func runAsServer(_ program: String, _ arguments: [String]) throws {
        let (url, arguments) = try asServer(program, arguments)
        try run(url.path, arguments)
    }

    /// Runs a program to its end and returns what it has written.
    @discardableResult
    public static func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        let (output, failure) = (Pipe(), Pipe())
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: "/")
        process.standardOutput = output
        process.standardError = failure
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaint = String(decoding: failure.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(description: "\(program): \(complaint)") }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
