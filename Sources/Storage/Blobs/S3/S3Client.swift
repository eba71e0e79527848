import AIBoxAPI
import AsyncHTTPClient
import NIOCore
import NIOSSL

/// One bucket's requests: signed, repeated where that helps, their errors told apart. Every request it is given may be
/// repeated safely.
final class S3Client: Sendable {
    struct Request: Sendable {
        var method: String
        /// An object's name below the prefix; empty for the bucket.
        var name = ""
        var query: [(name: String, value: String)] = []
        /// Names in lower case.
        var headers: [String: String] = [:]
        var body = ByteBuffer()
        /// `nil` for that of the configuration.
        var deadline: Duration?
        var isRead: Bool { method == "GET" || method == "HEAD" }
    }

    /// Bytes of an XML answer: a listing of 1000 keys has less than half.
    private static let answerLimit = 4 * 1024 * 1024

    let configuration: S3Configuration
    let signature: S3Signature
    private let http: HTTPClient

    /// - Throws: `.invalid` when the file of authorities cannot be read.
    init(_ configuration: S3Configuration) throws(StorageError) {
        self.configuration = configuration
        signature = S3Signature(credentials: configuration.credentials, region: configuration.region)
        var http = HTTPClient.Configuration(redirectConfiguration: .disallow)
        http.timeout = .init(connect: .seconds(5), read: .seconds(30))
        http.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = configuration.connections
        http.connectionPool.retryConnectionEstablishment = false
        http.httpVersion = .http1Only
        http.dnsOverride = configuration.addresses
        if let file = configuration.authorities {
            do {
                var tls = TLSConfiguration.makeClientConfiguration()
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(file))
                http.tlsConfiguration = tls
            } catch {
                throw StorageError(.invalid, "the S3 server's authorities cannot be read from \(file): \(error)")
            }
        }
        self.http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: http)
    }

    func close() async { try? await http.shutdown() }

    /// Sends a request until it is answered with success, and returns with the answer's body unread.
    ///
    /// - Throws: `StorageError`; `CancellationError`.
    func open(_ request: Request) async throws -> HTTPClientResponse {
        let deadline = NIODeadline.now() + TimeAmount(request.deadline ?? configuration.deadline)
        var mayHaveArrived = false
        for attempt in 0... {
            let failure: S3Failure
            do {
                let response = try await http.execute(signed(request), deadline: deadline)
                if (200..<300).contains(response.status.code) { return response }
                failure = S3Failure(Int(response.status.code), try? await answer(response))
            } catch {
                failure = try S3Failure(error, isRead: request.isRead, mayHaveArrived: &mayHaveArrived)
            }
            let pause = pause(attempt)
            guard failure.isPassing, attempt < configuration.retries, .now() + TimeAmount(pause) < deadline else {
                throw failure.error
            }
            try await Task.sleep(for: pause)
        }
        throw StorageError(.unavailable, "the S3 server did not answer")
    }

    /// Sends a request whose answer has no body that matters.
    func send(_ request: Request) async throws -> HTTPClientResponse {
        let response = try await open(request)
        _ = try await body(response)
        return response
    }

    /// Sends a request that is answered in XML. Where S3 begins an answer with 200 before it knows how things end, the
    /// error in it is thrown.
    func ask(_ request: Request) async throws -> S3Answer {
        let answer = try await answer(try await open(request))
        if answer.name == "Error" { throw S3Failure(500, answer).error }
        return answer
    }

    private func answer(_ response: HTTPClientResponse) async throws -> S3Answer {
        try S3Answer(parsing: try await body(response))
    }

    private func body(_ response: HTTPClientResponse) async throws -> ByteBuffer {
        do {
            return try await response.body.collect(upTo: Self.answerLimit)
        } catch is NIOTooManyBytesError {
            throw StorageError(.unavailable, "the S3 server's answer has more than \(Self.answerLimit) bytes")
        } catch {
            var mayHaveArrived = true
            throw try S3Failure(error, isRead: true, mayHaveArrived: &mayHaveArrived).error
        }
    }

    private func signed(_ request: Request) -> HTTPClientRequest {
        let path = configuration.path(request.name.isEmpty ? "" : configuration.prefix + request.name)
        let payload = ContentChecksum(of: request.body).description
        var form = S3Signature.Request(
            method: request.method, path: path, query: request.query,
            headers: request.headers.merging(
                ["host": configuration.authority, "x-amz-content-sha256": payload]) { $1 })
        form.headers.merge(signature.headers(for: form, payload: payload, at: .now)) { $1 }

        let query = form.encodedQuery
        var result = HTTPClientRequest(url: configuration.origin + path + (query.isEmpty ? "" : "?\(query)"))
        result.method = .init(rawValue: request.method)
        for (name, value) in form.headers { result.headers.add(name: name, value: value) }
        if !request.isRead { result.body = .bytes(request.body) }
        return result
    }

    /// Exponential back-off with full jitter ("Exponential Backoff And Jitter", AWS Architecture Blog).
    private func pause(_ attempt: Int) -> Duration {
        configuration.firstPause * Double(1 << min(attempt, 6)) * Double.random(in: 0.5...1)
    }
}
