/// What documents are looked for: those for which every condition holds.
public struct DocumentFilter: Sendable, Hashable {
    /// A value that a member is compared with. Values of different kinds are neither equal nor ordered.
    public enum Scalar: Sendable, Hashable {
        case null
        case bool(Bool)
        case integer(Int64)
        case number(Double)
        case string(String)
    }

    public enum Comparison: String, Sendable, Hashable, CaseIterable {
        case equal = "="
        case less = "<"
        case atMost = "<="
        case greater = ">"
        case atLeast = ">="
    }

    public enum Test: Sendable, Hashable {
        /// There is a member, be it `null`.
        case exists
        /// Only numbers and texts are ordered.
        case compare(Comparison, Scalar)
        /// Equal to one of them, none of which is null.
        case oneOf([Scalar])

        /// What the value may equal, when that is all the test asks.
        var equals: [Scalar]? {
            switch self {
            case .exists: nil
            case .compare(let comparison, let value): comparison == .equal ? [value] : nil
            case .oneOf(let values): values
            }
        }
    }

    public struct Condition: Sendable, Hashable {
        public let path: DocumentPath
        public let test: Test
    }

    public let conditions: [Condition]

    /// Matches every document.
    public static let all = DocumentFilter()

    private init() { conditions = [] }

    /// - Throws: `StorageError` `.invalid` for too many conditions, an order of what has none, a number that is not
    ///   finite, a text that is too long or has U+0000.
    public init(_ tests: [(DocumentPath, Test)]) throws(StorageError) {
        guard tests.count <= DocumentLimits.conditions else {
            throw StorageError(.invalid, "a filter has at most \(DocumentLimits.conditions) conditions")
        }
        var conditions: [Condition] = []
        for (path, test) in tests {
            if let fault = Self.fault(of: test) { throw StorageError(.invalid, "\(path) \(fault)") }
            conditions.append(Condition(path: path, test: test))
        }
        self.conditions = conditions
    }

    private static func fault(of test: Test) -> String? {
        switch test {
        case .exists: return nil
        case .compare(let comparison, let value): return fault(of: value, comparison)
        case .oneOf(let values):
            guard 1...DocumentLimits.alternatives ~= values.count else {
                return "is compared with none or more than \(DocumentLimits.alternatives) values"
            }
            if values.contains(.null) { return "cannot be null or something else" }
            return values.lazy.compactMap { fault(of: $0, .equal) }.first
        }
    }

    private static func fault(of value: Scalar, _ comparison: Comparison) -> String? {
        switch value {
        case .null, .bool: return comparison == .equal ? nil : "can be ordered only by a number or a text"
        case .integer: return nil
        case .number(let number): return number.isFinite ? nil : "is compared with a number that is not finite"
        case .string(let text):
            if text.utf8.count > DocumentLimits.comparedBytes {
                return "is compared with a text of more than \(DocumentLimits.comparedBytes) bytes"
            }
            return text.utf8.contains(0) ? "is compared with a text that has U+0000" : nil
        }
    }
}
