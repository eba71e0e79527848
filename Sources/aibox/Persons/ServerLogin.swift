import AIBoxAPI
import AIBoxClient
import ArgumentParser
import Foundation
import NIOCore
import NIOPosix
import Settings

/// Which server a command talks to, and as whom.
struct ServerLogin: ParsableArguments {
    @Option(help: "Address of the server; left out, http://HOST:PORT of the settings host and port.")
    var server: String?

    @Option(help: "The user to log in as.")
    var user = "admin"

    @Option(
        help: """
            A file with the user's password, - for standard input. Left out: AIBOX_ADMIN_PASSWORD for the user admin, \
            else the password is asked for.
            """)
    var passwordFile: String?

    /// Logs in, makes the calls of `body`, logs out. What the server refuses ends the command with its reason.
    func run(_ settings: Settings, _ body: (AIBoxClient) async throws -> Void) async throws {
        let address = try address(settings)
        let client = AIBoxClient(address: address)
        do {
            let account = try await client.login(username: user, password: try password(settings))
            guard !account.mustChangePassword else { throw mustChange(address) }
            do {
                try await body(client)
            } catch {
                try? await client.logout()
                throw error
            }
            try await client.logout()
        } catch let problem as Problem {
            throw CommandFailure("\(address): \(problem.reason)")
        } catch let failure as CommandFailure {
            throw failure
        } catch let error as DecodingError {
            throw CommandFailure("\(address) answered what this version cannot read; is it an AI Box? (\(error))")
        } catch {
            throw CommandFailure(
                "the server at \(address) cannot be reached (\(Self.reason(error))); start it with 'aibox serve' or name another "
                    + "with --server", .absent)
        }
    }

    /// The most frequent failure in words.
    private static func reason(_ error: any Error) -> String {
        let errors = (error as? NIOConnectionError)?.connectionErrors.map(\.error) ?? [error]
        let isRefused = errors.contains { ($0 as? IOError)?.errnoCode == ECONNREFUSED }
        return isRefused ? "connection refused" : "\(error)"
    }

    private func address(_ settings: Settings) throws -> String {
        if let server {
            guard let url = URL(string: server), let scheme = url.scheme, ["http", "https"].contains(scheme),
                url.host != nil
            else { throw CommandFailure("--server: '\(server)' is no http or https address", .usage) }
            return server
        }
        let host = ["0.0.0.0", "::", ""].contains(settings.host) ? "127.0.0.1" : settings.host
        return "http://\(host.contains(":") ? "[\(host)]" : host):\(settings.port)"
    }

    private func password(_ settings: Settings) throws -> String {
        if let passwordFile { return try Self.password(inFile: passwordFile) }
        if user == "admin", let secret = settings.adminPassword { return secret.value }
        guard isatty(STDIN_FILENO) == 1, let typed = getpass("Password of \(user): ") else {
            throw CommandFailure(
                "no password for \(user): name a file with --password-file"
                    + (user == "admin" ? " or set AIBOX_ADMIN_PASSWORD" : ""), .usage)
        }
        return String(cString: typed)
    }

    /// The first line.
    private static func password(inFile path: String) throws -> String {
        let bytes =
            path == "-" ? try? FileHandle.standardInput.readToEnd() : FileManager.default.contents(atPath: path)
        guard let bytes, let text = String(data: bytes.prefix(4096), encoding: .utf8),
            let line = text.split(whereSeparator: \.isNewline).first
        else { throw CommandFailure("--password-file: \(path) holds no password", .absent) }
        return String(line)
    }

    private func mustChange(_ address: String) -> CommandFailure {
        CommandFailure(
            "the password of \(user) was printed and others may have seen it; choose another one first: "
                + "open \(address) in a browser and log in")
    }
}

extension Problem {
    /// In words for the person in front of the command.
    var reason: String { detail ?? "\(status) \(title)" }
}
