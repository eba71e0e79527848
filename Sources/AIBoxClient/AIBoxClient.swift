import AIBoxAPI
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// A client of an AI Box gateway.
///
/// ```swift
/// let box = AIBoxClient(address: "http://127.0.0.1:8000")
/// try await box.login(username: "admin", password: password)
/// let answer = try await box.analyze(picture, tasks: [.vehicles, .plates])
/// ```
///
/// Copies share one login; its access token is renewed when it has expired. Calls may be made from several tasks at
/// once. Every call throws `Problem` when the gateway refuses, and what `AsyncHTTPClient` throws when the gateway
/// cannot be reached.
public struct AIBoxClient: Sendable {
    /// Time for one call, body included.
    public var timeout = Duration.seconds(60)

    private let address: String
    private let http: HTTPClient
    private let tokens = Tokens()

    /// As `HTTPClient.shared`, but a refused connection is an error at once instead of after the time for a call.
    private static let shared: HTTPClient = {
        var configuration = HTTPClient.Configuration.singletonConfiguration
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 32
        configuration.timeout.connect = .seconds(10)
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// - Parameters:
    ///   - address: of the gateway, e.g. `http://127.0.0.1:8000`.
    ///   - http: owned by the caller; the default is shared by the process and never shut down.
    public init(address: String, http: HTTPClient? = nil) {
        self.address = address.hasSuffix("/") ? String(address.dropLast()) : address
        self.http = http ?? Self.shared
    }

    /// Logs in; the calls that follow are made as this user.
    @discardableResult
    public func login(username: String, password: String) async throws -> User {
        let call = try Call(.POST, "/auth/login", json: LoginRequest(username: username, password: password))
        let answer: LoginAnswer = try decode(try await execute(call, token: nil))
        await tokens.keep(answer)
        return answer.user
    }

    /// Ends the login on the gateway and forgets it here.
    public func logout() async throws {
        _ = try await send(Call(.POST, "/auth/logout"))
        await tokens.forget()
    }

    /// Gives the user who is logged in another password, and ends the user's other sessions; this one goes on.
    public func changePassword(from current: String, to new: String) async throws {
        let change = PasswordChange(currentPassword: current, newPassword: new)
        _ = try await send(try Call(.POST, "/auth/password", json: change))
    }

    /// The user who is logged in.
    public func me() async throws -> User {
        try decode(try await send(Call(.GET, "/auth/me")))
    }

    /// The access token in use, for calls that this client does not have.
    public var accessToken: String? {
        get async { await tokens.access }
    }

    // MARK: How calls are made

    struct Call: Sendable {
        var method: HTTPMethod
        var path: String
        var query: [(name: String, value: String)] = []
        var headers: HTTPHeaders = [:]
        var body: ByteBuffer?

        init(_ method: HTTPMethod, _ path: String) {
            self.method = method
            self.path = path
        }

        init(_ method: HTTPMethod, _ path: String, json: some Encodable) throws {
            self.init(method, path)
            headers.add(name: "Content-Type", value: "application/json")
            body = ByteBuffer(data: try JSONEncoder().encode(json))
        }
    }

    private struct RefreshRequest: Encodable {
        var refreshToken: String

        enum CodingKeys: String, CodingKey {
            case refreshToken = "refresh_token"
        }
    }

    private static let largestAnswer = 128 << 20

    /// Makes a call as the user who is logged in, once more with a new token when the present one has expired.
    func send(_ call: Call) async throws -> ByteBuffer {
        try await authorized { try await execute(call, token: $0) }
    }

    /// As ``send(_:)``, for an answer that comes bit by bit, without an end of time.
    func open(_ call: Call) async throws -> HTTPClientResponse.Body {
        try await authorized { token in
            let response = try await http.execute(request(call, token: token), deadline: .distantFuture)
            guard response.status.code < 300 else {
                let body = try await response.body.collect(upTo: Self.largestAnswer)
                throw Self.problem(response.status, response.headers, body)
            }
            return response.body
        }
    }

    private func authorized<Answer>(_ make: (_ token: String?) async throws -> Answer) async throws -> Answer {
        let token = await tokens.access
        do {
            return try await make(token)
        } catch let problem as Problem where problem.status == 401 {
            guard let token else { throw problem }
            let successor = try await tokens.renew(token) { refresh in
                let call = try Call(.POST, "/auth/refresh", json: RefreshRequest(refreshToken: refresh))
                return try decode(try await execute(call, token: nil))
            }
            guard let successor else { throw problem }
            return try await make(successor)
        }
    }

    func decode<Value: Decodable>(_ body: ByteBuffer) throws -> Value {
        try JSONDecoder().decode(Value.self, from: body)
    }

    /// What the gateway said; from a proxy before it only the status, and after how many seconds to try again.
    static func problem(_ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ body: ByteBuffer) -> Problem {
        var problem =
            (try? JSONDecoder().decode(Problem.self, from: body)) ?? Problem(Int(status.code), status.reasonPhrase)
        problem.retryAfter = problem.retryAfter ?? headers.first(name: "Retry-After").flatMap { Int($0) }
        return problem
    }

    private func request(_ call: Call, token: String?) -> HTTPClientRequest {
        let query = call.query.map { "\($0.name)=\($0.value.percentEncoded)" }.joined(separator: "&")
        var request = HTTPClientRequest(url: address + call.path + (query.isEmpty ? "" : "?\(query)"))
        request.method = call.method
        request.headers = call.headers
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        request.body = call.body.map { .bytes($0) }
        return request
    }

    private func execute(_ call: Call, token: String?) async throws -> ByteBuffer {
        let response = try await http.execute(request(call, token: token), timeout: TimeAmount(timeout))
        let body = try await response.body.collect(upTo: Self.largestAnswer)
        guard response.status.code < 300 else {
            throw Self.problem(response.status, response.headers, body)
        }
        return body
    }
}

extension String {
    private static let unreserved = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

    /// Everything but the unreserved characters of RFC 3986 escaped.
    var percentEncoded: String {
        addingPercentEncoding(withAllowedCharacters: Self.unreserved) ?? ""
    }
}
