import Foundation

/// The names of the outputs of an ONNX file, in order.
///
/// OpenVINO keeps several names for a tensor and shows the alphabetically first: an output `cls_8` that a Reshape
/// `291` feeds is called `291`. The file knows better; it is a protocol buffer (onnx.proto): `ModelProto.graph` is
/// field 7, `GraphProto.output` 12, `ValueInfoProto.name` 1.
enum ONNXOutputNames {
    /// Empty when `file` is not well-formed.
    static func read(_ file: URL) -> [String] {
        guard let bytes = try? Data(contentsOf: file, options: .alwaysMapped) else { return [] }
        return bytes.withUnsafeBytes { model in
            fields(7, of: UnsafeRawBufferPointer(model)).flatMap { fields(12, of: $0) }.compactMap { output in
                fields(1, of: output).first.map { String(decoding: $0, as: UTF8.self) }
            }
        }
    }

    /// The contents of every length-delimited field `number` of a message; none when it is malformed.
    private static func fields(_ number: UInt64, of message: UnsafeRawBufferPointer) -> [UnsafeRawBufferPointer] {
        var rest = message[...]
        var found: [UnsafeRawBufferPointer] = []
        while !rest.isEmpty {
            guard let tag = takeInteger(&rest), let content = takeContent(wireType: tag & 7, &rest) else { return [] }
            if tag == number << 3 | 2 { found.append(UnsafeRawBufferPointer(rebasing: content)) }
        }
        return found
    }

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
