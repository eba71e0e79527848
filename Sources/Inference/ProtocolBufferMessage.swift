/// The wire format of protocol buffers (protobuf.dev/programming-guides/encoding), as far as it takes to find fields by
/// their number. Lengths are held against the bytes that are there.
struct ProtocolBufferMessage {
    let bytes: UnsafeRawBufferPointer

    /// The contents of every length-delimited field `number`, in order; none when the message is malformed.
    func fields(_ number: UInt64) -> [ProtocolBufferMessage] {
        var rest = bytes[...]
        var found: [ProtocolBufferMessage] = []
        while !rest.isEmpty {
            guard let tag = Self.takeInteger(&rest), let content = Self.takeContent(wireType: tag & 7, &rest) else {
                return []
            }
            if tag == number << 3 | 2 {
                found.append(ProtocolBufferMessage(bytes: UnsafeRawBufferPointer(rebasing: content)))
            }
        }
        return found
    }

    /// The content as text.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Base-128 number of at most ten bytes.
    private static func takeInteger(_ rest: inout Slice<UnsafeRawBufferPointer>) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }

    /// What follows a tag of `wireType`: a number, 8 bytes, a counted run of bytes, or 4 bytes.
    private static func takeContent(
        wireType: UInt64, _ rest: inout Slice<UnsafeRawBufferPointer>
    ) -> Slice<UnsafeRawBufferPointer>? {
        let count: UInt64?
        switch wireType {
        case 0: count = takeInteger(&rest).map { _ in 0 }
        case 1: count = 8
        case 2: count = takeInteger(&rest)
        case 5: count = 4
        default: count = nil
        }
        guard let count, count <= UInt64(rest.count) else { return nil }
        defer { rest = rest.dropFirst(Int(count)) }
        return rest.prefix(Int(count))
    }
}
