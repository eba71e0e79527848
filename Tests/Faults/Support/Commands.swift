import Foundation
import TestSupport

/// Runs a program to its end and returns its output; throws when it fails.
@discardableResult
func run(_ program: String, _ arguments: String..., environment: [String: String] = [:]) async throws -> String {
    guard let program = Places.program(program) else { throw Failure("\(program) is not installed") }
    return try await withTemporaryFolder { folder in
        let child = try Child.start(program, arguments, environment: environment, in: folder)
        let status = try await child.end()
        guard status == 0 else { throw Failure("\(program.path) \(arguments): \(status) \(child.errors)") }
        return child.output
    }
}
