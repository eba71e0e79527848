import NIOCore

/// Reads Server-Sent Events as the WHATWG's HTML standard says ("Parsing an event stream").
struct EventStreamParser {
    struct Message: Equatable {
        var name = ""
        var data = ""
        /// The last identifier that was sent so far.
        var id = ""
    }

    enum Failure: Error {
        /// A line or an event has more bytes than any that a gateway sends.
        case tooLong
    }

    private static let limit = 4 << 20

    private var buffer = ByteBuffer()
    private var message = Message()
    private var hasData = false
    private var endsWithCarriageReturn = false
    /// Milliseconds to wait before connecting again, when the server has said so.
    private(set) var retryMS: Int?
    private(set) var lastID = ""

    /// The events that are complete with these bytes.
    mutating func messages(in bytes: ByteBuffer) throws(Failure) -> [Message] {
        buffer.writeImmutableBuffer(bytes)
        var messages: [Message] = []
        while let line = nextLine() {
            if line.isEmpty {
                if let message = dispatch() { messages.append(message) }
            } else {
                take(line)
            }
        }
        guard buffer.readableBytes + message.data.utf8.count <= Self.limit else { throw .tooLong }
        buffer.discardReadBytes()
        return messages
    }

    /// Ends in CR LF, LF or CR.
    private mutating func nextLine() -> String? {
        if endsWithCarriageReturn, let first = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) {
            endsWithCarriageReturn = false
            if first == UInt8(ascii: "\n") { buffer.moveReaderIndex(forwardBy: 1) }
        }
        let view = buffer.readableBytesView
        guard let end = view.firstIndex(where: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) else {
            return nil
        }
        endsWithCarriageReturn = view[end] == UInt8(ascii: "\r")
        let line = String(decoding: view[..<end], as: UTF8.self)
        buffer.moveReaderIndex(to: end + 1)
        return line
    }

    private mutating func take(_ line: String) {
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let value = parts.count == 2 ? String(parts[1].trimmingPrefix(" ")) : ""
        switch parts[0] {
        case "event": message.name = value
        case "data":
            message.data += hasData ? "\n\(value)" : value
            hasData = true
        case "id" where !value.contains("\0"): lastID = value
        case "retry" where !value.isEmpty && value.utf8.allSatisfy { (48...57).contains($0) }:
            retryMS = Int(value) ?? retryMS
        default: break  // a comment, or a field that is not known
        }
    }

    private mutating func dispatch() -> Message? {
        defer { (message, hasData) = (Message(), false) }
        guard hasData else { return nil }
        message.id = lastID
        return message
    }
}
