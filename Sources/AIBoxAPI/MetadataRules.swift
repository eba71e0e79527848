import Foundation

/// What an object may hold that callers fill as they like: the metadata of a person, of an inference, the payload of a
/// job. Every store takes such an object and gives the same back.
public struct MetadataRules: Sendable {
    /// Bytes of the object as JSON.
    public static let byteLimit = 16 << 10
    /// Objects and arrays within one another, the object itself counted.
    public static let depthLimit = 8
    /// Names of members, in all objects together.
    public static let keyLimit = 64

    /// Whether names of members may begin with `$`, which MongoDB takes for an operator.
    public let allowsDollarNames: Bool

    public static let general = MetadataRules(allowsDollarNames: true)
    /// Of an inference, which may lie in MongoDB.
    public static let inference = MetadataRules(allowsDollarNames: false)

    /// What is wrong with `metadata`, each as the message about a field; empty: nothing.
    public func faults(in metadata: [String: JSONValue]) -> [String] {
        let value = JSONValue.object(metadata)
        // Before it is written as JSON, which calls itself for each level.
        guard Self.isShallow(value, levels: Self.depthLimit) else {
            return ["must be nested at most \(Self.depthLimit) deep"]
        }
        var inspection = Inspection()
        inspection.look(at: value)
        var faults: [String] = []
        if inspection.keys > Self.keyLimit { faults.append("must have at most \(Self.keyLimit) keys") }
        if !inspection.isPlain { faults.append("must not contain control characters but tabs and line breaks") }
        if inspection.hasDollarName, !allowsDollarNames { faults.append("must not have a key that begins with $") }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        if let bytes = try? encoder.encode(value).count {
            if bytes > Self.byteLimit { faults.append("must have at most \(Self.byteLimit) bytes") }
        } else {
            faults.append("numbers must be finite")
        }
        return faults
    }

    private static func isShallow(_ value: JSONValue, levels: Int) -> Bool {
        switch value {
        case .array(let values): levels > 0 && values.allSatisfy { isShallow($0, levels: levels - 1) }
        case .object(let members): levels > 0 && members.values.allSatisfy { isShallow($0, levels: levels - 1) }
        default: true
        }
    }

    private struct Inspection {
        var keys = 0
        var isPlain = true
        var hasDollarName = false

        mutating func look(at value: JSONValue) {
            switch value {
            case .string(let text): isPlain = isPlain && !Self.hasControls(text, but: "\t\n\r")
            case .array(let values): for value in values { look(at: value) }
            case .object(let members):
                keys += members.count
                for (key, value) in members {
                    isPlain = isPlain && !Self.hasControls(key, but: "")
                    hasDollarName = hasDollarName || key.utf8.first == UInt8(ascii: "$")
                    look(at: value)
                }
            default: break
            }
        }

        private static func hasControls(_ text: String, but allowed: String) -> Bool {
            text.unicodeScalars.contains {
                $0.properties.generalCategory == .control && !allowed.unicodeScalars.contains($0)
            }
        }
    }
}
