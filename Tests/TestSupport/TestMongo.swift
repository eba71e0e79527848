import Foundation
import Synchronization

/// The stand-in for MongoDB (`Tests/StandIns/mongo_stand_in.py`) as a child process. It is not MongoDB.
///
/// Its calls block; they take a line from a child that answers at once.
public final class TestMongo: Sendable {
    public let port: Int
    private let process: Process
    private let input: FileHandle
    private let output: Mutex<LineReader>

    /// A Python that has pymongo's `bson`; `nil` when none has.
    public static let python: String? = {
        let environment = ProcessInfo.processInfo.environment["AIBOX_TEST_PYTHON"]
        let own = TestPlaces.packageRoot.appending(path: ".aibox/venv-test/bin/python").path
        return [environment, own, "/usr/bin/python3"].compactMap { $0 }.first {
            (try? run($0, ["-c", "import bson.json_util"])) == 0
        }
    }()

    public static let absence =
        "no Python with pymongo: install scripts/requirements-test.txt into .aibox/venv-test, or set AIBOX_TEST_PYTHON"

    /// libmongoc is loaded at run time.
    public static let isLibraryInstalled =
        (try? run("/bin/sh", ["-c", "/sbin/ldconfig -p | grep -q libmongoc-1.0.so.0"])) == 0

    public static let canRun = python != nil && isLibraryInstalled

    public struct Failure: Error { public let message: String }

    public init(_ arguments: [String] = []) throws {
        guard let python = Self.python else { throw Failure(message: Self.absence) }
        let script = TestPlaces.packageRoot.appending(path: "Tests/StandIns/mongo_stand_in.py").path
        let (incoming, outgoing) = (Pipe(), Pipe())
        process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = [script] + arguments
        process.standardInput = outgoing
        process.standardOutput = incoming
        try process.run()
        input = outgoing.fileHandleForWriting
        var reader = LineReader(file: incoming.fileHandleForReading)
        let line = reader.next()
        guard let port = line.split(separator: " ").last.flatMap({ Int($0) }) else {
            process.terminate()
            throw Failure(message: "the stand-in for MongoDB did not start: \(line)")
        }
        self.port = port
        output = Mutex(reader)
    }

    /// Obeyed from the next command on; the script tells the words.
    @discardableResult public func tell(_ words: String) throws -> String {
        try output.withLock { reader in
            try input.write(contentsOf: Data((words + "\n").utf8))
            return reader.next()
        }
    }

    /// Ends it and waits for its end.
    public func stop() {
        try? input.close()
        process.terminate()
        process.waitUntilExit()
    }

    /// Runs `body` beside a stand-in that is stopped afterwards.
    public static func with<Value>(
        _ arguments: [String] = [], _ body: (TestMongo) async throws -> Value
    ) async throws -> Value {
        let server = try TestMongo(arguments)
        defer { server.stop() }
        return try await body(server)
    }

    private static func run(_ path: String, _ arguments: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    private struct LineReader: Sendable {
        let file: FileHandle
        var rest = Data()

        /// Without its end; empty when the child has ended.
        mutating func next() -> String {
            while true {
                if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    defer { rest = Data(rest[(end + 1)...]) }
                    return String(decoding: rest[..<end], as: UTF8.self)
                }
                let more = file.availableData
                if more.isEmpty { return "" }
                rest += more
            }
        }
    }
}
