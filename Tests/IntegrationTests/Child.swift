import Foundation

/// A process of the binary; its output goes to files, so that no full pipe can stop it.
struct Child: Sendable {
    private let process: Process
    private let folder: URL

    var pid: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }
    var output: String { text("stdout") }
    var errors: String { text("stderr") }

    /// - Parameters:
    ///   - folder: gets the output; also the home folder of the process.
    ///   - environment: on top of the engines and models; nothing else of `AIBOX_…` is handed down.
    static func start(
        _ arguments: [String], environment: [String: String] = [:], in folder: URL, program: URL = Places.binary
    ) throws -> Child {
        let outputs = folder.appending(path: "run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: outputs, withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.environment = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "HOME": folder.path,
            "AIBOX_ENGINES": Places.engines.path, "AIBOX_MODELS": Places.models.path,
            "AIBOX_DATA_DIR": folder.appending(path: "data").path,
        ].merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try file(outputs.appending(path: "stdout"))
        process.standardError = try file(outputs.appending(path: "stderr"))
        try process.run()
        return Child(process: process, folder: outputs)
    }

    private static func file(_ url: URL) throws -> FileHandle {
        _ = FileManager.default.createFile(atPath: url.path, contents: nil)
        return try FileHandle(forWritingTo: url)
    }

    func signal(_ number: Int32) { kill(pid, number) }

    /// Waits until the process has ended and returns its exit status; a signal's number is negative.
    func end() async throws -> Int32 {
        let process = process
        return try await offPool {
            process.waitUntilExit()
            let status = process.terminationStatus
            return process.terminationReason == .uncaughtSignal ? -status : status
        }
    }

    /// Bytes of memory that the process holds (VmRSS).
    func residentBytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        let kilobytes = line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) }
        guard let kilobytes else { throw Timeout(description: "/proc/\(pid)/status names no VmRSS") }
        return kilobytes * 1024
    }

    private func text(_ name: String) -> String {
        (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)) ?? ""
    }
}

/// What a command said and how it ended.
struct CommandResult: Sendable {
    var status: Int32
    var output: String
    var errors: String
}

/// Runs a command of the binary to its end.
func aibox(_ arguments: String..., environment: [String: String] = [:], in folder: URL) async throws -> CommandResult {
    let child = try Child.start(arguments, environment: environment, in: folder)
    let status = try await child.end()
    return CommandResult(status: status, output: child.output, errors: child.errors)
}
