import AIBoxAPI
import ArgumentParser
import Foundation

/// The one executable: three services, and the command line around them.
@main
struct AIBox: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "aibox",
        abstract: "A vision server: pictures in; persons, faces, vehicles and licence plates out.",
        discussion: """
            Start with 'aibox doctor', which says what works on this machine, then 'aibox serve'.
            Exit status: 0 done, 1 failed, 2 wrong usage, 3 something needed is absent.
            """,
        subcommands: [
            Serve.self, Analyze.self, Evaluate.self, Models.self, Persons.self, Database.self, Keys.self, Doctor.self,
            Users.self, Version.self,
        ])

    /// ArgumentParser's own `main` ends wrong usage with 64; this product's contract says 2.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            StandardError.write("aibox: \(failure.message)\n")
            Foundation.exit(failure.status.rawValue)
        } catch {
            let code = exitCode(for: error)
            let text = fullMessage(for: error)
            if code == .success { print(text) } else if !text.isEmpty { StandardError.write(text + "\n") }
            Foundation.exit(code == .validationFailure ? ExitStatus.usage.rawValue : code.rawValue)
        }
    }
}

/// `aibox version`.
struct Version: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the version.")

    func run() { print("aibox \(AIBoxVersion.current)") }
}
