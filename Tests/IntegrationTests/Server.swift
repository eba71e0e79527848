import AIBoxAPI
import Foundation
import TestSupport

/// A running `aibox serve`.
struct Server: Sendable {
    static let password = "a-password-for-tests-7"

    let child: Child
    let port: Int

    /// Calls without a credential.
    var anonymous: Caller { Caller(port: port) }

    func login(password: String = Server.password) async throws -> Caller {
        let body = try JSONEncoder().encode(LoginRequest(username: "admin", password: password))
        let answer = try await anonymous.send(.json("/auth/login", body))
        guard answer.status == 200 else { throw Failure("login: \(answer.text)") }
        return Caller(port: port, token: try answer.json(LoginAnswer.self).accessToken)
    }

    /// Asks for an orderly end and returns the exit status.
    func stop() async throws -> Int32 {
        child.signal(SIGTERM)
        return try await child.end()
    }

    func kill() async throws {
        child.signal(SIGKILL)
        _ = try await child.end()
    }

    /// Starts the binary on a port of the system's choice and waits until it is ready.
    static func start(_ arguments: [String] = [], environment: [String: String] = [:], in folder: URL) async throws
        -> Server
    {
        let child = try Child.start(
            ["serve", "--port", "0"] + arguments,
            environment: ["AIBOX_ADMIN_PASSWORD": password].merging(environment) { $1 }.filter { !$0.value.isEmpty },
            in: folder)
        do {
            return try await ready(child)
        } catch {
            child.signal(SIGKILL)
            _ = try await child.end()
            throw error
        }
    }

    private static func ready(_ child: Child) async throws -> Server {
        let port = try await wait(for: "the line with the address") {
            guard child.isRunning else { throw Failure("ended at the start: \(child.errors)") }
            return listeningPort(child.output)
        }
        try await wait(for: "/health/ready") {
            let answer = try? await Caller(port: port).get("/health/ready")
            return answer?.status == 200 ? () : nil
        }
        return Server(child: child, port: port)
    }

    private static func listeningPort(_ output: String) -> Int? {
        guard let match = output.firstMatch(of: /listens on http:\/\/127\.0\.0\.1:(\d+)/) else { return nil }
        return Int(match.1)
    }
}

/// Runs `body` against a server in a data folder; whatever happens, no process stays.
@discardableResult
func withServer<Value>(
    _ arguments: [String] = [], environment: [String: String] = [:], in folder: URL,
    _ body: (Server) async throws -> Value
) async throws -> Value {
    let server = try await Server.start(arguments, environment: environment, in: folder)
    do {
        let value = try await body(server)
        if server.child.isRunning { try await server.kill() }
        return value
    } catch {
        if server.child.isRunning { try await server.kill() }
        throw error
    }
}

func withServer<Value>(_ body: (Server) async throws -> Value) async throws -> Value {
    try await withTemporaryFolder { try await withServer(in: $0, body) }
}
