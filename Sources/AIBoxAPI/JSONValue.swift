/// Any JSON value, for the members that callers fill as they like.
///
/// A number that is a whole one of 64 bits, however it is written, is read as `integer` and kept exactly; every other
/// one is the nearest `Double`.
public enum JSONValue: Codable, Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let budget = JSONValueBudget.of(decoder), !budget.spend() {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "has too many values")
        }
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Double.self) {
            // Each kind that is tried in vain costs an error: numbers come first.
            self = Self.exactly(value) ?? (try? container.decode(Int64.self)).map(JSONValue.integer) ?? .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else if let value = try? container.decode([String: JSONValue].self) {
            self = .object(value)
        } else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "is or holds a number out of range or a text that is not Unicode")
        }
    }

    /// The number that a `Double` holds without doubt: below 2⁵³, where it has not been rounded to a whole one.
    private static func exactly(_ value: Double) -> JSONValue? {
        guard value.magnitude < 0x1p53 else { return nil }
        return Int64(exactly: value).map(JSONValue.integer) ?? .number(value)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}
