import Foundation
import Synchronization
import TestSupport
import Testing

/// A private PostgreSQL cluster on a free port of the loopback address; pictures lie in the data folder beside it.
struct PostgresWorld: World {
    static let isInstalled = programs != nil
    static let notInstalled: Comment = "PostgreSQL is absent: apt install postgresql"

    /// Whether a server can be started here and the binary takes its address.
    static let isSupported = isInstalled && doesBinaryAcceptAddress
    static let absence: Comment = isInstalled ? "the binary does not take a PostgreSQL address" : notInstalled

    let folder: URL
    /// Sessions that the server takes, ours and those of others.
    private let maximumConnections: Int
    /// Of the server, beside those of every world.
    private let options: [String]
    private let port: Int
    private let processes: Processes

    /// The postmaster that runs now.
    private final class Processes: Sendable {
        let postmaster = Mutex<Child?>(nil)
    }

    var settings: [String: String] {
        [
            "AIBOX_DATA_DIR": folder.appending(path: "data").path,
            "AIBOX_DATABASE_URL": "postgres://postgres@127.0.0.1:\(port)/postgres",
        ]
    }

    private var cluster: URL { folder.appending(path: "cluster") }

    /// Makes a cluster.
    init(folder: URL, maximumConnections: Int = 60, settings options: [String] = []) async throws {
        self.folder = folder.appending(path: "world")
        self.options = options.flatMap { ["-c", $0] }
        self.maximumConnections = maximumConnections
        port = try LoopbackPort.free()
        processes = Processes()
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        // The server does not run as root: its user makes the cluster.
        chmod(self.folder.path, 0o777)
        chmod(folder.path, 0o755)
        let initdb = try Self.asServer("initdb", ["-D", cluster.path, "-U", "postgres", "-A", "trust", "-N"])
        let child = try Child.start(initdb.program, initdb.arguments, in: folder)
        guard try await child.end() == 0 else { throw Failure("initdb: \(child.errors)") }
    }

    func start(_ environment: [String: String]) async throws {
        let command = try Self.asServer(
            "postgres",
            [
                "-D", cluster.path, "-p", "\(port)", "-h", "127.0.0.1", "-k", "", "-c", "fsync=on", "-c",
                "max_connections=\(maximumConnections)", "-c", "shared_buffers=32MB", "-c",
                "dynamic_shared_memory_type=mmap",
            ] + options)
        let child = try Child.start(
            command.program, command.arguments, environment: environment,
            in: folder.deletingLastPathComponent())
        processes.postmaster.withLock { $0 = child }
        try await wait(for: "PostgreSQL", within: .seconds(30)) {
            guard child.isRunning else { throw Failure("PostgreSQL ended: \(child.errors)") }
            return child.errors.contains("ready to accept connections") ? () : nil
        }
    }

    func kill() async throws {
        guard let postmaster = processes.postmaster.withLock({ $0.take() }), postmaster.isRunning else { return }
        // Its children too: they would see that it is gone and end, but not at once. Stopped it makes no more of them.
        Foundation.kill(postmaster.pid, SIGSTOP)
        try await wait(for: "PostgreSQL to stop") { Self.status(of: postmaster.pid).first == "T" ? () : nil }
        let all = [postmaster.pid] + Self.children(of: postmaster.pid)
        for pid in all { Foundation.kill(pid, SIGKILL) }
        try await postmaster.end()
        try await wait(for: "the end of PostgreSQL") { all.allSatisfy { Foundation.kill($0, 0) != 0 } ? () : nil }
    }

    /// A session of psql, its answers on the output: fields apart by `|`, one row a line.
    func startClient(_ arguments: [String], in folder: URL) throws -> Child {
        guard let programs = Self.programs else { throw Failure("PostgreSQL is absent") }
        let session = ["-h", "127.0.0.1", "-p", "\(port)", "-U", "postgres", "-d", "postgres", "-X", "-A", "-t"]
        return try Child.start(programs.appending(path: "psql"), session + arguments, in: folder)
    }

    @discardableResult
    func query(_ statement: String) async throws -> String {
        let client = try startClient(["-c", statement], in: folder.deletingLastPathComponent())
        guard try await client.end() == 0 else { throw Failure("\(statement): \(client.errors)") }
        return client.output
    }

    private static func children(of parent: Int32) -> [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.filter { pid in
            let fields = status(of: pid)
            return fields.count > 1 && Int32(fields[1]) == parent
        }
    }

    /// State, parent and what else proc(5) says; empty when it is gone.
    private static func status(of pid: Int32) -> [Substring] {
        let status = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
        // The name, in brackets, may contain anything.
        return Array(status[(status.lastIndex(of: ")") ?? status.startIndex)...].split(separator: " ").dropFirst())
    }

    private static func asServer(_ name: String, _ arguments: [String]) throws -> (program: URL, arguments: [String]) {
        guard let programs else { throw Failure("PostgreSQL is absent") }
        let program = programs.appending(path: name)
        guard getuid() == 0 else { return (program, arguments) }
        guard let setpriv = Places.program("setpriv") else { throw Failure("setpriv is absent") }
        let user = ["--reuid=postgres", "--regid=postgres", "--clear-groups", program.path]
        return (setpriv, user + arguments)
    }

    /// The folder of the newest server's programs.
    private static let programs: URL? = {
        let versions = URL(filePath: "/usr/lib/postgresql")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: versions.path)) ?? []
        let newest = names.compactMap { Int($0) }.max()
        return newest.map { versions.appending(path: "\($0)/bin") }
    }()

    /// A binary that knows such addresses tries to connect; another one says that it is none (status 2).
    private static let doesBinaryAcceptAddress: Bool = {
        let process = Process()
        process.executableURL = Places.binary
        process.arguments = ["serve", "--role", "data-manager", "--port", "0"]
        process.environment = [
            "AIBOX_INTERNAL_SECRET": Box.secret, "AIBOX_DATABASE_URL": "postgres://postgres@127.0.0.1:1/postgres",
            "AIBOX_DATA_DIR": FileManager.default.temporaryDirectory.appending(path: "aibox-none").path,
        ]
        process.standardOutput = FileHandle.nullDevice
        let errors = Pipe()
        process.standardError = errors
        guard (try? process.run()) != nil else { return false }
        // Ended by force if it tries for long.
        let timer = DispatchSource.makeTimerSource()
        timer.schedule(deadline: .now() + 5)
        timer.setEventHandler { if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) } }
        timer.resume()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        timer.cancel()
        return !text.contains("no database address")
    }()
}
