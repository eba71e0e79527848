import NIOCore
import Testing

@testable import AIBoxClient

@Suite struct EventStreamParserTests {
    /// Examples of the standard, and what ours are like. A message is `name|data|id`.
    @Test(arguments: [
        ("data: a\n\n", ["|a|"]), ("data: a\ndata: b\n\n", ["|a\nb|"]), ("data:a\r\n\r\n", ["|a|"]),
        ("data: a\r\r", ["|a|"]), (": comment\n\n", []), ("id: 7\n\ndata: a\n\n", ["|a|7"]),
        ("event: x\nid: 1\ndata: {}\n\nevent: y\ndata\n\n", ["x|{}|1", "y||1"]),
        ("data:  two\n\n", ["| two|"]), ("data: unfinished\n", []), ("event: x\n\ndata: a\n\n", ["|a|"]),
        ("id: 1\0\ndata: a\n\n", ["|a|"]), ("other: a\ndata: b\n\n", ["|b|"]),
    ])
    func streamIsReadAsTheStandardSaysHoweverItIsCut(text: String, expected: [String]) throws {
        for size in [1, 2, 3, 1000] {
            var (parser, found): (EventStreamParser, [String]) = (EventStreamParser(), [])
            var bytes = ByteBuffer(string: text)
            while let piece = bytes.readSlice(length: min(size, bytes.readableBytes)), piece.readableBytes > 0 {
                found += try parser.messages(in: piece).map { "\($0.name)|\($0.data)|\($0.id)" }
            }
            #expect(found == expected, "cut after \(size)")
        }
    }

    @Test func timeToWaitIsTakenFromTheStream() throws {
        var parser = EventStreamParser()
        _ = try parser.messages(in: ByteBuffer(string: "retry: 250\n\nretry: soon\n\n"))
        #expect(parser.retryMS == 250)
    }

    @Test func endlessLineIsRefused() {
        var parser = EventStreamParser()
        #expect(throws: EventStreamParser.Failure.tooLong) {
            for _ in 0..<5 { _ = try parser.messages(in: ByteBuffer(repeating: 0x61, count: 1 << 20)) }
        }
    }
}
