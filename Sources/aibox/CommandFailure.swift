import Foundation

/// The exit statuses of every command.
enum ExitStatus: Int32 {
    case failed = 1
    case usage = 2
    case absent = 3
}

/// Ends a command with a message for the person in front of it.
struct CommandFailure: Error {
    var message: String
    var status: ExitStatus = .failed

    init(_ message: String, _ status: ExitStatus = .failed) {
        self.message = message
        self.status = status
    }
}

/// Where messages go; answers go to standard output.
enum StandardError {
    static func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }

    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}
