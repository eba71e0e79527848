import Foundation
import Synchronization
import TestSupport

/// Sessions of other programs that take every connection that a server has.
final class OccupiedPostgres: Sendable {
    private let world: PostgresWorld
    private let folder: URL
    private let sessions = Mutex<[Child]>([])

    /// Opens sessions until the server takes no more, and has those of the box ended meanwhile.
    init(_ world: PostgresWorld, _ count: Int, in folder: URL) async throws {
        self.world = world
        self.folder = folder
        do {
            try await open("end-others", Self.endingOthers)
            while sessions.withLock({ $0.count }) < count { try? await open("idle", "SELECT 1 \\watch 600") }
        } catch {
            try await free()
            throw error
        }
    }

    /// Gives all connections back.
    func free() async throws {
        for session in sessions.withLock({ $0 }) where session.isRunning { try await session.kill() }
    }

    /// Whether all are still held.
    var isComplete: Bool { sessions.withLock { $0.allSatisfy(\.isRunning) } }

    private func open(_ name: String, _ statement: String) async throws {
        let script = folder.appending(path: "\(name)-\(UUID().uuidString).sql")
        try Data("\\warn connected\n\(statement)\n".utf8).write(to: script)
        let child = try world.startClient(["-v", "ON_ERROR_STOP=1", "-f", script.path], in: folder)
        try await wait(for: "a session, or its refusal") {
            child.errors.contains("connected") || !child.isRunning ? () : nil
        }
        guard child.isRunning else { throw Failure(child.errors) }
        sessions.withLock { $0.append(child) }
    }

    /// Again and again, since the box comes back at once.
    private static let endingOthers = """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
        WHERE backend_type = 'client backend' AND application_name <> 'psql' \\watch 0.02
        """
}
