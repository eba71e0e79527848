import AIBoxAPI
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import ServiceHTTP
import Testing

@testable import DataManager

@Suite struct InternalRoutesTests {
    @Test(arguments: [
        (nil, "{}", 400), ("x", "{}", 400), ("0", "{}", 400), ("-1", "{}", 400), ("3", "{}", 400),
        ("9223372036854775807", "{}", 400), ("2", "{}", 422), ("2", "[[picture", 400),
    ])
    func aBodyThatIsNoInferenceIsRefused(_ length: String?, _ body: String, _ status: Int) async throws {
        try await withRoutes { client in
            let headers: HTTPFields = length.map { [.headLength: $0] } ?? [:]
            let answer = try await client.execute(
                uri: "/internal/inferences", method: .post, headers: headers, body: ByteBuffer(string: body))
            #expect(answer.status.code == status)
            #expect(answer.headers[.contentType] == "application/problem+json")
        }
    }

    @Test(arguments: [
        "/internal/detections/1", "/internal/inferences/x", "/internal/users/%00",
        "/internal/inferences/01a212c4-f87f-71e6-b88e-261057899062/picture", "/internal/sessions/..",
    ])
    func whatIsNoIdentifierOfARowIsNotFound(_ path: String) async throws {
        try await withRoutes { client in
            let answer = try await client.execute(uri: path, method: .get)
            #expect(answer.status == .notFound)
        }
    }

    @Test(arguments: ["", "?query=", "?query=%7B", "?query=%7B%22limit%22%3A%22x%22%7D"])
    func aQueryThatIsNoneIsRefused(_ query: String) async throws {
        try await withRoutes { client in
            let answer = try await client.execute(uri: "/internal/detections" + query, method: .get)
            #expect((400..<500).contains(answer.status.code))
        }
    }

    @Test func aPictureIsServedAsTheBytesThatItIs() async throws {
        try await withDataManager { manager, _ in
            let record = InferenceRecord.example()
            try await manager.store(record, picture: ByteBuffer(bytes: [0xFF, 0xD8, 0xFF, 0xE0]))
            try await withRoutes(manager) { client in
                let answer = try await client.execute(uri: "/internal/inferences/\(record.id)/picture", method: .get)
                #expect(answer.headers[.contentType] == "application/octet-stream" && answer.body.readableBytes == 4)
            }
        }
    }

    @Test(arguments: [(40, 413), (1000, 422)])
    func theLargestFrameIsASetting(_ maximum: Int, _ status: Int) async throws {
        try await withDataManager { manager, _ in
            try await withRoutes(manager, maximumBody: maximum) { client in
                let answer = try await client.execute(
                    uri: "/internal/inferences", method: .post, headers: [.headLength: "2"],
                    body: ByteBuffer(string: "{}" + String(repeating: "x", count: 100)))
                #expect(answer.status.code == status)
            }
        }
    }

    private func withRoutes(_ body: @Sendable @escaping (any TestClientProtocol) async throws -> Void) async throws {
        try await withDataManager { manager, _ in try await withRoutes(manager, body) }
    }

    private func withRoutes(
        _ manager: DataManager, maximumBody: Int = 1 << 20,
        _ body: @Sendable @escaping (any TestClientProtocol) async throws -> Void
    ) async throws {
        let router = makeServiceRouter(context: ServiceContext.self)
        InternalRoutes(manager: manager, maximumBody: maximumBody).add(to: router)
        try await Application(router: router, logger: .silent).test(.router, body)
    }
}

extension HTTPField.Name {
    fileprivate static let headLength = HTTPField.Name("X-AIBox-Head-Length") ?? .contentLength
}
