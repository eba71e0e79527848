import AIBoxAPI
import Storage

/// The metadata that a query asks for.
struct MetadataFilter: Sendable {
    static let conditionLimit = 4
    static let valueLimit = 128

    /// One filter for each condition, and all together.
    let each: [DocumentFilter]
    let all: DocumentFilter

    /// `nil` for a query that asks for none.
    ///
    /// - Throws: 422 for a path that has no index.
    init?(_ query: DetectionQuery, indexed: [DocumentPath]) throws {
        guard !query.metadata.isEmpty else { return nil }
        var tests: [(DocumentPath, DocumentFilter.Test)] = []
        for (text, value) in query.metadata.sorted(by: { $0.key < $1.key }) {
            guard let path = indexed.first(where: { $0.description == text }) else {
                let names = indexed.map(\.description).joined(separator: ", ")
                throw Problem.invalid(
                    "metadata.\(text.prefix(64))",
                    "has no index; the setting metadata_indexes names \(names.isEmpty ? "none" : names)")
            }
            tests.append((path, .oneOf(Self.values(value))))
        }
        each = try tests.map { try DocumentFilter([$0]) }
        all = try DocumentFilter(tests)
    }

    /// What a text of a query stands for: itself, and the number or boolean that it is in JSON.
    static func values(_ text: String) -> [DocumentFilter.Scalar] {
        var values = [DocumentFilter.Scalar.string(text)]
        if text == "true" || text == "false" { values.append(.bool(text == "true")) }
        // The grammar of RFC 8259.
        if text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+\-]?[0-9]+)?/) != nil {
            if let number = Int64(text) {
                values.append(.integer(number))
            } else if let number = Double(text), number.isFinite {
                values.append(.number(number))
            }
        }
        return values
    }
}
