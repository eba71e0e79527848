import NIOCore

/// Reads replies (RESP, version 2: https://redis.io/docs/latest/develop/reference/protocol-spec/) from bytes as they
/// arrive. Nothing is read twice: arrays that are not complete wait on a stack. Sizes announced by the server are
/// checked against limits and never reserved ahead.
struct RESPParser {
    struct Limits: Sendable {
        /// Arrays inside arrays.
        var depth = 8
        /// Bytes of one line, such as an error's text.
        var line = 64 << 10
        /// Bytes of one string.
        var bulk = 8 << 20
        /// Bytes and elements of one reply as a whole.
        var reply = 96 << 20
        var elements = 1 << 20
    }

    private struct OpenArray {
        var missing: Int
        var elements: [RESPValue] = []
    }

    private let limits: Limits
    private var buffer = ByteBuffer()
    private var open: [OpenArray] = []
    /// The length of the string whose bytes are awaited.
    private var awaitedBulk: Int?
    private var replyBytes = 0
    private var replyElements = 0

    init(limits: Limits = Limits()) {
        self.limits = limits
    }

    mutating func append(_ bytes: inout ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = bytes
        } else {
            buffer.discardReadBytes()
            buffer.writeBuffer(&bytes)
        }
    }

    /// The next whole reply; `nil` until more bytes have arrived.
    ///
    /// - Throws: `.protocolViolation`, after which the parser is of no further use.
    mutating func next() throws(KeyValueError) -> RESPValue? {
        while let value = try element() {
            if let reply = close(value) {
                replyBytes = 0
                replyElements = 0
                return reply
            }
        }
        return nil
    }

    /// Puts `value` where it belongs; returns it, or the array that it completes, if that is a whole reply.
    private mutating func close(_ value: RESPValue) -> RESPValue? {
        var value = value
        while !open.isEmpty {
            let last = open.count - 1
            open[last].elements.append(value)
            open[last].missing -= 1
            guard open[last].missing == 0 else { return nil }
            value = .array(open.removeLast().elements)
        }
        return value
    }

    /// The next value that is complete in itself. The head of an array opens it and is none.
    private mutating func element() throws(KeyValueError) -> RESPValue? {
        while true {
            if let length = awaitedBulk { return try bulk(length) }
            guard let line = try line() else { return nil }
            try count(line.text.utf8.count)
            switch line.kind {
            case UInt8(ascii: "+"): return .simple(line.text)
            case UInt8(ascii: "-"): return .error(line.text)
            case UInt8(ascii: ":"): return .integer(try number(line.text))
            case UInt8(ascii: "$"):
                guard let length = try length(line.text, limit: limits.bulk) else { return .null }
                awaitedBulk = length
            case UInt8(ascii: "*"):
                guard let count = try length(line.text, limit: limits.elements) else { return .null }
                if count == 0 { return .array([]) }
                guard open.count < limits.depth else { throw violation("arrays nested too deep") }
                open.append(OpenArray(missing: count))
            default: throw violation("an unknown type")
            }
        }
    }

    private mutating func bulk(_ length: Int) throws(KeyValueError) -> RESPValue? {
        guard buffer.readableBytes >= length + 2 else { return nil }
        guard let bytes = buffer.readBytes(length: length), buffer.readBytes(length: 2) == [13, 10] else {
            throw violation("a string that does not end where it says")
        }
        awaitedBulk = nil
        try count(length)
        return .bulk(bytes)
    }

    /// A line without its end, and the byte that says what it is.
    private mutating func line() throws(KeyValueError) -> (kind: UInt8, text: String)? {
        let view = buffer.readableBytesView.prefix(limits.line + 2)
        guard let end = view.firstIndex(of: 10) else {
            guard view.count < limits.line + 2 else { throw violation("a line that is too long") }
            return nil
        }
        let length = end - view.startIndex + 1
        guard length >= 3, view[end - 1] == 13, let bytes = buffer.readBytes(length: length) else {
            throw violation("a line that does not end with CR LF")
        }
        return (bytes[0], String(decoding: bytes[1..<(length - 2)], as: UTF8.self))
    }

    private func number(_ text: String) throws(KeyValueError) -> Int {
        guard let number = Int(text) else { throw violation("a number that is none") }
        return number
    }

    /// A length within its limit; `nil` for -1, which stands for no value.
    private func length(_ text: String, limit: Int) throws(KeyValueError) -> Int? {
        let length = try number(text)
        guard length != -1 else { return nil }
        guard (0...limit).contains(length) else { throw violation("a length of \(length)") }
        return length
    }

    private mutating func count(_ bytes: Int) throws(KeyValueError) {
        replyBytes += bytes
        replyElements += 1
        guard replyBytes <= limits.reply, replyElements <= limits.elements else {
            throw violation("a reply that is too large")
        }
    }

    private func violation(_ what: String) -> KeyValueError {
        KeyValueError(.protocolViolation, "Redis sent \(what).")
    }
}
