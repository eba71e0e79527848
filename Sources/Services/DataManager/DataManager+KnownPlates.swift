import AIBoxAPI
import ServiceClients

extension DataManager {
    public func createKnownPlate(_ plate: KnownPlate) async throws {
        try FieldRules.check(plate)
        try await write { try plate.insert($0) }
    }

    public func knownPlate(_ id: UUIDv7) async throws -> KnownPlate? {
        try await read { try KnownPlate.find(id, $0) }
    }

    public func knownPlates(_ query: KnownPlateQuery) async throws -> Page<KnownPlate> {
        try FieldRules.check(limit: query.limit, in: 1...500)
        let before = try query.cursor.map(PageCursor.id(in:))
        return try await read { try KnownPlate.page(query, before: before, $0) }
    }

    public func updateKnownPlate(_ id: UUIDv7, _ change: KnownPlateChange) async throws -> KnownPlate? {
        try FieldRules.check(change)
        return try await write { try KnownPlate.update(id, change, $0) }
    }

    public func deleteKnownPlate(_ id: UUIDv7) async throws -> Bool {
        try await write { try KnownPlate.delete(id, $0) }
    }

    public func matchPlates(_ readings: [String], fuzzy: Bool) async throws -> [PlateItem.Known?] {
        try FieldRules.check(count: readings.count, of: "readings")
        return try await read { db in
            try readings.map { try PlateSearch.match($0, fuzzy: fuzzy, db) }
        }
    }
}
