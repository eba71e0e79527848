import AIBoxAPI
import Foundation
import NIOCore
import ServiceClients
import TestSupport
import Testing

@testable import ModelServer

@Suite(.enabled(if: TestPlaces.arePresent, Comment(rawValue: TestPlaces.absence)), .timeLimit(.minutes(5)))
struct RefusalTests {
    private static let bus = "coco-dev/extra/bus.jpg"

    @Test func aTextFileIsAnUnsupportedMediaType() async throws {
        let problem = await refusal(of: Array("This is no picture.\n".utf8))
        #expect(problem?.status == 415)
        #expect(problem?.detail?.contains("JPEG") == true, "says what is supported: \(problem?.detail ?? "")")
    }

    @Test(arguments: [0.02, 0.3, 0.9])
    func aTruncatedPictureIsInvalidAndTheFieldIsNamed(part: Double) async throws {
        let bytes = try TestPlaces.bytes(Self.bus)
        let problem = await refusal(of: Array(bytes.prefix(Int(Double(bytes.count) * part))))
        #expect(problem?.status == 422)
        #expect(problem?.errors?.map(\.field) == ["image"])
    }

    @Test func anEmptyFileIsInvalid() async throws {
        let problem = await refusal(of: [])
        #expect(problem?.status == 422)
        #expect(problem?.errors?.map(\.field) == ["image"])
    }

    @Test func aHeaderThatClaimsTooManyPixelsIsTooLarge() async throws {
        let file = TestJPEG.claiming(width: 60_000, height: 60_000, in: try TestPlaces.bytes(Self.bus))
        let problem = await refusal(of: file)
        #expect(problem?.status == 413)
        #expect(problem?.detail?.contains("60000") == true, "says how large it is: \(problem?.detail ?? "")")
    }

    @Test func aDeadlineThatIsOverIsNotMet() async throws {
        let bytes = try TestPlaces.bytes(Self.bus)
        let problem = await refusal(of: bytes, .of([.persons]) { $0.deadlineMS = 0 })
        #expect(problem?.status == 503)
        #expect(problem?.type == "/problems/deadline")
        #expect((problem?.retryAfter ?? 0) >= 1)
    }

    @Test func aCancelledAnalysisEndsAndTheServerGoesOn() async throws {
        let server = try await TestServer.complete()
        let picture = ByteBuffer(bytes: try TestPlaces.bytes(Self.bus))
        let cancelled = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            _ = try await server.analyze(picture, .of([.persons]))
        }
        let problem = await #expect(throws: Problem.self) { try await cancelled.value }
        #expect(problem?.status == 499)

        let crowd = (0..<20).map { _ in Task { try await server.analyze(picture, .of([.persons])) } }
        for task in crowd.dropFirst() { task.cancel() }
        for task in crowd { _ = await task.result }
        #expect(try await server.analyze(picture, .of([.persons])).result.persons?.isEmpty == false)
    }

    private func refusal(of bytes: [UInt8], _ request: AnalysisRequest = .of([.persons])) async -> Problem? {
        await #expect(throws: Problem.self) {
            try await TestServer.complete().analyze(ByteBuffer(bytes: bytes), request)
        }
    }
}
