import AIBoxAPI
import NIOCore
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1)))
struct PictureIntakeTests {
    private static let persons = "/human-analysis/person-detection"
    private static let jsonType = ("Content-Type", "application/json")

    @Test(arguments: [
        (nil, 9, 3, 27_000), (1000, 9, 3, 1), (20_000, 9, 3, 11_000), (60_000, 9, 3, 27_000), (nil, 100, 31, 1),
    ])
    func slowBodySpendsTheDeadlineAndNotTheTimeout(deadlineMS: Int?, head: Int, body: Int, left: Int) {
        let time = AnalysisRoutes.millisecondsLeft(
            timeout: .seconds(30), sinceBody: .seconds(body), deadlineMS: deadlineMS, sinceHead: .seconds(head))
        #expect(time == left)
    }

    @Test(arguments: [
        "/9j/\\n4AEC\\r\\nAwQ=", " /9j/4AECAwQ=\\n", "/9j/4AEC\\tAwQ=",
    ])
    func base64MayHaveLineBreaks(base64: String) async throws {
        try await withGateway { box in
            let answer = try await box.call(
                .POST, "\(Self.persons)?save_image=true", token: try await box.token(.operator),
                headers: [Self.jsonType], body: ByteBuffer(string: #"{"image":"\#(base64)"}"#))
            #expect(answer.status == 200, "\(String(buffer: answer.body))")
            let id = try #require(try answer.decode(AnalysisAnswer.self).id)
            #expect(try await box.data.picture(ofInference: id) == RunningGateway.picture)
        }
    }

    @Test(arguments: [
        ("data:image/png;base64,/9j/4AECAwQ=", "begins with “data:image/png;base64,”"), ("/9j/4*ECAwQ=", "base64"),
        ("DATA:,x", "begins with “DATA:,”"), ("/9j/4AECAwQ", "base64"),
    ])
    func otherBase64IsRefusedWithTheReason(base64: String, reason: String) async throws {
        try await withGateway { box in
            let answer = try await box.call(
                .POST, Self.persons, token: try await box.token(.operator), headers: [Self.jsonType],
                body: ByteBuffer(string: #"{"image":"\#(base64)"}"#))
            #expect(answer.status == 422)
            #expect(try answer.decode(Problem.self).detail?.contains(reason) == true)
        }
    }

    @Test(arguments: ["5", "true", "{}", "[1]", #"["a"]"#])
    func pictureThatIsNoStringIsRefusedWithTheReason(value: String) async throws {
        try await withGateway { box in
            let answer = try await box.call(
                .POST, Self.persons, token: try await box.token(.operator), headers: [Self.jsonType],
                body: ByteBuffer(string: #"{"image":\#(value)}"#))
            #expect(answer.status == 422)
            let errors = try answer.decode(Problem.self).errors
            #expect(errors?.map(\.message) == ["must be a string with the picture in base64"])
        }
    }

    @Test func pictureThatIsTooLargeIsToldWhatToDo() async throws {
        try await withGateway { box in
            let answer = try await box.call(
                .POST, Self.persons, token: try await box.token(.operator),
                body: ByteBuffer(repeating: 1, count: 200_001))
            #expect(
                try answer.decode(Problem.self).detail
                    == "The body may have at most 200000 bytes (0.2 MB) here; "
                    + "send a smaller picture or raise the setting max_body_bytes.")
        }
    }

    @Test(arguments: [
        ([0xFF, 0xD8, 0xFF, 0xE0], "image/jpeg"),
        ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0], "image/png"),
        (Array("GIF89a".utf8), "image/gif"),
        (Array("BM....".utf8), "image/bmp"),
        (Array("RIFF....WEBPVP8 ".utf8), "image/webp"),
        (Array("RIFF....WAVE".utf8), nil),
        (Array("<html>".utf8), nil),
        ([0xFF], nil),
    ])
    func theMediaTypeIsThatOfTheContent(_ bytes: [UInt8], _ mediaType: String?) {
        #expect(PictureFormat(ByteBuffer(bytes: bytes))?.mediaType == mediaType)
    }
}
