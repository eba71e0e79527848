import Foundation

/// A process whose output goes to files, so that no full pipe can stop it.
public struct Child: Sendable {
    private let process: Process
    private let outputs: URL

    public var pid: Int32 { process.processIdentifier }
    public var isRunning: Bool { process.isRunning }
    public var output: String { text("stdout") }
    public var errors: String { text("stderr") }

    /// - Parameters:
    ///   - environment: beside the search path everything that the process gets.
    ///   - folder: gets the output; made when absent.
    public static func start(
        _ program: URL, _ arguments: [String], environment: [String: String] = [:], in folder: URL
    ) throws -> Child {
        let outputs = folder.appending(path: "run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: outputs, withIntermediateDirectories: true)
        let process = Process()
        // By env(1), which becomes the program: libfaketime changes the environment of the first process that loads it,
        // after which Swift's runtime no longer finds the arguments.
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program.path] + arguments
        process.environment = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "HOME": folder.path]
            .merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try file(outputs.appending(path: "stdout"))
        process.standardError = try file(outputs.appending(path: "stderr"))
        try process.run()
        return Child(process: process, outputs: outputs)
    }

    private static func file(_ url: URL) throws -> FileHandle {
        _ = FileManager.default.createFile(atPath: url.path, contents: nil)
        return try FileHandle(forWritingTo: url)
    }

    public func signal(_ number: Int32) { Foundation.kill(pid, number) }

    /// Waits until the process has ended and returns its exit status; a signal's number is negative.
    @discardableResult
    public func end() async throws -> Int32 {
        let process = process
        return try await offPool {
            process.waitUntilExit()
            let status = process.terminationStatus
            return process.terminationReason == .uncaughtSignal ? -status : status
        }
    }

    public func kill() async throws {
        signal(SIGKILL)
        try await end()
    }

    /// Bytes of memory that the process holds (VmRSS).
    public func residentBytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        let kilobytes = line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) }
        guard let kilobytes else { throw Failure("/proc/\(pid)/status names no VmRSS") }
        return kilobytes * 1024
    }

    private func text(_ name: String) -> String {
        (try? String(contentsOf: outputs.appending(path: name), encoding: .utf8)) ?? ""
    }
}
