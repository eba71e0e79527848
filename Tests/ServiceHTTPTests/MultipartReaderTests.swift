import AIBoxAPI
import NIOCore
import ServiceClients
import Testing

@testable import ServiceHTTP

@Suite struct MultipartReaderTests {
    private static let type = "multipart/form-data; boundary=XX"

    /// The body in pieces of these lengths, the rest in one.
    private static func reader(_ body: String, _ lengths: [Int], _ type: String = type) throws -> MultipartReader {
        var (rest, pieces) = (ByteBuffer(string: body), [ByteBuffer]())
        for length in lengths { if let piece = rest.readSlice(length: length) { pieces.append(piece) } }
        pieces.append(rest)
        let (stream, source) = AsyncStream.makeStream(of: ByteBuffer.self)
        for piece in pieces { source.yield(piece) }
        source.finish()
        return try MultipartReader(ByteStream(stream), contentType: type)
    }

    private static func parts(_ reader: MultipartReader) async throws -> [String] {
        var parts: [String] = []
        while let part = try await reader.nextPart() {
            parts.append("\(part.name)=\(String(buffer: try await reader.content(limit: 10_000)))")
        }
        return parts
    }

    private static let example = """
        preamble\r\n--XX  \r\nContent-Disposition: form-data; name="a"\r\n\r\none\r\n\
        --XX\r\nContent-Type: text/plain\r\ncontent-disposition: form-data; name=b; filename="x.txt"\r\n\r\n\
        \r\n--X\r\n-\r\n--Xtwo\r\n--XX\r\nContent-Disposition: form-data; name="c"\r\n\r\n--XX--epilogue
        """

    /// However the network cuts it, it is the form that it is in one piece.
    @Test func everyCutGivesTheSameParts() async throws {
        let expected = try MultipartForm(ByteBuffer(string: Self.example), contentType: Self.type).parts
            .map { "\($0.name)=\(String(buffer: $0.content))" }
        #expect(expected == ["a=one", "b=\r\n--X\r\n-\r\n--Xtwo", "c="])
        for first in 0...Self.example.utf8.count {
            #expect(try await Self.parts(Self.reader(Self.example, [first])) == expected, "cut at \(first)")
        }
        let bytes = Array(repeating: 1, count: Self.example.utf8.count)
        #expect(try await Self.parts(Self.reader(Self.example, bytes)) == expected, "byte by byte")
    }

    @Test func everyTruncationIsRefused() async throws {
        let end = try #require(Self.example.firstRange(of: "--epilogue")?.lowerBound)
        let whole = String(Self.example[..<end])
        for length in 0...whole.utf8.count {
            let body = String(decoding: whole.utf8.prefix(length), as: UTF8.self)
            await #expect(throws: Problem.self, "\(length) bytes") { try await Self.parts(Self.reader(body, [])) }
        }
    }

    @Test func namesComeWithTheParts() async throws {
        let reader = try Self.reader(Self.example, [])
        #expect(try await reader.nextPart() == .init(name: "a", fileName: nil))
        #expect(try await reader.nextPart() == .init(name: "b", fileName: "x.txt"), "what is not read is skipped")
        #expect(try await reader.next() != nil)
        #expect(try await reader.nextPart() == .init(name: "c", fileName: nil))
        #expect(try await reader.next() == nil)
        #expect(try await reader.nextPart() == nil)
    }

    @Test(arguments: [
        ("multipart/form-data", 400), ("multipart/form-data; boundary=", 400),
        ("multipart/form-data; boundary=\(String(repeating: "x", count: 71))", 400),
    ])
    func aBoundaryThatIsNoneIsRefused(_ type: String, _ status: Int) {
        let problem = #expect(throws: Problem.self) { try Self.reader(Self.example, [], type) }
        #expect(problem?.status == status)
    }

    @Test(arguments: [
        ("no boundary at all", 400), (String(repeating: "x", count: 9000) + "\r\n--XX--", 400),
        ("--XXContent-Disposition: form-data; name=a\r\n\r\n\r\n--XX--", 400),
        ("--XX\r\nContent-Disposition: form-data\r\n\r\n\r\n--XX--", 400),
        ("--XX\r\nContent-Disposition: attachment; name=a\r\n\r\n\r\n--XX--", 400),
        ("--XX\r\nno colon\r\n\r\n\r\n--XX--", 400),
        ("--XX\r\nA: \(String(repeating: "x", count: 9000))\r\n\r\n\r\n--XX--", 400),
        (
            "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n\(String(repeating: "x", count: 10_001))\r\n--XX--",
            413
        ),
        (String(repeating: "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n", count: 65) + "--XX--", 413),
    ])
    func aFormThatIsNoneIsRefused(_ body: String, _ status: Int) async throws {
        let problem = await #expect(throws: Problem.self) { try await Self.parts(Self.reader(body, [3, 50])) }
        #expect(problem?.status == status)
    }
}
