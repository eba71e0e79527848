/// What to do about a plate.
public enum PlateList: String, Codable, Hashable, Sendable, CaseIterable {
    case allow, deny, watch

    /// - Throws: `DecodingError` that names the lists.
    public init(from decoder: any Decoder) throws { self = try decoder.named(Self.self) }
}

/// A plate that the box is to recognise.
public struct KnownPlate: Codable, Hashable, Sendable {
    public var id: UUIDv7
    /// As entered; compared by its Latin letters and digits only.
    public var plateNumber: String
    /// May be empty.
    public var label: String
    public var list: PlateList
    public var notes: String?
    public var createdAt: Timestamp
    public var updatedAt: Timestamp

    public init(
        id: UUIDv7 = UUIDv7(), plateNumber: String, label: String, list: PlateList, notes: String? = nil,
        createdAt: Timestamp = .now, updatedAt: Timestamp = .now
    ) {
        self.id = id
        self.plateNumber = plateNumber
        self.label = label
        self.list = list
        self.notes = notes
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    enum CodingKeys: String, CodingKey {
        case id, label, list, notes
        case plateNumber = "plate_number"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(plateNumber, forKey: .plateNumber)
        try container.encode(label, forKey: .label)
        try container.encode(list, forKey: .list)
        try container.encode(notes, forKey: .notes)  // present as null
        try container.encode(createdAt, forKey: .createdAt)
        try container.encode(updatedAt, forKey: .updatedAt)
    }
}

/// The body of `POST /vehicle-analysis/known-plates`.
public struct NewKnownPlate: Codable, Hashable, Sendable {
    public var plateNumber: String
    public var label: String?
    /// `watch` when left out.
    public var list: PlateList?
    public var notes: String?

    public init(plateNumber: String, label: String? = nil, list: PlateList? = nil, notes: String? = nil) {
        self.plateNumber = plateNumber
        self.label = label
        self.list = list
        self.notes = notes
    }

    enum CodingKeys: String, CodingKey {
        case label, list, notes
        case plateNumber = "plate_number"
    }
}

/// The body of `PATCH /vehicle-analysis/known-plates/{id}`: absent members stay as they are, `notes: null` removes them.
public struct KnownPlateChange: Codable, Hashable, Sendable {
    public var plateNumber: String?
    public var label: String?
    public var list: PlateList?
    /// Absent: unchanged; `.some(nil)`: removed.
    public var notes: String??

    public init(plateNumber: String? = nil, label: String? = nil, list: PlateList? = nil, notes: String?? = nil) {
        self.plateNumber = plateNumber
        self.label = label
        self.list = list
        self.notes = notes
    }

    enum CodingKeys: String, CodingKey {
        case label, list, notes
        case plateNumber = "plate_number"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        plateNumber = try container.decodeUnlessAbsent(String.self, forKey: .plateNumber)
        label = try container.decodeUnlessAbsent(String.self, forKey: .label)
        list = try container.decodeUnlessAbsent(PlateList.self, forKey: .list)
        guard container.contains(.notes) else { return }
        notes = .some(try container.decodeIfPresent(String.self, forKey: .notes))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(plateNumber, forKey: .plateNumber)
        try container.encodeIfPresent(label, forKey: .label)
        try container.encodeIfPresent(list, forKey: .list)
        if let notes { try container.encode(notes, forKey: .notes) }
    }
}

extension KeyedDecodingContainer {
    /// `nil` for a member that is absent; null is an error, as it would be for a member that must be there.
    func decodeUnlessAbsent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        contains(key) ? try decode(type, forKey: key) : nil
    }
}

/// The filters of `GET /vehicle-analysis/known-plates`; absent means any.
public struct KnownPlateQuery: Codable, Hashable, Sendable {
    public var list: PlateList?
    /// 1–500.
    public var limit: Int = 50
    /// Opaque: the `next_cursor` of the page before.
    public var cursor: String?

    public init() {}
}
