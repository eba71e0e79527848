import Foundation
import TestSupport

extension Child {
    /// Starts a command of the binary.
    ///
    /// - Parameters:
    ///   - environment: on top of the engines and models; nothing else of `AIBOX_…` is handed down.
    ///   - folder: gets the output; also the home folder of the process.
    static func start(
        _ arguments: [String], environment: [String: String] = [:], in folder: URL, program: URL = Places.binary
    ) throws -> Child {
        let places = [
            "AIBOX_ENGINES": Places.engines.path, "AIBOX_MODELS": Places.models.path,
            "AIBOX_DATA_DIR": folder.appending(path: "data").path,
        ]
        return try start(program, arguments, environment: places.merging(environment) { $1 }, in: folder)
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
