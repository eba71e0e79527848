import AIBoxAPI
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import NIOPosix

/// Calls of one service by another: picks an address, shows the credential, passes the trace on, and throws the
/// problem that the other side answered.
struct InternalHTTP: Sendable {
    struct Call {
        var method = HTTPMethod.GET
        var path: String
        var headers: HTTPHeaders = [:]
        var body: ByteBuffer?
        var timeout: Duration = .seconds(30)
        /// Whether it may be sent again when the connection broke before the answer.
        var isRepeatable = true
    }

    struct Answer {
        var status: HTTPResponseStatus
        var headers: HTTPHeaders
        var body: ByteBuffer
    }

    /// As it is named in messages, e.g. `model server`.
    let service: String
    let upstreams: Upstreams
    let client: HTTPClient
    let credential: InternalCredential
    /// Bytes of an answer.
    let limit = 128 << 20

    /// - Throws: `Problem`: the answered one for any status from 300 on, 503 when no address can be reached, 504 when
    ///   the answer took too long; `CancellationError` when the task was cancelled.
    func send(_ call: Call) async throws -> Answer {
        var last: (any Error)?
        let order = upstreams.order()
        for index in order {
            do {
                let answer = try await attempt(call, at: upstreams.addresses[index])
                upstreams.markReachable(index)
                return answer
            } catch let problem as Problem {
                throw problem
            } catch {
                try Task.checkCancellation()
                guard error.isConnectFailure || call.isRepeatable && error.isBrokenConnection else {
                    throw failure(error, at: upstreams.addresses[index])
                }
                upstreams.markUnreachable(index)
                last = error
            }
        }
        throw unreachable(last)
    }

    /// The decoded answer, or `nil` when there was a 404.
    func value<Value: Decodable>(_ call: Call, as type: Value.Type = Value.self) async throws -> Value? {
        do {
            return try decode(type, from: try await send(call).body)
        } catch let problem as Problem where problem.status == 404 {
            return nil
        }
    }

    func decode<Value: Decodable>(_ type: Value.Type, from body: ByteBuffer) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: body)
        } catch {
            throw Problem(502, "Bad Gateway", detail: "The \(service) answered what this version cannot read: \(error)")
        }
    }

    private func attempt(_ call: Call, at address: String) async throws -> Answer {
        let response = try await client.execute(request(call, at: address), timeout: TimeAmount(call.timeout))
        let body = try await response.body.collect(upTo: limit)
        guard response.status.code < 300 else { throw problem(response, body) }
        return Answer(status: response.status, headers: response.headers, body: body)
    }

    func request(_ call: Call, at address: String) async throws -> HTTPClientRequest {
        var request = HTTPClientRequest(url: address + call.path)
        request.method = call.method
        request.headers = call.headers
        request.headers.add(name: "Authorization", value: "Bearer \(try await credential.token())")
        if let trace = RequestTrace.current {
            request.headers.add(name: "X-Request-ID", value: trace.requestID)
            if let parent = trace.parent { request.headers.add(name: "traceparent", value: parent.header) }
        }
        request.body = call.body.map { .bytes($0) }
        return request
    }

    func problem(_ response: HTTPClientResponse, _ body: ByteBuffer) -> Problem {
        if response.headers.first(name: "content-type")?.hasPrefix("application/problem+json") == true,
            let problem = try? JSONDecoder().decode(Problem.self, from: body)
        {
            return problem
        }
        return Problem(502, "Bad Gateway", detail: "The \(service) answered \(response.status.code) without a reason.")
    }

    func failure(_ error: any Error, at address: String) -> Problem {
        if (error as? HTTPClientError) == .deadlineExceeded || (error as? HTTPClientError) == .readTimeout {
            return Problem(504, "Gateway Timeout", detail: "The \(service) at \(address) did not answer in time.")
        }
        return Problem.unavailable(
            "The connection to the \(service) at \(address) broke (\(error.connectionReason)); try again.")
    }

    private func unreachable(_ error: (any Error)?) -> Problem {
        let addresses = upstreams.addresses.joined(separator: ", ")
        let reason = error.map { " (\($0.connectionReason))" } ?? ""
        return .unavailable("The \(service) cannot be reached at \(addresses)\(reason). Is it running?", retryAfter: 3)
    }
}

extension Error {
    /// Whether the request cannot have arrived.
    var isConnectFailure: Bool {
        if self is NIOConnectionError { return true }
        if let error = self as? HTTPClientError {
            return error == .connectTimeout || error == .getConnectionFromPoolTimeout
        }
        if case .connectTimeout = self as? ChannelError { return true }
        return (self as? IOError)?.errnoCode == ECONNREFUSED
    }

    /// Why there is no connection, in words for whoever runs the services.
    fileprivate var connectionReason: String {
        switch self {
        case let error as NIOConnectionError:
            if let cause = error.connectionErrors.first?.error { return cause.connectionReason }
            return error.dnsAError ?? error.dnsAAAAError == nil ? "no connection" : "the host name is not known"
        case let error as IOError: return String(cString: strerror(error.errnoCode)).lowercased()
        case let error as HTTPClientError where error == .remoteConnectionClosed: return "closed by the other side"
        default: return isConnectFailure ? "no connection in time" : "\(self)"
        }
    }

    /// Whether the other side closed the connection, as a server does with one that has been idle.
    fileprivate var isBrokenConnection: Bool {
        if let error = self as? HTTPClientError { return error == .remoteConnectionClosed }
        return self is IOError || self is ChannelError
    }
}
