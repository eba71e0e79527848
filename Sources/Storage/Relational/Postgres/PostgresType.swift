import CPostgres

/// The types that values are exchanged in, by the object identifiers of `pg_type`, which never change.
enum PostgresType {
    case bool
    case bytes
    case integer(bytes: Int)
    case float
    case double
    case text
    case jsonb
    case uuid

    /// `nil` for a type that is exchanged as text.
    init?(_ oid: Oid) {
        switch oid {
        case 16: self = .bool
        case 17: self = .bytes
        case 20: self = .integer(bytes: 8)
        case 21: self = .integer(bytes: 2)
        case 23: self = .integer(bytes: 4)
        case 700: self = .float
        case 701: self = .double
        case 18, 19, 25, 114, 1042, 1043: self = .text  // "char", name, text, json, char(n), varchar
        case 2950: self = .uuid
        case 3802: self = .jsonb
        default: return nil
        }
    }
}

extension PostgresType {
    /// Appends `value` in this type's binary format (`typsend` of the server), without its length.
    ///
    /// - Throws: `.invalid` for a value of another kind, out of range, or a text with U+0000.
    func encode(_ value: SQLValue, into buffer: inout [UInt8]) throws(StorageError) {
        switch (self, value) {
        case (.bool, .integer(let number)) where number == 0 || number == 1: buffer.append(UInt8(number))
        case (.bytes, .bytes(let bytes)): buffer.append(contentsOf: bytes)
        case (.integer(let size), .integer(let number)):
            let bound = Int64.max >> Int64(64 - size * 8)
            guard number <= bound, number >= -bound - 1 else {
                throw StorageError(.invalid, "\(number) does not fit into \(size) bytes")
            }
            for shift in stride(from: (size - 1) * 8, through: 0, by: -8) {
                buffer.append(UInt8(truncatingIfNeeded: number >> Int64(shift)))
            }
        case (.float, .real(let number)): try Self.encode(number, asFloatInto: &buffer)
        case (.float, .integer(let number)): try Self.encode(Double(number), asFloatInto: &buffer)
        case (.double, .real(let number)): buffer.appendBigEndian(number.bitPattern)
        case (.double, .integer(let number)): buffer.appendBigEndian(Double(number).bitPattern)
        case (.text, .text(let text)): try Self.encode(text, into: &buffer)
        case (.jsonb, .text(let text)):
            buffer.append(1)  // the version of the format
            try Self.encode(text, into: &buffer)
        case (.uuid, .bytes(let bytes)) where bytes.count == 16: buffer.append(contentsOf: bytes)
        default: throw StorageError(.invalid, "\(value.kind) is no value for a column of type \(self)")
        }
    }

    static func encode(_ text: String, into buffer: inout [UInt8]) throws(StorageError) {
        guard !text.utf8.contains(0) else { throw StorageError(.invalid, "a text contains U+0000") }
        buffer.append(contentsOf: text.utf8)
    }

    private static func encode(_ number: Double, asFloatInto buffer: inout [UInt8]) throws(StorageError) {
        let float = Float(number)
        guard float.isFinite || !number.isFinite else {
            throw StorageError(.invalid, "\(number) does not fit into 4 bytes")
        }
        buffer.appendBigEndian(float.bitPattern)
    }

    /// Reads a value in binary format; `nil` when it has the wrong length.
    func decode(_ bytes: UnsafeRawBufferPointer) -> SQLValue? {
        switch self {
        case .bool: bytes.count == 1 ? .integer(bytes[0] == 0 ? 0 : 1) : nil
        case .bytes: .bytes(Array(bytes))
        case .integer(let size):
            bytes.count == size ? .integer(Int64(signed: bytes)) : nil
        case .float: bytes.count == 4 ? .real(Double(Float(bitPattern: UInt32(bigEndian: bytes)))) : nil
        case .double: bytes.count == 8 ? .real(Double(bitPattern: UInt64(bigEndian: bytes))) : nil
        case .text: .text(String(decoding: bytes, as: UTF8.self))
        case .jsonb: bytes.first == 1 ? .text(String(decoding: bytes.dropFirst(), as: UTF8.self)) : nil
        case .uuid: bytes.count == 16 ? .bytes(Array(bytes)) : nil
        }
    }

    /// Reads a value in text format; `nil` when it is none of this type.
    func decode(text: String) -> SQLValue? {
        switch self {
        case .bool: .integer(text == "t" ? 1 : 0)
        case .bytes: text.hasPrefix(#"\x"#) ? [UInt8](hexadecimal: text.dropFirst(2)).map(SQLValue.bytes) : nil
        case .integer: Int64(text).map(SQLValue.integer)
        case .float: Float(text).map { .real(Double($0)) }
        case .double: Double(text).map(SQLValue.real)
        case .text, .jsonb: .text(text)
        case .uuid: [UInt8](hexadecimal: text.replacing("-", with: "")[...]).map(SQLValue.bytes)
        }
    }
}

extension SQLValue {
    /// What it is, for messages.
    fileprivate var kind: String {
        switch self {
        case .null: "NULL"
        case .integer: "an integer"
        case .real: "a real number"
        case .text: "a text"
        case .bytes(let bytes): "a value of \(bytes.count) bytes"
        }
    }
}

extension [UInt8] {
    mutating func appendBigEndian(_ number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
    }

    fileprivate init?(hexadecimal digits: Substring) {
        let digits = [UInt8](digits.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        self = []
        reserveCapacity(digits.count / 2)
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index...(index + 1)], as: UTF8.self), radix: 16) else {
                return nil
            }
            append(byte)
        }
    }
}

extension FixedWidthInteger where Self: UnsignedInteger {
    fileprivate init(bigEndian bytes: UnsafeRawBufferPointer) {
        self = bytes.reduce(0) { $0 << 8 | Self($1) }
    }
}

extension Int64 {
    /// A number in network order with its sign, of up to eight bytes.
    fileprivate init(signed bytes: UnsafeRawBufferPointer) {
        let unused = Int64(64 - bytes.count * 8)
        self = (Int64(bitPattern: UInt64(bigEndian: bytes)) << unused) >> unused
    }
}
