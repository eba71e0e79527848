import Foundation

/// A place where the data manager keeps what it is given. Each fault is tried in every world.
protocol World: Sendable {
    /// Everything that the world writes lies below it.
    var folder: URL { get }
    /// What the data manager is told.
    var settings: [String: String] { get }
    /// Starts the world's own processes with `environment`, ready when it returns.
    func start(_ environment: [String: String]) async throws
    /// SIGKILL to the world's own processes, all at once; returns when they are gone.
    func kill() async throws
}

/// What is embedded in the data manager: SQLite and a folder of pictures. It has no processes of its own.
struct EmbeddedWorld: World {
    let folder: URL
    var settings: [String: String] { ["AIBOX_DATA_DIR": folder.appending(path: "data").path] }

    /// - Parameter folder: made when absent.
    init(folder: URL) throws {
        self.folder = folder.appending(path: "world")
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
    }

    func start(_ environment: [String: String]) {}
    func kill() {}
}

extension World {
    /// Starts the world and a data manager in it.
    func open(_ environment: [String: String] = [:], port: Int = 0) async throws -> Box {
        try await start(environment)
        return try await Box.start(
            settings.merging(environment) { $1 }, port: port, in: folder.deletingLastPathComponent())
    }

    /// Runs `body` with a data manager in this world; whatever happens, no process stays.
    @discardableResult
    func withBox<Value>(
        _ environment: [String: String] = [:], port: Int = 0, _ body: (Box) async throws -> Value
    ) async throws -> Value {
        do {
            let box = try await open(environment, port: port)
            do {
                let value = try await body(box)
                if box.child.isRunning { try await box.child.kill() }
                try await kill()
                return value
            } catch {
                if box.child.isRunning { try await box.child.kill() }
                throw error
            }
        } catch {
            try await kill()
            throw error
        }
    }
}

/// The worlds that a test takes which says nothing of its own about them.
enum WorldKind: String, CaseIterable {
    case embedded
    case postgres

    /// Those that can be had here.
    static var usable: [WorldKind] { PostgresWorld.isSupported ? allCases : [.embedded] }

    func make(in folder: URL) async throws -> any World {
        switch self {
        case .embedded: try EmbeddedWorld(folder: folder)
        case .postgres: try await PostgresWorld(folder: folder)
        }
    }
}
