import NIOCore

/// A command in the bytes that Redis reads: an array of strings.
struct RESPCommand: Sendable {
    /// The first word, for messages.
    let name: String
    let bytes: ByteBuffer

    init(_ name: String, _ arguments: [RESPArgument] = []) {
        self.name = name
        var buffer = ByteBuffer()
        buffer.reserveCapacity(32 + arguments.reduce(name.utf8.count) { $0 + $1.count + 12 })
        buffer.writeString("*\(arguments.count + 1)\r\n")
        RESPArgument.text(name).write(to: &buffer)
        for argument in arguments { argument.write(to: &buffer) }
        bytes = buffer
    }

    init(_ name: String, _ arguments: RESPArgument...) {
        self.init(name, arguments)
    }
}

/// One string of a command.
enum RESPArgument: Sendable, ExpressibleByStringLiteral {
    case text(String)
    case bytes([UInt8])

    init(stringLiteral value: String) { self = .text(value) }

    static func number(_ value: some BinaryInteger) -> RESPArgument { .text(String(value)) }

    fileprivate var count: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .bytes(let bytes): bytes.count
        }
    }

    fileprivate func write(to buffer: inout ByteBuffer) {
        buffer.writeString("$\(count)\r\n")
        switch self {
        case .text(let text): buffer.writeString(text)
        case .bytes(let bytes): buffer.writeBytes(bytes)
        }
        buffer.writeString("\r\n")
    }
}
