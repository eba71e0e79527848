import AIBoxAPI
import Foundation

/// A JSON object within the limits of every document store (`DocumentLimits`).
///
/// Names of members have no U+0000 and no `$` in front, texts no U+0000 (neither database holds it), numbers are finite.
/// A number without a fraction that fits 64 bits is an integer and kept exactly. Names that Unicode takes for the same
/// (composed or not) are one name.
public struct Document: Sendable, Hashable {
    public let members: [String: JSONValue]
    /// The object as JSON, members in order of their names.
    public let json: String

    /// - Parameter name: what the document is called in messages: a fault is at `name.a.b`.
    /// - Throws: `StorageError`, `.invalid` with the place and the fault, or `.tooLarge`.
    public init(_ members: [String: JSONValue], named name: String = "document") throws(StorageError) {
        var inspection = DocumentInspection(of: name)
        self.members = try inspection.members(members, level: 1)
        json = try Self.text(of: self.members, named: name)
    }

    /// Reads JSON text in UTF-8.
    ///
    /// - Throws: as the other; also `.invalid` for what is not a JSON object, such as one with a lone surrogate.
    public init(json: some Collection<UInt8>, named name: String = "document") throws(StorageError) {
        // Written shortest it may be smaller; a text that is twice as large is not looked at.
        guard json.count <= 2 * DocumentLimits.bytes else { throw Self.tooLarge(name) }
        guard let members = try? JSONDecoder().decode([String: JSONValue].self, from: Data(json)) else {
            throw StorageError(.invalid, "\(name) is not a JSON object of Unicode texts and finite numbers")
        }
        try self.init(members, named: name)
    }

    private static func text(of members: [String: JSONValue], named name: String) throws(StorageError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(members) else {
            throw StorageError(.invalid, "\(name) cannot be written as JSON")
        }
        guard data.count <= DocumentLimits.bytes else { throw tooLarge(name) }
        return String(decoding: data, as: UTF8.self)
    }

    private static func tooLarge(_ name: String) -> StorageError {
        StorageError(.tooLarge, "\(name) must have at most \(DocumentLimits.bytes) bytes as JSON")
    }
}

/// Holds a value against the limits, and writes whole numbers as integers.
private struct DocumentInspection {
    /// From the document to the value that is looked at. Joined only for a message: names may be long.
    private var path: [String]
    private var values = 0

    init(of name: String) { path = [name] }

    mutating func members(_ members: [String: JSONValue], level: Int) throws(StorageError) -> [String: JSONValue] {
        try checkDepth(level)
        var result: [String: JSONValue] = [:]
        for (name, value) in members {
            path.append("." + name)
            if name.utf8.contains(0) { throw fault("has U+0000 in its name") }
            if name.utf8.first == UInt8(ascii: "$") { throw fault("has a name that begins with $") }
            result[name] = try self.value(value, level: level)
            path.removeLast()
        }
        return result
    }

    private mutating func value(_ value: JSONValue, level: Int) throws(StorageError) -> JSONValue {
        values += 1
        guard values <= DocumentLimits.values else {
            throw fault("is one value too many: at most \(DocumentLimits.values)")
        }
        switch value {
        case .null, .bool, .integer: return value
        case .number(let number):
            guard number.isFinite else { throw fault("must be a finite number") }
            return Int64(exactly: number).map(JSONValue.integer) ?? value
        case .string(let text):
            if text.utf8.contains(0) { throw fault("must not contain U+0000") }
            return value
        case .array(let elements): return .array(try self.elements(elements, level: level + 1))
        case .object(let members): return .object(try self.members(members, level: level + 1))
        }
    }

    private mutating func elements(_ elements: [JSONValue], level: Int) throws(StorageError) -> [JSONValue] {
        try checkDepth(level)
        var result: [JSONValue] = []
        for (index, element) in elements.enumerated() {
            path.append("[\(index)]")
            result.append(try value(element, level: level))
            path.removeLast()
        }
        return result
    }

    private func checkDepth(_ level: Int) throws(StorageError) {
        guard level <= DocumentLimits.depth else { throw fault("is nested more than \(DocumentLimits.depth) deep") }
    }

    /// The path as far as a message should show it.
    private func fault(_ fault: String) -> StorageError {
        let place = path.map { $0.prefix(64) }.joined()
        return StorageError(.invalid, place + " " + fault)
    }
}
