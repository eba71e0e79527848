import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix

/// Gets a file of known size and checksum from one address, in as many attempts as it takes within bounds.
struct Download: Sendable {
    let url: String
    /// Exact size: another announced length is refused, and not a byte more is taken.
    let bytes: Int
    let client: HTTPClient
    let configuration: ModelPull.Configuration
    /// Progress worth starting the count of attempts anew.
    private static let newBytes = 64 * 1024

    init(_ url: String, bytes: Int, _ client: HTTPClient, _ configuration: ModelPull.Configuration) {
        self.url = url
        self.bytes = bytes
        self.client = client
        self.configuration = configuration
    }

    /// Fills `part` to `bytes` bytes, of unverified content.
    /// - Throws: `SourceFailure.permanent`, `ModelCatalogError`, `CancellationError`.
    func run(into part: inout PartialFile, _ meter: inout ProgressMeter) async throws {
        let deadline = ContinuousClock.now + configuration.sourceTimeout
        var validator: String?
        var failed = 0
        while part.bytes < bytes {
            let before = part.bytes
            do {
                try await attempt(into: &part, &validator, &meter, deadline)
            } catch let failure as SourceFailure {
                failed = part.bytes - before >= Self.newBytes ? 1 : failed + 1
                try await wait(after: failure, failed, deadline)
            }
        }
    }

    /// One request, for what is still missing.
    private func attempt(
        into part: inout PartialFile, _ validator: inout String?, _ meter: inout ProgressMeter,
        _ deadline: ContinuousClock.Instant
    ) async throws {
        do {
            let left = TimeAmount(deadline - .now)
            let response = try await client.execute(request(from: part.bytes, validator), timeout: left)
            try await accept(response, &part)
            validator = Self.strongValidator(response)
            for try await piece in response.body {
                try await requireRoom(for: piece, in: &part)
                try await part.append(piece)
                meter.advance(to: part.bytes)
                guard ContinuousClock.now < deadline else { throw SourceFailure.permanent("took too long") }
            }
            if part.bytes < bytes { throw SourceFailure.transient("broke off after \(part.bytes) of \(bytes) bytes") }
        } catch let error where !(error is SourceFailure || error is ModelCatalogError) {
            try Task.checkCancellation()
            throw Self.failure(error)
        }
    }

    private func request(from offset: Int, _ validator: String?) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "User-Agent", value: "aibox")
        guard offset > 0 else { return request }
        request.headers.add(name: "Range", value: "bytes=\(offset)-")
        if let validator { request.headers.add(name: "If-Range", value: validator) }
        return request
    }

    /// Reads the head of an answer; the body follows at `part.bytes`.
    private func accept(_ response: HTTPClientResponse, _ part: inout PartialFile) async throws {
        switch response.status {
        case .ok:
            try await part.clear()
        case .partialContent:
            try requireRange(response, from: part.bytes)
        case .rangeNotSatisfiable:
            try await part.clear()
            throw SourceFailure.transient("could not go on where the last attempt stopped")
        case .requestTimeout, .tooManyRequests, .internalServerError, .badGateway, .serviceUnavailable, .gatewayTimeout:
            let seconds = response.headers.first(name: "Retry-After").flatMap(Int64.init)
            throw SourceFailure.transient(
                "answered \(response.status.code)", retryAfter: seconds.map { .seconds(max(0, min($0, 3600))) })
        default:
            throw SourceFailure.permanent("answered \(response.status.code) \(response.status.reasonPhrase)")
        }
        let announced = response.headers.first(name: "Content-Length").flatMap(Int.init)
        guard announced == nil || announced == bytes - part.bytes else {
            throw SourceFailure.permanent("announced \(announced ?? 0) bytes, not \(bytes - part.bytes)")
        }
    }

    private func requireRange(_ response: HTTPClientResponse, from offset: Int) throws {
        let range = response.headers.first(name: "Content-Range") ?? "nothing"
        guard range == "bytes \(offset)-\(bytes - 1)/\(bytes)" || range == "bytes \(offset)-\(bytes - 1)/*" else {
            throw SourceFailure.permanent("gave the range \(range), not \(offset)-\(bytes - 1)/\(bytes)")
        }
    }

    /// Cuts off a server that sends more than the file has; what it sent so far is no beginning of the file.
    private func requireRoom(for piece: ByteBuffer, in part: inout PartialFile) async throws {
        guard part.bytes + piece.readableBytes > bytes else { return }
        try await part.clear()
        throw SourceFailure.permanent("sent more than \(bytes) bytes")
    }

    /// What `If-Range` may carry: weak tags do not promise the same bytes.
    private static func strongValidator(_ response: HTTPClientResponse) -> String? {
        response.headers.first(name: "ETag").flatMap { $0.hasPrefix("W/") ? nil : $0 }
            ?? response.headers.first(name: "Last-Modified")
    }

    private static func failure(_ error: any Error) -> SourceFailure {
        if let error = error as? NIOConnectionError {
            let isUnknown = error.connectionErrors.isEmpty && error.dnsAError != nil
            return .transient(isUnknown ? "has a host name nobody knows" : "could not be connected to")
        }
        if let error = error as? IOError {
            let isRefused = error.errnoCode == ECONNREFUSED
            return .transient(isRefused ? "could not be connected to" : String(cString: strerror(error.errnoCode)))
        }
        return switch error as? HTTPClientError {
        case .redirectLimitReached?, .redirectCycleDetected?: .permanent("sends from address to address without end")
        case .invalidURL?, .emptyHost?, .emptyScheme?: .permanent("is no usable address")
        case .readTimeout?: .transient("sent nothing for too long")
        case .connectTimeout?: .transient("could not be connected to in time")
        default: .transient("\(error)")
        }
    }

    private func wait(after failure: SourceFailure, _ failed: Int, _ deadline: ContinuousClock.Instant) async throws {
        guard case .transient(let reason, let retryAfter) = failure else { throw failure }
        guard failed < configuration.attempts else {
            throw SourceFailure.permanent(failed == 1 ? reason : "\(reason) (\(failed) attempts)")
        }
        let doubled = configuration.firstWait * (1 << min(failed - 1, 16))
        let pause = max(min(doubled, configuration.longestWait) * Double.random(in: 0.5...1), retryAfter ?? .zero)
        guard ContinuousClock.now + pause < deadline, pause <= max(configuration.longestWait, .seconds(60)) else {
            throw SourceFailure.permanent("\(reason); to be asked again in \(pause)")
        }
        try await Task.sleep(for: pause)
    }
}
