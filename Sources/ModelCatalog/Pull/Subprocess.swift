import Foundation
import Synchronization

/// A program that is run to its end, with a bound on the time it may take.
enum Subprocess {
    struct Outcome: Sendable {
        var status: Int32
        /// The end of what it wrote to standard error.
        var complaint: String
    }

    struct TimedOut: Error {}

    /// Runs a program, looked up in `PATH`, with the environment of this process and `environment` on top. Its
    /// standard output is dropped. A program that outlives `timeout`, or the task, is killed.
    /// - Parameter scratch: a folder for its standard error.
    /// - Throws: `TimedOut`, `CancellationError`, or that it cannot be started.
    static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], scratch: URL, timeout: Duration
    ) async throws -> Outcome {
        let errors = scratch.appending(path: "stderr")
        try Data().write(to: errors)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: errors)
        let status = try await finish(process, within: timeout)
        return Outcome(status: status, complaint: tail(of: errors))
    }

    private static func finish(_ process: Process, within timeout: Duration) async throws -> Int32 {
        let (exits, exit) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = { process in
            exit.yield(process.terminationStatus)
            exit.finish()
        }
        try process.run()
        let identifier = process.processIdentifier
        return try await withThrowingTaskGroup(of: Int32?.self) { group in
            group.addTask { await exits.first { _ in true } }
            group.addTask {
                try await Task.sleep(for: timeout)
                throw TimedOut()
            }
            defer {
                group.cancelAll()
                if process.isRunning { kill(identifier, SIGKILL) }
            }
            // The stream ends without a value only when this task was cancelled.
            guard let status = try await group.next() ?? nil else { throw CancellationError() }
            return status
        }
    }

    private static func tail(of file: URL) -> String {
        let text = (try? Data(contentsOf: file)).map { String(decoding: $0.suffix(2000), as: UTF8.self) } ?? ""
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
