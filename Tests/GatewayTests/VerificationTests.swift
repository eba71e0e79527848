import AIBoxAPI
import AIBoxClient
import Foundation
import NIOCore
import ServiceClients
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1)))
struct VerificationTests {
    private static let path = "/human-analysis/face-verification"
    private static let first = ByteBuffer(bytes: [0xFF, 0xD8, 0xFF, 0xE0, 1, 0x0D, 0x0A])
    private static let second = ByteBuffer(bytes: [0xFF, 0xD8, 0xFF, 0xE0, 2])

    private struct Seen: Sendable {
        var first: ByteBuffer
        var second: ByteBuffer
        var request: VerificationRequest
    }

    private static func json(_ members: [String: String]) throws -> ByteBuffer { try Body.json(members) }

    private static func base64(_ picture: ByteBuffer) -> String {
        Data(picture.readableBytesView).base64EncodedString()
    }

    @Test func bothFormsAndTheClientSendTheTwoPicturesInOrder() async throws {
        let seen = Shared<[Seen]>([])
        let models = GivenModels(verification: { first, second, request in
            seen.update { $0.append(Seen(first: first, second: second, request: request)) }
            return .example(request.requestID)
        })
        try await withGateway(models: models) { box in
            let client = try await box.client()
            let token = await client.accessToken
            let live = ByteBuffer(string: "true")
            // The order of the parts says nothing.
            let form = Body.form([
                (#"name="image2"; filename="b""#, Self.second), (#"name="require_live""#, live),
                (#"name="image1"; filename="a""#, Self.first),
            ])
            let json = try Self.json([
                "image1": Self.base64(Self.first), "image2": Self.base64(Self.second), "require_live": "true",
            ])
            for (type, body) in [(Body.form, form), (Body.json, json)] {
                let answer = try await box.call(.POST, Self.path, token: token, headers: [type], body: body)
                #expect(answer.status == 200, "\(String(buffer: answer.body))")
                let verdict = try answer.decode(VerificationAnswer.self)
                #expect(verdict.same && verdict.cosine == 0.6 && verdict.falseAcceptRate == 1e-4)
                #expect(verdict.requestID == answer.headers.first(name: "x-request-id"))
                #expect(verdict.processingTimeMS > 0)
            }
            #expect(try await client.verify(Self.first, with: Self.second, requireLive: true).same)
            #expect(seen.value.count == 3)
            for call in seen.value {
                #expect(call.first == Self.first && call.second == Self.second && call.request.requireLive)
                #expect(call.request.deadlineMS.map { $0 > 0 } == true)
            }
            #expect(try await client.detections().items.isEmpty, "nothing is stored of a verification")
        }
    }

    @Test(arguments: [
        (["image1"], "", ["image2"]), ([], "", ["image1", "image2"]), (["image1", "image2", "image"], "", ["image"]),
        (["image1", "image2"], "?threshold=0.1", ["threshold"]), (["image1", "image1", "image2"], "", ["image1"]),
        (["image1", "image2"], "?require_live=perhaps", ["require_live"]),
    ])
    func whatIsMissingOrTooMuchIsNamed(parts: [String], query: String, fields: [String]) async throws {
        try await withGateway { box in
            let token = try await box.token(.operator)
            let form = Body.form(parts.map { (#"name="\#($0)""#, Self.first) } + [])
            let body = parts.isEmpty ? Body.form([(#"name="require_live""#, ByteBuffer(string: "true"))]) : form
            let answer = try await box.call(
                .POST, Self.path + query, token: token, headers: [Body.form], body: body)
            #expect(answer.status == 422, "\(String(buffer: answer.body))")
            #expect(try answer.decode(Problem.self).errors?.map(\.field) == fields)
        }
    }

    @Test func longPictureOfAWrongNameIsToldTheName() async throws {
        try await withGateway { box in
            let long = ByteBuffer(repeating: 0xFF, count: 5000)
            let body = Body.form([
                (#"name="image1""#, Self.first), (#"name="image2""#, Self.second), (#"name="image""#, long),
            ])
            let answer = try await box.call(
                .POST, Self.path, token: try await box.token(.operator), headers: [Body.form], body: body)
            let errors = try answer.decode(Problem.self).errors
            #expect(errors?.map(\.field) == ["image"])
            #expect(errors?.first?.message.hasPrefix("is not an option here") == true)
        }
    }

    @Test func onePictureAsTheBodyIsRefusedWithTheWayOut() async throws {
        try await withGateway { box in
            let answer = try await box.call(
                .POST, Self.path, token: try await box.token(.operator), headers: [("Content-Type", "image/jpeg")],
                body: Self.first)
            #expect(answer.status == 415)
            #expect(try answer.decode(Problem.self).detail?.contains("image1 and image2") == true)
        }
    }

    @Test func pictureWithoutAFaceIsNamed() async throws {
        let models = GivenModels(verification: { _, _, _ in
            var problem = Problem.invalid("image2", "shows no face")
            problem.type = "/problems/no-face"
            throw problem
        })
        try await withGateway(models: models) { box in
            let client = try await box.client()
            let problem = await #expect(throws: Problem.self) {
                try await client.verify(Self.first, with: Self.second)
            }
            #expect(problem?.status == 422 && problem?.type == "/problems/no-face")
            #expect(problem?.errors?.map(\.field) == ["image2"])
        }
    }
}
