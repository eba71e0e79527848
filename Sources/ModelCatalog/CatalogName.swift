/// A word out of a fixed set in a catalogue file. Reading any other word is an error that lists the set.
public protocol CatalogName: RawRepresentable<String>, CaseIterable, Codable, Hashable, Sendable {}

extension CatalogName {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let word = try container.decode(String.self)
        guard let value = Self(rawValue: word) else {
            let known = Self.allCases.map(\.rawValue).joined(separator: ", ")
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\"\(word)\" is none of: \(known)")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
