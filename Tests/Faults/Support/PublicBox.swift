import AIBoxAPI
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import TestSupport

/// An answer as it came.
struct Answer: Sendable {
    var status: Int
    var body: Data
    var text: String { "\(status) \(String(decoding: body.prefix(300), as: UTF8.self))" }
    var problem: Problem? { try? JSONDecoder().decode(Problem.self, from: body) }
}

/// Sends bytes that no typed client would.
func send(
    _ method: HTTPMethod, port: Int, _ path: String, token: String?, headers: [String: String] = [:],
    _ body: Data = Data()
) async throws -> Answer {
    var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
    request.method = method
    if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
    for (name, value) in headers { request.headers.add(name: name, value: value) }
    request.body = .bytes(ByteBuffer(bytes: body))
    let response = try await Box.http.execute(request, timeout: .seconds(30))
    return Answer(
        status: Int(response.status.code), body: Data(buffer: try await response.body.collect(upTo: 64 << 20)))
}

/// What clients talk to.
struct PublicBox: Sendable {
    private static let password = "a-password-for-tests-7"

    let child: Child
    let port: Int

    /// A gateway in front of a data manager; analysis answers that there is no model server.
    static func start(
        before box: Box, _ environment: [String: String] = [:], in folder: URL
    ) async throws -> PublicBox {
        let settings = [
            "AIBOX_INTERNAL_SECRET": Box.secret, "AIBOX_DATA_MANAGERS": "http://127.0.0.1:\(box.port)",
            "AIBOX_MODEL_SERVERS": "http://127.0.0.1:1", "AIBOX_DATA_DIR": folder.appending(path: "gateway").path,
            "AIBOX_ADMIN_PASSWORD": password, "AIBOX_LOG_LEVEL": "error",
        ]
        let child = try Child.start(
            Places.binary, ["serve", "--role", "gateway", "--port", "0"],
            environment: settings.merging(environment) { $1 }, in: folder)
        do {
            return PublicBox(child: child, port: try await Box.port(of: child))
        } catch {
            try await child.kill()
            throw error
        }
    }

    /// Runs `body` with a gateway; whatever happens, it does not stay.
    @discardableResult
    static func with<Value>(
        before box: Box, _ environment: [String: String] = [:], in folder: URL,
        _ body: (PublicBox) async throws -> Value
    ) async throws -> Value {
        let gateway = try await start(before: box, environment, in: folder)
        do {
            let value = try await body(gateway)
            if gateway.child.isRunning { try await gateway.child.kill() }
            return value
        } catch {
            if gateway.child.isRunning { try await gateway.child.kill() }
            throw error
        }
    }

    /// What the gateway says of itself, for everybody.
    func health() async throws -> ServiceHealth {
        let answer = try await send(.GET, port: port, "/health", token: nil)
        return try JSONDecoder().decode(ServiceHealth.self, from: answer.body)
    }

    /// Attempts to log in, with the right password unless told otherwise.
    func attempt(_ username: String = "admin", _ password: String = Self.password) async throws -> Answer {
        let body = try JSONEncoder().encode(LoginRequest(username: username, password: password))
        return try await send(
            .POST, port: port, "/auth/login", token: nil, headers: ["Content-Type": "application/json"], body)
    }

    /// A new access token.
    func login() async throws -> String {
        let answer = try await attempt()
        guard answer.status == 200 else { throw Failure("login: \(answer.text)") }
        return try JSONDecoder().decode(LoginAnswer.self, from: answer.body).accessToken
    }

    /// The status of a call that needs a session.
    func status(_ token: String) async throws -> Int {
        try await send(.GET, port: port, "/auth/me", token: token).status
    }

    func logout(_ token: String) async throws -> Int {
        try await send(.POST, port: port, "/auth/logout", token: token).status
    }
}
