import AIBoxAPI
import AsyncHTTPClient
import Foundation
import NIOCore
import ServiceClients
import TestSupport

/// A running `aibox serve --role data-manager` and a client of it.
struct Box: Sendable {
    static let secret = "0123456789abcdef0123456789abcdef"
    /// Lives as long as the process of the tests.
    static let http = HTTPClient.betweenServices()

    let child: Child
    let port: Int
    let manager: HTTPDataManager
    /// From the start of the process to the first answer that says ready.
    let readyAfter: Duration

    /// - Parameter port: 0 lets the system choose.
    static func start(_ environment: [String: String], port: Int = 0, in folder: URL) async throws -> Box {
        let start = ContinuousClock.now
        let child = try Child.start(
            Places.binary, ["serve", "--role", "data-manager", "--port", "\(port)"],
            environment: ["AIBOX_INTERNAL_SECRET": secret, "AIBOX_LOG_LEVEL": "error"].merging(environment) { $1 },
            in: folder)
        do {
            let port = try await Self.port(of: child, within: Faults.recovery)
            try await untilReady(port)
            return Box(
                child: child, port: port, manager: try await client(of: port),
                readyAfter: ContinuousClock.now - start)
        } catch {
            try await child.kill()
            throw error
        }
    }

    /// The port that a service says it listens on.
    static func port(of child: Child, within deadline: Duration = .seconds(60)) async throws -> Int {
        try await wait(for: "the line with the address", within: deadline) {
            guard child.isRunning else { throw Failure("ended at the start: \(child.errors)") }
            return child.output.firstMatch(of: /listens on http:\/\/127\.0\.0\.1:(\d+)/).flatMap { Int($0.1) }
        }
    }

    static func untilReady(_ port: Int, within deadline: Duration = Faults.recovery) async throws {
        try await wait(for: "ready", within: deadline) { await isReady(port) ? () : nil }
    }

    /// - Parameter seconds: the clock of the client that signs the internal token.
    static func client(
        of port: Int, seconds: (@Sendable () -> Int)? = nil
    ) async throws -> HTTPDataManager {
        let credential: InternalCredential
        if let seconds {
            credential = try await InternalCredential(secret: secret, issuer: "faults", seconds: seconds)
        } else {
            credential = try await InternalCredential(secret: secret, issuer: "faults")
        }
        return HTTPDataManager(addresses: ["http://127.0.0.1:\(port)"], client: http, credential: credential)
    }

    private static func isReady(_ port: Int) async -> Bool {
        let request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/health/ready")
        return (try? await http.execute(request, timeout: .seconds(2)))?.status == .ok
    }

    /// The exit status after an orderly end.
    func stop() async throws -> Int32 {
        child.signal(SIGTERM)
        return try await child.end()
    }

    /// Eight clients write without a pause while `body` runs.
    func underLoad<Value: Sendable>(
        _ journal: Journal, _ body: () async throws -> Value
    ) async throws -> Value {
        try await withLoad(
            on: child, { [manager] in await journal.send(journal.next(), to: manager) }, while: body)
    }
}
