import AIBoxAPI
import CMongo

/// Reads BSON (bsonspec.org, version 1.1) as far as `MongoQuery.stored` writes it.
///
/// libbson writes a document as text too; to read that costs a hundred times as much as to read the bytes.
struct BSONReader {
    private var bytes: UnsafeRawBufferPointer
    private var position = 0

    /// What a document may hold here.
    private enum Value {
        case json(JSONValue)
        case id(UUIDv7)
        case time
    }

    private init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The bytes of a document of libbson's, which begins with its length.
    static func bytes(at start: UnsafePointer<UInt8>) -> UnsafeRawBufferPointer {
        let start = UnsafeRawPointer(start)
        return UnsafeRawBufferPointer(
            start: start, count: Int(Int32(littleEndian: start.loadUnaligned(as: Int32.self))))
    }

    /// A text of a document that is not ours, unless something stands before it that this does not read.
    static func text(_ name: String, in document: UnsafePointer<UInt8>) -> String? {
        var reader = BSONReader(bytes(at: document))
        reader.position = 4
        while let type = reader.integer(UInt8.self), let member = reader.name(),
            let value = reader.value(type, levels: DocumentLimits.depth)
        {
            if member == name, case .json(.string(let text)) = value { return text }
        }
        return nil
    }

    /// - Throws: as `stored`.
    static func identifier(_ bytes: UnsafeRawBufferPointer) throws(StorageError) -> UUIDv7 {
        var reader = BSONReader(bytes)
        guard let members = reader.members(levels: 1), members.count == 1, case .id(let id) = members[0].value else {
            throw StorageError(.damaged, "MongoDB: a document of the collection is none of ours")
        }
        return id
    }

    /// - Throws: `StorageError` `.damaged` for anything but a document that a store has put there.
    static func stored(_ bytes: UnsafeRawBufferPointer) throws(StorageError) -> StoredDocument {
        var reader = BSONReader(bytes)
        var (id, body): (UUIDv7?, [String: JSONValue]?)
        if let members = reader.members(levels: DocumentLimits.depth + 1) {
            for (name, value) in members {
                switch (name, value) {
                case ("_id", .id(let value)): id = value
                case ("body", .json(.object(let value))): body = value
                default: break
                }
            }
        }
        guard let id, let body else {
            throw StorageError(.damaged, "MongoDB: a document of the collection is none of ours")
        }
        return try StoredDocument(id: id, stored: body)
    }

    /// The members of a document in their order; `nil` for bytes that are none.
    private mutating func members(levels: Int) -> [(name: String, value: Value)]? {
        guard levels > 0, let length = integer(Int32.self), length >= 5, Int(length) - 4 <= bytes.count - position
        else {
            return nil
        }
        let end = position + Int(length) - 4
        var members: [(String, Value)] = []
        while position < end, let type = integer(UInt8.self) {
            if type == 0 { return position == end ? members : nil }
            guard let name = name(), let value = value(type, levels: levels - 1) else { return nil }
            members.append((name, value))
        }
        return nil
    }

    private mutating func value(_ type: UInt8, levels: Int) -> Value? {
        switch type {
        case 0x01: integer(UInt64.self).map(Double.init(bitPattern:)).map { .json(.number($0)) }
        case 0x02: text().map { .json(.string($0)) }
        case 0x03: plain(levels).map { .json(.object(Dictionary($0, uniquingKeysWith: { $1 }))) }
        case 0x04: plain(levels).map { .json(.array($0.map(\.1))) }
        case 0x05: identifier().map { .id($0) }
        case 0x08: integer(UInt8.self).map { .json(.bool($0 != 0)) }
        case 0x09: integer(Int64.self).map { _ in .time }
        case 0x0A: .json(.null)
        case 0x10: integer(Int32.self).map { .json(.integer(Int64($0))) }
        case 0x12: integer(Int64.self).map { .json(.integer($0)) }
        default: nil
        }
    }

    /// Members that all are values of JSON.
    private mutating func plain(_ levels: Int) -> [(String, JSONValue)]? {
        guard let members = members(levels: levels) else { return nil }
        var plain: [(String, JSONValue)] = []
        plain.reserveCapacity(members.count)
        for member in members {
            guard case .json(let value) = member.value else { return nil }
            plain.append((member.name, value))
        }
        return plain
    }

    /// A binary of subtype 4.
    private mutating func identifier() -> UUIDv7? {
        guard integer(Int32.self) == 16, integer(UInt8.self) == 4, let bytes = take(16) else { return nil }
        return UUIDv7(bytes: bytes)
    }

    /// A length, which counts the zero at the end, and as many bytes.
    private mutating func text() -> String? {
        guard let length = integer(Int32.self), length > 0, let bytes = take(Int(length)), bytes.last == 0 else {
            return nil
        }
        return String(validating: bytes.dropLast(), as: UTF8.self)
    }

    /// Bytes up to a zero.
    private mutating func name() -> String? {
        guard let length = bytes[position...].firstIndex(of: 0).map({ $0 - position }) else { return nil }
        defer { position += 1 }
        return take(length).flatMap { String(validating: $0, as: UTF8.self) }
    }

    private mutating func integer<Number: FixedWidthInteger>(_ type: Number.Type) -> Number? {
        take(MemoryLayout<Number>.size).map { Number(littleEndian: $0.loadUnaligned(as: Number.self)) }
    }

    private mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count <= bytes.count - position else { return nil }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }
}
