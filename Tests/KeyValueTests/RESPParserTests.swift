import NIOCore
import Testing

@testable import KeyValue

@Suite struct RESPParserTests {
    private static let replies: [(String, RESPValue)] = [
        ("+OK\r\n", .simple("OK")),
        ("+\r\n", .simple("")),
        ("-ERR no\r\n", .error("ERR no")),
        (":-42\r\n", .integer(-42)),
        ("$0\r\n\r\n", .bulk([])),
        ("$4\r\n\r\na\n\r\n", .bulk([13, 10, 97, 10])),
        ("$-1\r\n", .null),
        ("*-1\r\n", .null),
        ("*0\r\n", .array([])),
        ("*2\r\n$1\r\na\r\n:1\r\n", .array([.bulk([97]), .integer(1)])),
        (
            "*3\r\n*0\r\n*2\r\n*1\r\n$-1\r\n-E\r\n+x\r\n",
            .array([.array([]), .array([.array([.null]), .error("E")]), .simple("x")])
        ),
    ]

    @Test func everyKindOfReplyIsRead() throws {
        for (text, value) in Self.replies { #expect(try Self.parse([text]) == [value], "\(text)") }
    }

    @Test func repliesMayBeSplitAtEveryByte() throws {
        let text = Self.replies.map(\.0).joined()
        let values = Self.replies.map(\.1)
        let bytes = Array(text.utf8)
        for split in 0...bytes.count {
            #expect(try Self.parse([Array(bytes[..<split]), Array(bytes[split...])]) == values)
        }
        #expect(try Self.parse(bytes.map { [$0] }) == values)
    }

    @Test func whatIsNotCompleteIsAwaited() throws {
        for (text, _) in Self.replies {
            let bytes = Array(text.utf8)
            for length in 0..<bytes.count { #expect(try Self.parse([Array(bytes[..<length])]) == []) }
        }
    }

    @Test func whatIsMalformedOrTooLargeIsRefused() {
        let limits = RESPParser.Limits(depth: 3, line: 50, bulk: 100, reply: 300, elements: 1000)
        let texts = [
            "x\r\n", "\r\n", "+ok\n", ":\r\n", ":1x\r\n", ":99999999999999999999\r\n", "$-2\r\n", "*-2\r\n",
            "$x\r\n", "$1\r\nab\r\n", "$101\r\n", "*1001\r\n", "$9223372036854775807\r\n", "%1\r\n", "_\r\n",
            "*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n",
        ]
        for text in texts {
            let error = #expect(throws: KeyValueError.self, "\(text)") { try Self.parse([text], limits: limits) }
            #expect(error?.code == .protocolViolation)
        }
    }

    @Test func aLineWithoutEndIsRefused() {
        let limits = RESPParser.Limits(line: 50)
        #expect(throws: KeyValueError.self) {
            try Self.parse([String(repeating: "+", count: 200)], limits: limits)
        }
    }

    @Test func aReplyIsBoundedAsAWholeAndTheNextOneAnew() throws {
        let limits = RESPParser.Limits(reply: 250)
        let bulk = "$100\r\n\(String(repeating: "a", count: 100))\r\n"
        #expect(try Self.parse(["*2\r\n" + bulk + bulk, bulk, bulk], limits: limits).count == 3)
        #expect(throws: KeyValueError.self) { try Self.parse(["*3\r\n" + bulk + bulk + bulk], limits: limits) }
    }

    @Test func randomRepliesComeBackHoweverTheyAreSplit() throws {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<500 {
            let values = (0..<Int.random(in: 1...4, using: &random)).map { _ in Self.randomValue(3, &random) }
            var rest = values.flatMap(Self.encoded)[...]
            var pieces: [[UInt8]] = []
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 1...20, using: &random))
                pieces.append(Array(piece))
                rest = rest.dropFirst(piece.count)
            }
            #expect(try Self.parse(pieces) == values)
        }
    }

    @Test func garbageEndsInARefusalOrInWaiting() {
        var random = SeededGenerator(seed: 11)
        let alphabet = Array("+-:$*0123456789\r\n\r\n\r\nab".utf8)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 1...60, using: &random)).map { _ in
                Bool.random(using: &random)
                    ? alphabet.randomElement(using: &random) ?? 0 : UInt8.random(in: 0...255, using: &random)
            }
            do {
                _ = try Self.parse([bytes])
            } catch {
                #expect((error as? KeyValueError)?.code == .protocolViolation)
            }
        }
    }

    @Test func aCommandIsAnArrayOfStrings() {
        let command = RESPCommand("SET", "k", .bytes([13, 10]), .number(5))
        #expect(String(buffer: command.bytes) == "*4\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\n\r\n\r\n$1\r\n5\r\n")
    }

    @Test func errorsKeepArgumentsToThemselves() {
        let error = KeyValueError(reply: "ERR unknown command 'X', with args beginning with: 'hunter2'")
        #expect(!error.description.contains("hunter2"))
        #expect(KeyValueError(reply: "WRONGPASS invalid username-password pair").code == .denied)
        #expect(KeyValueError(reply: "LOADING Redis is loading").code == .unavailable)
        #expect(KeyValueError(reply: "ERR max number of clients reached").code == .unavailable)
    }

    private static func parse(_ pieces: [String], limits: RESPParser.Limits = .init()) throws -> [RESPValue] {
        try parse(pieces.map { Array($0.utf8) }, limits: limits)
    }

    private static func parse(_ pieces: [[UInt8]], limits: RESPParser.Limits = .init()) throws -> [RESPValue] {
        var parser = RESPParser(limits: limits)
        var values: [RESPValue] = []
        for piece in pieces {
            var buffer = ByteBuffer(bytes: piece)
            parser.append(&buffer)
            while let value = try parser.next() { values.append(value) }
        }
        return values
    }

    private static func randomValue(_ depth: Int, _ random: inout SeededGenerator) -> RESPValue {
        switch Int.random(in: 0...(depth > 0 ? 6 : 4), using: &random) {
        case 0: return .simple("text")
        case 1: return .error("ERR")
        case 2: return .integer(Int.random(in: .min ... .max, using: &random))
        case 3: return .null
        case 4:
            return .bulk(
                (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) })
        default:
            return .array((0..<Int.random(in: 0...4, using: &random)).map { _ in randomValue(depth - 1, &random) })
        }
    }

    private static func encoded(_ value: RESPValue) -> [UInt8] {
        switch value {
        case .simple(let text): Array("+\(text)\r\n".utf8)
        case .error(let text): Array("-\(text)\r\n".utf8)
        case .integer(let number): Array(":\(number)\r\n".utf8)
        case .bulk(let bytes): Array("$\(bytes.count)\r\n".utf8) + bytes + [13, 10]
        case .null: Array("$-1\r\n".utf8)
        case .array(let elements): Array("*\(elements.count)\r\n".utf8) + elements.flatMap(encoded)
        }
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
