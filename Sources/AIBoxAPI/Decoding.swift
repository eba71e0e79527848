extension Decoder {
    /// One of the type's cases by raw value.
    ///
    /// - Throws: `DecodingError` that names the cases.
    func named<Choice: CaseIterable & RawRepresentable<String>>(_ type: Choice.Type) throws -> Choice {
        let container = try singleValueContainer()
        guard let choice = Choice(rawValue: try container.decode(String.self)) else {
            let names = type.allCases.map(\.rawValue).joined(separator: ", ")
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "must be one of \(names)")
        }
        return choice
    }
}

extension KeyedDecodingContainer {
    /// `nil` for a member that is absent, `.some(nil)` for null.
    func decodeNullable<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value?? {
        contains(key) ? .some(try decodeIfPresent(type, forKey: key)) : nil
    }
}
