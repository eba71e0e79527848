import AIBoxAPI
import AsyncHTTPClient
import NIOCore
import NIOHTTP1

extension InternalHTTP {
    /// Sends a body as it comes. Tried at one address: a body that has begun cannot be sent again.
    ///
    /// - Parameter bytes: how many there will be; `nil`: not known.
    func send(_ call: Call, streaming body: ByteStream, bytes: Int?) async throws -> Answer {
        let response = try await response(call, .stream(body, length: bytes.map { .known(Int64($0)) } ?? .unknown))
        return Answer(
            status: response.status, headers: response.headers, body: try await response.body.collect(upTo: limit))
    }

    /// Opens an answer whose body is read as it comes.
    func open(_ call: Call) async throws -> (headers: HTTPHeaders, body: ByteStream) {
        let response = try await response(call, nil)
        return (response.headers, ByteStream(response.body))
    }

    /// - Throws: `Problem`, as `send`; what reading the streamed body throws goes through.
    private func response(_ call: Call, _ body: HTTPClientRequest.Body?) async throws -> HTTPClientResponse {
        guard let index = upstreams.order().first else { throw Problem.notFound }
        let address = upstreams.addresses[index]
        var request = try await request(call, at: address)
        if let body { request.body = body }
        let response: HTTPClientResponse
        do {
            response = try await client.execute(request, timeout: TimeAmount(call.timeout))
        } catch {
            try Task.checkCancellation()
            if let problem = error as? Problem { throw problem }
            if error.isConnectFailure { upstreams.markUnreachable(index) }
            throw failure(error, at: address)
        }
        guard response.status.code < 300 else {
            throw problem(response, try await response.body.collect(upTo: limit))
        }
        return response
    }
}
