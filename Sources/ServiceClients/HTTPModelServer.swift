import AIBoxAPI
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat

/// The model server over HTTP.
///
/// | call | request | answer |
/// |---|---|---|
/// | analyze | `POST /internal/analyze`, body: the picture, header `X-AIBox-Analysis`: base64 of the JSON of `AnalysisRequest` | header `X-AIBox-Head-Length: n`; body: n bytes JSON of `AnalysisResult`, then the annotated JPEG if there is one |
/// | enrol | `POST /internal/enrol`, body: the picture, header `X-AIBox-Analysis`: base64 of the JSON of `EnrolmentRequest` | JSON of `EnrolmentOutcome` |
/// | verify | `POST /internal/verify`, header `X-AIBox-Head-Length: n`, body: n bytes of one picture, then the other; header `X-AIBox-Analysis`: base64 of the JSON of `VerificationRequest` | JSON of `VerificationAnswer` |
/// | checkGallery | `GET /internal/gallery/check?limit=` | JSON of `GalleryReport` |
/// | models | `GET /internal/models` | JSON list of `ModelSummary` |
/// | health | `GET /health` | `ServiceHealth` |
public struct HTTPModelServer: ModelServing {
    private let http: InternalHTTP

    /// - Parameters:
    ///   - addresses: base URLs, at least one; they are used in turn.
    ///   - client: owned by the caller, who shuts it down.
    public init(addresses: [String], client: HTTPClient, credential: InternalCredential) {
        http = InternalHTTP(
            service: "model server", upstreams: Upstreams(addresses), client: client, credential: credential)
    }

    public func analyze(_ picture: ByteBuffer, _ request: AnalysisRequest) async throws -> AnalysisOutcome {
        var answer = try await http.send(call("/internal/analyze", picture, request, request.deadlineMS))
        guard let length = answer.headers.first(name: InternalHeader.headLength).flatMap({ Int($0) }),
            let head = answer.body.readSlice(length: max(0, length))
        else { throw Problem(502, "Bad Gateway", detail: "The model server's answer has no head.") }
        let result = try http.decode(AnalysisResult.self, from: head)
        return AnalysisOutcome(result: result, annotated: answer.body.readableBytes > 0 ? answer.body.slice() : nil)
    }

    public func enrol(_ picture: ByteBuffer, _ request: EnrolmentRequest) async throws -> EnrolmentOutcome {
        let answer = try await http.send(call("/internal/enrol", picture, request, request.deadlineMS))
        return try http.decode(EnrolmentOutcome.self, from: answer.body)
    }

    public func verify(
        _ picture: ByteBuffer, with other: ByteBuffer, _ request: VerificationRequest
    ) async throws -> VerificationAnswer {
        var pair = ByteBufferAllocator().buffer(capacity: picture.readableBytes + other.readableBytes)
        pair.writeImmutableBuffer(picture)
        pair.writeImmutableBuffer(other)
        var call = try call("/internal/verify", pair, request, request.deadlineMS)
        call.headers.add(name: InternalHeader.headLength, value: String(picture.readableBytes))
        return try http.decode(VerificationAnswer.self, from: try await http.send(call).body)
    }

    public func checkGallery(limit: Int) async throws -> GalleryReport {
        // Every face is compared with every other one.
        let call = InternalHTTP.Call(path: "/internal/gallery/check?limit=\(limit)", timeout: .seconds(600))
        return try http.decode(GalleryReport.self, from: try await http.send(call).body)
    }

    public func models() async throws -> [ModelSummary] {
        let answer = try await http.send(InternalHTTP.Call(path: "/internal/models"))
        return try http.decode([ModelSummary].self, from: answer.body)
    }

    public func health() async throws -> ServiceHealth {
        let answer = try await http.send(InternalHTTP.Call(path: "/health", timeout: .seconds(3)))
        return try http.decode(ServiceHealth.self, from: answer.body)
    }

    private func call(
        _ path: String, _ body: ByteBuffer, _ request: some Encodable, _ deadline: Int?
    ) throws -> InternalHTTP.Call {
        var call = InternalHTTP.Call(method: .POST, path: path, body: body)
        call.headers.add(name: InternalHeader.analysis, value: try JSONEncoder().encode(request).base64EncodedString())
        call.headers.add(name: "Content-Type", value: "application/octet-stream")
        // The server refuses what it cannot do in time; the margin is for its answer to say so.
        if let deadline { call.timeout = .milliseconds(deadline + 500) }
        return call
    }
}

/// Headers that only services use among themselves.
public enum InternalHeader {
    /// Base64 of the JSON of an `AnalysisRequest`, `EnrolmentRequest` or `VerificationRequest`; the body is pictures.
    public static let analysis = "X-AIBox-Analysis"
    /// Bytes of the first part of a body, JSON unless the call says otherwise; other bytes follow.
    public static let headLength = "X-AIBox-Head-Length"
    /// Which bytes of a content the body has, see `ContentPlace`.
    public static let contentPlace = "X-AIBox-Content-Place"
}
